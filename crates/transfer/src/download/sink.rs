//! Where the bytes of a response go: into memory, or to the disk.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use s3_client::http::{Buffer, Buffers};
use s3_client::operations::ObjectInfo;
use tokio::task::{JoinHandle, spawn_blocking};

use super::failure::FetchError;
use super::place::{Place, Unfinished};
use super::receive::Sink;
use crate::blocking::{blocking, interrupted};
use crate::parts::MIB;
use crate::proof::{RangeHasher, Verifier};

/// The most memory that one response takes on its way to the disk: what is being received, the batch
/// that is being filled, and the one that is being written.
pub(super) const TO_DISK_BYTES: u64 = 3 * MIB / 4;

/// Keeps all of it. The bytes are copied into buffers of their own, because hyper's are larger than
/// what they hold.
pub(super) struct InMemory {
    buffers: Buffers,
    size_bytes: u64,
    left_bytes: u64,
    full: Vec<Bytes>,
    filling: Option<Buffer>,
}

impl InMemory {
    pub(super) fn new(buffers: &Buffers, size_bytes: u64) -> Self {
        Self {
            buffers: buffers.clone(),
            size_bytes,
            left_bytes: size_bytes,
            full: Vec::new(),
            filling: None,
        }
    }

    /// What came.
    pub(super) fn chunks(self) -> Vec<Bytes> {
        self.full
    }
}

impl Sink for InMemory {
    async fn begin(&mut self, _: &ObjectInfo) -> Result<(), FetchError> {
        *self = Self::new(&self.buffers, self.size_bytes);
        Ok(())
    }

    async fn push(&mut self, mut chunk: &[u8]) -> Result<(), FetchError> {
        while !chunk.is_empty() {
            let left = self.left_bytes;
            let buffer = self.filling.take();
            let mut buffer = buffer.unwrap_or_else(|| self.buffers.take(left));
            chunk = buffer.fill(chunk);
            if buffer.is_full() {
                let full = buffer.freeze();
                self.left_bytes -= full.len() as u64;
                self.full.push(full);
            } else {
                self.filling = Some(buffer);
            }
        }
        Ok(())
    }
}

/// What is computed over bytes in their order.
pub(super) trait Summed: Send + 'static {
    fn update(&mut self, chunks: &[Bytes]);
}

impl Summed for Verifier {
    fn update(&mut self, chunks: &[Bytes]) {
        Verifier::update(self, chunks);
    }
}

impl Summed for Option<RangeHasher> {
    fn update(&mut self, chunks: &[Bytes]) {
        if let Some(hasher) = self {
            hasher.update(chunks);
        }
    }
}

/// Writes the bytes and sums them, one batch while the next one comes.
pub(super) struct ToDisk<S, F> {
    place: Arc<Place>,
    /// Made when the first response is there, unless it was before.
    temp: Option<Arc<Unfinished>>,
    buffers: Buffers,
    /// Where the bytes belong in the file.
    range: Range<u64>,
    /// Makes the sum when the first response is there.
    summed: F,
    written_to: u64,
    filling: Option<Buffer>,
    idle: Option<S>,
    writing: Option<JoinHandle<Result<S, FetchError>>>,
}

impl<S: Summed, F: FnMut(&ObjectInfo) -> S + Send> ToDisk<S, F> {
    /// For a range of the file, or all of it.
    pub(super) fn new(
        place: &Arc<Place>,
        temp: Option<Arc<Unfinished>>,
        buffers: &Buffers,
        range: Range<u64>,
        summed: F,
    ) -> Self {
        Self {
            place: Arc::clone(place),
            temp,
            buffers: buffers.clone(),
            written_to: range.start,
            range,
            summed,
            filling: None,
            idle: None,
            writing: None,
        }
    }

    /// The file and the sum, when all is written.
    pub(super) async fn finish(mut self) -> Result<(Arc<Unfinished>, S), FetchError> {
        self.written().await?;
        let both = self.temp.zip(self.idle);
        both.ok_or_else(|| interrupted(&self.place.shown).into())
    }

    async fn write(&mut self, batch: Bytes) -> Result<(), FetchError> {
        self.written().await?;
        let both = self.temp.clone().zip(self.idle.take());
        let (temp, mut sum) = both.ok_or_else(|| interrupted(&self.place.shown))?;
        let (place, at) = (Arc::clone(&self.place), self.written_to);
        self.written_to += batch.len() as u64;
        self.writing = Some(spawn_blocking(move || {
            let batch = [batch];
            place.write(&temp, at, &batch)?;
            sum.update(&batch);
            Ok(sum)
        }));
        Ok(())
    }

    /// Waits for the batch that is being written.
    async fn written(&mut self) -> Result<(), FetchError> {
        if let Some(writing) = self.writing.take() {
            let written = writing.await.map_err(|_| interrupted(&self.place.shown))?;
            self.idle = Some(written?);
        }
        Ok(())
    }
}

impl<S: Summed, F: FnMut(&ObjectInfo) -> S + Send> Sink for ToDisk<S, F> {
    async fn begin(&mut self, info: &ObjectInfo) -> Result<(), FetchError> {
        self.written().await?;
        if self.temp.is_none() {
            let (place, size_bytes) = (Arc::clone(&self.place), self.range.end);
            let opened = blocking(&self.place.shown, move || place.open_reserved(size_bytes));
            self.temp = Some(Arc::new(opened.await??));
        }
        self.filling = None;
        self.written_to = self.range.start;
        self.idle = Some((self.summed)(info));
        Ok(())
    }

    async fn push(&mut self, mut chunk: &[u8]) -> Result<(), FetchError> {
        while !chunk.is_empty() {
            let left = self.range.end - self.written_to;
            let buffer = self.filling.take();
            let mut buffer = buffer.unwrap_or_else(|| self.buffers.take(left));
            chunk = buffer.fill(chunk);
            if buffer.is_full() {
                self.write(buffer.freeze()).await?;
            } else {
                self.filling = Some(buffer);
            }
        }
        Ok(())
    }
}
