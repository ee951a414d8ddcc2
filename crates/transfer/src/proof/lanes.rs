//! MD5 of many streams side by side.
//!
//! One MD5 stream cannot use the width of a CPU, because each block needs the sum of the one
//! before it. Several streams can, in lanes of one vector register (measured on one core:
//! 0.75 GiB/s with one stream, 2.3 with 8, 5 with 16). So a thread puts its bytes into a queue. If
//! no other thread is summing, it takes all waiting streams and sums a little of each at a time,
//! until its own bytes are done. Then the next waiting thread takes over. No thread waits for more
//! streams to come, so a single stream is summed at once.

mod check;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use bytes::Bytes;
use md5_many::{Md5Many, Md5State};
use sha2::Digest as _;

/// Streams summed at a time. More gain nothing on CPUs with AVX2 or AVX-512.
const LANES: usize = 32;

/// Fewer streams are summed one after the other, which is as fast.
const FEWEST_LANES: usize = 3;

/// Bytes of each stream that are summed before finished streams leave and new ones join. They are
/// copied together, because the lanes need the same number of whole blocks. All copies fit into the
/// cache of a core.
const STEP_BYTES: usize = 16 * 1024;

/// Fewer bytes are summed without the queue: that is as fast as waking another thread.
const ALONE_BYTES: usize = 16 * 1024;

/// The block of MD5 (RFC 1321).
const BLOCK_BYTES: usize = 64;

/// Computes all MD5 sums of a run. Clones share the queue.
#[derive(Clone, Debug)]
pub(crate) struct Lanes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// `None` if the check at the start failed: then each stream is summed by itself.
    many: Option<Md5Many>,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Job>,
    /// A thread is summing the waiting streams.
    is_served: bool,
    /// Memory for that thread.
    copies: Vec<u8>,
}

/// An MD5 sum that is being computed.
#[derive(Clone, Debug)]
pub(crate) struct Stream(State);

#[derive(Clone, Debug)]
enum State {
    /// The sum of whole blocks, and the bytes after them.
    Lane(Md5State, Bytes),
    Alone(md5::Md5),
}

/// Bytes of one stream to sum.
#[derive(Debug)]
struct Job {
    owner: Thread,
    state: Md5State,
    /// Whole blocks.
    chunks: VecDeque<Bytes>,
    left_bytes: usize,
    done: Arc<Mutex<Option<Md5State>>>,
}

impl Default for Lanes {
    fn default() -> Self {
        Self::new()
    }
}

impl Lanes {
    /// Compares the lanes once with another implementation of MD5.
    pub(crate) fn new() -> Self {
        let many = Md5Many::new();
        Self(Arc::new(Shared {
            many: check::agrees(many, LANES).then_some(many),
            queue: Mutex::default(),
        }))
    }

    /// An empty sum.
    pub(crate) fn stream(&self) -> Stream {
        Stream(match self.0.many {
            Some(_) => State::Lane(Md5State::new(), Bytes::new()),
            None => State::Alone(md5::Md5::default()),
        })
    }

    /// Adds the next bytes of a stream. Blocks: do not call it on a thread that serves connections.
    pub(crate) fn update(&self, stream: &mut Stream, chunks: &[Bytes]) {
        let (State::Lane(state, rest), Some(many)) = (&mut stream.0, self.0.many) else {
            chunks.iter().for_each(|chunk| stream.update(chunk));
            return;
        };
        let bytes = rest.len() + chunks.iter().map(Bytes::len).sum::<usize>();
        if bytes < ALONE_BYTES {
            chunks.iter().for_each(|chunk| stream.update(chunk));
            return;
        }
        let mut blocks: VecDeque<Bytes> = [std::mem::take(rest)].into();
        blocks.extend(chunks.iter().cloned());
        *rest = cut_off(&mut blocks, bytes % BLOCK_BYTES);
        *state = self
            .0
            .sum(many, *state, blocks, bytes - bytes % BLOCK_BYTES);
    }
}

/// Removes this number of bytes from the end.
fn cut_off(chunks: &mut VecDeque<Bytes>, bytes: usize) -> Bytes {
    let mut rest = Vec::with_capacity(bytes);
    while rest.len() < bytes
        && let Some(chunk) = chunks.back_mut()
    {
        let begin = chunk.len().saturating_sub(bytes - rest.len());
        let mut end = chunk.split_off(begin).to_vec();
        end.append(&mut rest);
        rest = end;
        if chunk.is_empty() {
            chunks.pop_back();
        }
    }
    rest.into()
}

