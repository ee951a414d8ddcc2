//! Sums up a large object while its ranges come: each range where it arrives if the proof
//! allows that, else all of them in order on one thread.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::parts::{self, MIB, Parts};
use crate::proof::{Expected, Joiner, Lanes, RangeHasher, RangeSum, Verdict, Verifier};

/// The size of the ranges that large objects are fetched in, unless their proof wants another. A
/// dozen of them fit into the memory of a run, and Ceph stores objects in stripes of this size.
pub(super) const RANGE_BYTES: u64 = 4 * MIB;

/// The largest part that is fetched in one range so that it can be summed where it arrives.
const LARGEST_RANGE_BYTES: u64 = 16 * MIB;

/// Ranges that may wait for their turn; the run's room for bytes sets the real limit.
const WAITING_RANGES: usize = 32;

/// The bytes of a range, and the room that they take.
pub(super) type Held = (Vec<Bytes>, Option<OwnedSemaphorePermit>);

/// How one object is summed up.
pub(super) enum Summing {
    /// Not at all: there is nothing to compare with.
    Nothing,
    /// Each range where it arrives.
    ByRange(Box<Mutex<Joiner>>),
    /// All bytes in order: the sum cannot be put together from those of ranges.
    InOrder {
        ranges: mpsc::Sender<Held>,
        verdict: JoinHandle<Verdict>,
    },
}

impl Summing {
    /// Begins to sum up an object of `size_bytes`, and says in which ranges to fetch it.
    pub(super) fn begin(expected: Expected, size_bytes: u64, lanes: &Lanes) -> (Self, Parts) {
        if expected == Expected::Nothing {
            return (Self::Nothing, parts::download(size_bytes, RANGE_BYTES));
        }
        let range_bytes = expected
            .range_size(RANGE_BYTES, LARGEST_RANGE_BYTES)
            .unwrap_or(RANGE_BYTES);
        let ranges = parts::download(size_bytes, range_bytes);
        let summing = match Joiner::new(expected, ranges) {
            Ok(joiner) => Self::ByRange(Box::new(Mutex::new(joiner))),
            Err(expected) => Self::in_order(Verifier::new(expected, lanes)),
        };
        (summing, ranges)
    }

    fn in_order(mut verifier: Verifier) -> Self {
        let (ranges, mut received) = mpsc::channel::<Held>(WAITING_RANGES);
        let verdict = spawn_blocking(move || {
            while let Some((chunks, _room)) = received.blocking_recv() {
                verifier.update(&chunks);
            }
            verifier.finish()
        });
        Self::InOrder { ranges, verdict }
    }

    /// What sums up one range where it arrives; `None` if it is not summed there.
    pub(super) fn hasher(&self, lanes: &Lanes) -> Option<RangeHasher> {
        match self {
            Self::ByRange(joiner) => Some(
                joiner
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .hasher(lanes),
            ),
            Self::Nothing | Self::InOrder { .. } => None,
        }
    }

    /// Whether the bytes are still needed after they were written.
    pub(super) fn needs_bytes(&self) -> bool {
        matches!(self, Self::InOrder { .. })
    }

    /// Takes in the sum of a range; its index counts from 0.
    pub(super) fn add(&self, index: u64, sum: RangeSum) {
        if let Self::ByRange(joiner) = self {
            joiner
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(index, sum);
        }
    }

    /// Takes in the bytes of the next range in order.
    pub(super) async fn feed(&self, range: Held) {
        if let Self::InOrder { ranges, .. } = self {
            // A closed channel means that the thread is gone: `finish` will say so.
            let _ = ranges.send(range).await;
        }
    }

    /// The verdict; `None` if the thread ended before it came to one.
    pub(super) async fn finish(self) -> Option<Verdict> {
        match self {
            Self::Nothing => Some(Verdict::Unproved),
            Self::ByRange(joiner) => Some(
                joiner
                    .into_inner()
                    .unwrap_or_else(PoisonError::into_inner)
                    .finish(),
            ),
            Self::InOrder { ranges, verdict } => {
                drop(ranges);
                verdict.await.ok()
            }
        }
    }
}
