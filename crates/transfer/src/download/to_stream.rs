//! Bytes of an object on their way to a stream: written once, in order, and summed.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use common::Error;
use s3_client::operations::ObjectInfo;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::failure::FetchError;
use super::receive::Sink;
use crate::blocking::interrupted;
use crate::compare::PartSize;
use crate::engine::Engine;
use crate::proof::{Expected, Verdict, Verifier, best_proof};

/// How the stream is named in messages.
pub(super) const SHOWN: &str = "standard output";

/// Writes all of the bytes, or fails.
pub(super) type Output = Box<dyn FnMut(&[u8]) -> io::Result<()> + Send>;

/// Bytes that are written at a time.
const BATCH_BYTES: usize = 256 * 1024;

/// Bytes on their way to the stream. A thread of its own writes and sums them.
pub(super) struct ToStream<'a> {
    engine: &'a Engine,
    /// Nobody reads the stream any more.
    is_closed: &'a AtomicBool,
    part_size: PartSize,
    output: Option<Output>,
    /// The bytes that were passed on.
    written_bytes: u64,
    /// Bytes that come again and were passed on before.
    known_bytes: u64,
    batch: Vec<u8>,
    writing: Option<Writing>,
}

struct Writing {
    batches: mpsc::Sender<Bytes>,
    done: JoinHandle<io::Result<Verifier>>,
}

impl Sink for ToStream<'_> {
    async fn begin(&mut self, info: &ObjectInfo) -> Result<(), FetchError> {
        if let Some(mut output) = self.output.take() {
            let expected = if self.engine.verify {
                best_proof(info).in_parts_of(&self.part_size)
            } else {
                Expected::Nothing
            };
            let mut verifier = Verifier::new(expected, &self.engine.lanes);
            let (batches, mut received) = mpsc::channel::<Bytes>(2);
            let done = spawn_blocking(move || {
                while let Some(batch) = received.blocking_recv() {
                    output(&batch)?;
                    verifier.update(&[batch]);
                }
                Ok(verifier)
            });
            self.writing = Some(Writing { batches, done });
        } else if info.etag.is_none() && self.written_bytes > 0 {
            // Nothing tells whether it is of the same content as what was written.
            return Err(FetchError::Changed);
        }
        self.known_bytes = self.written_bytes;
        Ok(())
    }

    async fn push(&mut self, chunk: &[u8]) -> Result<(), FetchError> {
        let known = usize::try_from(self.known_bytes)
            .unwrap_or(usize::MAX)
            .min(chunk.len());
        self.known_bytes -= known as u64;
        let chunk = chunk.get(known..).unwrap_or_default();
        self.written_bytes += chunk.len() as u64;
        self.batch.extend_from_slice(chunk);
        if self.batch.len() >= BATCH_BYTES {
            self.pass_on().await?;
        }
        Ok(())
    }
}

impl<'a> ToStream<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        is_closed: &'a AtomicBool,
        part_size: PartSize,
        output: Output,
    ) -> Self {
        Self {
            engine,
            is_closed,
            part_size,
            output: Some(output),
            written_bytes: 0,
            known_bytes: 0,
            batch: Vec::new(),
            writing: None,
        }
    }

    async fn pass_on(&mut self) -> Result<(), FetchError> {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(2 * BATCH_BYTES));
        let Some(writing) = &self.writing else {
            return Ok(());
        };
        if writing.batches.send(batch.into()).await.is_err() {
            self.written().await?;
        }
        Ok(())
    }

    /// Waits until all is written.
    async fn written(&mut self) -> Result<Verifier, FetchError> {
        let Some(Writing { batches, done }) = self.writing.take() else {
            return Err(interrupted(SHOWN).into());
        };
        drop(batches);
        match done.await {
            Ok(Ok(verifier)) => Ok(verifier),
            Ok(Err(error)) => {
                let is_closed = error.kind() == io::ErrorKind::BrokenPipe;
                self.is_closed.fetch_or(is_closed, Relaxed);
                let error = Error::io("write", SHOWN, &error);
                // The usual hint tells of files that are kept.
                Err(Error::new(error.kind(), "write", SHOWN, error.cause()).into())
            }
            Err(_) => Err(interrupted(SHOWN).into()),
        }
    }

    pub(super) async fn finish(mut self) -> Result<Verdict, FetchError> {
        self.pass_on().await?;
        let verifier = self.written().await?;
        spawn_blocking(move || verifier.finish())
            .await
            .map_err(|_| interrupted(SHOWN).into())
    }
}