impl Stream {
    /// Adds the next few bytes, without the queue.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Alone(sum) => sum.update(bytes),
            State::Lane(state, rest) => {
                let bytes = [rest.as_ref(), bytes].concat();
                let (blocks, after) = bytes.split_at(bytes.len() - bytes.len() % BLOCK_BYTES);
                state.update(blocks);
                *rest = Bytes::copy_from_slice(after);
            }
        }
    }

    /// The sum.
    pub(crate) fn finish(self) -> [u8; 16] {
        match self.0 {
            State::Lane(mut state, rest) => {
                state.update(&rest);
                state.finalize()
            }
            State::Alone(sum) => sum.finalize().into(),
        }
    }
}

impl Shared {
    fn sum(
        &self,
        many: Md5Many,
        state: Md5State,
        chunks: VecDeque<Bytes>,
        left_bytes: usize,
    ) -> Md5State {
        let done = Arc::default();
        self.queue().waiting.push_back(Job {
            owner: thread::current(),
            state,
            chunks,
            left_bytes,
            done: Arc::clone(&done),
        });
        loop {
            let mut queue = self.queue();
            if let Some(state) = taken(&done) {
                return state;
            }
            if queue.is_served {
                drop(queue);
                // An earlier wake-up is not lost: then this returns at once.
                thread::park();
                continue;
            }
            queue.is_served = true;
            let mut copies = std::mem::take(&mut queue.copies);
            drop(queue);
            copies.resize(LANES * STEP_BYTES, 0);
            return self.serve(many, copies, &done);
        }
    }

    /// Sums the waiting streams until `own` is done, then leaves the rest to its owners.
    fn serve(&self, many: Md5Many, mut copies: Vec<u8>, own: &Mutex<Option<Md5State>>) -> Md5State {
        let mut lanes: Vec<Job> = Vec::with_capacity(LANES);
        loop {
            let mut queue = self.queue();
            if let Some(state) = taken(own) {
                // In front, because they came before all that wait now.
                lanes
                    .into_iter()
                    .rev()
                    .for_each(|job| queue.waiting.push_front(job));
                queue.is_served = false;
                queue.copies = copies;
                if let Some(next) = queue.waiting.front() {
                    next.owner.unpark();
                }
                return state;
            }
            while lanes.len() < LANES
                && let Some(job) = queue.waiting.pop_front()
            {
                lanes.push(job);
            }
            drop(queue);
            step(many, &mut lanes, &mut copies);
            lanes.retain_mut(|job| !job.ended());
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Job {
    /// Copies the next bytes.
    fn fill(&mut self, mut bytes: &mut [u8]) {
        self.left_bytes = self.left_bytes.saturating_sub(bytes.len());
        while !bytes.is_empty()
            && let Some(chunk) = self.chunks.front_mut()
        {
            let length = chunk.len().min(bytes.len());
            let (now, later) = bytes.split_at_mut(length);
            now.copy_from_slice(&chunk.split_to(length));
            bytes = later;
            if chunk.is_empty() {
                self.chunks.pop_front();
            }
        }
    }

    /// Wakes its owner if all bytes are summed.
    fn ended(&self) -> bool {
        if self.left_bytes > 0 {
            return false;
        }
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.state);
        self.owner.unpark();
        true
    }
}

fn taken(done: &Mutex<Option<Md5State>>) -> Option<Md5State> {
    done.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Sums the same number of bytes of each lane.
fn step(many: Md5Many, lanes: &mut [Job], copies: &mut [u8]) {
    let left = lanes.iter().map(|job| job.left_bytes).min().unwrap_or(0);
    let length = left.min(STEP_BYTES);
    for (job, copy) in lanes.iter_mut().zip(copies.chunks_mut(STEP_BYTES)) {
        job.fill(copy.get_mut(..length).unwrap_or_default());
    }
    let copies = copies.chunks(STEP_BYTES).take(lanes.len());
    let mut slices: Vec<&[u8]> = copies.filter_map(|copy| copy.get(..length)).collect();
    let mut states: Vec<Md5State> = lanes.iter().map(|job| job.state).collect();
    if lanes.len() < FEWEST_LANES {
        let both = states.iter_mut().zip(&slices);
        both.for_each(|(state, slice)| state.update(slice));
    } else if let (Some(state), Some(slice)) = (states.first().copied(), slices.first().copied()) {
        // Copies of the first stream fill the last vector: the crate is slow if lanes are unused.
        let full = lanes.len().next_multiple_of(many.lanes());
        states.resize(full, state);
        slices.resize(full, slice);
        many.update_many(&mut states, &slices);
    }
    for (job, state) in lanes.iter_mut().zip(states) {
        job.state = state;
    }
}

#[cfg(test)]
mod tests;
