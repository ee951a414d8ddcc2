//! Writes one object to a stream, such as standard output. What was written cannot be taken back,
//! so the bytes are summed on their way, and the verdict follows them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use bytes::Bytes;
use common::failure::Access;
use common::{Error, Kind, Result};
use s3_client::client::Client;
use s3_client::operations::{ListedObject, ObjectInfo};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::failure::FetchError;
use super::receive::{RangeRequest, Ranges, Sink, receive};
use super::run::{Job, nothing_there};
use crate::blocking::interrupted;
use crate::compare::{PartSize, has_unequal_parts, part_size};
use crate::engine::{BucketClient, Engine, Object};
use crate::execute::Worker;
use crate::item::{Item, Status, Verb};
use crate::meter::Meter;
use crate::monitor::Monitor;
use crate::plan::Batch;
use crate::proof::{Expected, Mismatch, Verdict, Verifier, best_proof, listed_proof};
use crate::report::Report;
use futures_util::stream;

/// How the stream is named in messages.
const SHOWN: &str = "standard output";

/// Bytes that are written at a time.
const BATCH_BYTES: usize = 256 * 1024;

/// Writes all of the bytes, or fails.
pub type Output = Box<dyn FnMut(&[u8]) -> io::Result<()> + Send>;

/// A download into a stream.
struct Stream {
    engine: Arc<Engine>,
    /// Nobody reads the stream any more.
    is_closed: Arc<AtomicBool>,
}

/// Writes the object that the job names. `None` if the reader of the stream went away: then nobody
/// wants to know.
pub async fn run_stream(
    client: &Client,
    job: &Job,
    output: Output,
    cancel: &CancellationToken,
    monitor: Arc<dyn Monitor>,
) -> Result<Option<Report>> {
    let key = job.directory.as_str();
    let at = BucketClient::new(client, &job.bucket, Access::Read, job.customer_key.clone()).await;
    let Some(found) = cancel
        .run_until_cancelled(at.object(key, None).head())
        .await
    else {
        let mut report = Report::begin();
        report.interrupt();
        return Ok(Some(report));
    };
    let object = match found {
        Ok(info) => ListedObject::of(key, info),
        Err(failure) if failure.is_not_there() => return Err(nothing_there(job)),
        Err(failure) => return Err(at.error("download", key, failure)),
    };
    let mut engine = Engine::new(at, Verb::Download, cancel, &monitor);
    engine.verify = job.verify;
    let engine = Arc::new(engine);
    let is_closed = Arc::default();
    let stream = Arc::new(Stream {
        engine: Arc::clone(&engine),
        is_closed: Arc::clone(&is_closed),
    });
    let mut plan = Batch::from(Vec::new());
    plan.bytes = object.size;
    plan.steps.push((object, output));
    let mut report = engine.run(&stream, stream::iter([Ok(plan)])).await;
    report.of_one_object();
    Ok((!is_closed.load(Relaxed)).then_some(report))
}

impl Worker for Stream {
    type Step = (ListedObject, Output);

    async fn perform(
        &self,
        (object, output): Self::Step,
        stop: &CancellationToken,
    ) -> Option<Item> {
        let written = stop
            .run_until_cancelled(self.write(&object, output))
            .await?;
        if self.is_closed.load(Relaxed) {
            return None;
        }
        let mut item = self
            .engine
            .item(Status::Done(Verb::Download), &object.key, SHOWN);
        item.size_bytes = object.size;
        match written {
            Ok((proof, info)) => {
                item.proof = proof;
                item.etag = info.etag;
                item.version_id = info.version_id;
                Some(item)
            }
            Err(error) => Some(item.with_error(Status::Failed, error)),
        }
    }

    fn clean_up(&self, _: bool) {}
}

impl Stream {
    /// Writes the object, and says which proof showed it right.
    async fn write(
        &self,
        object: &ListedObject,
        output: Output,
    ) -> Result<(Option<&'static str>, ObjectInfo)> {
        let (verdict, info) = self.pour(object, output).await?;
        let mismatch = match verdict {
            Verdict::Proved(name) => return Ok((Some(name), info)),
            Verdict::Unproved => return Ok((None, info)),
            Verdict::Mismatch(mismatch) => mismatch,
        };
        if has_unequal_parts(&self.object(object)).await {
            return Ok((None, info));
        }
        if mismatch.guessed {
            // If the same bytes come twice, it is the size of the parts that is guessed wrong.
            let (again, _) = self.pour(object, Box::new(|_| Ok(()))).await?;
            if matches!(again, Verdict::Mismatch(again) if again.actual == mismatch.actual) {
                return Ok((None, info));
            }
        }
        Err(self.damaged(object, &mismatch))
    }

    async fn pour(&self, object: &ListedObject, output: Output) -> Result<(Verdict, ObjectInfo)> {
        let listed = listed_proof(object.size, object.etag.as_deref());
        let part_size = if self.engine.verify && listed.guesses_parts().is_some() {
            part_size(&self.object(object)).await
        } else {
            PartSize::Unknown
        };
        let mut sink = ToStream {
            stream: self,
            part_size,
            output: Some(output),
            written_bytes: 0,
            known_bytes: 0,
            batch: Vec::new(),
            writing: None,
        };
        let request = RangeRequest {
            bucket: self.engine.at.bucket.as_str(),
            key: &object.key,
            version_id: None,
            etag: object.etag.as_deref(),
            modified: object.last_modified,
            customer_key: self.engine.at.customer_key.as_ref(),
            ranges: Ranges::Work,
            may_be_split: false,
            range: &(0..object.size),
            whole: true,
        };
        let meter = Meter::new(&self.engine.monitor);
        let received = receive(&self.engine.at.client, &request, &meter, &mut sink).await;
        let failed = |cause: &str| {
            let subject = self.engine.at.subject(&object.key);
            Error::new(Kind::Failed, "download", subject, cause)
        };
        match received {
            Ok(info) => match sink.finish().await {
                Ok(verdict) => Ok((verdict, info)),
                Err(FetchError::Local(error)) => Err(error),
                Err(_) => Err(failed("the run ended first")),
            },
            Err(FetchError::Local(error)) => Err(error),
            Err(FetchError::Failed(failure)) => {
                Err(self.engine.at.error("download", &object.key, failure))
            }
            Err(_) => Err(failed("the object changed while it was read")
                .with_hint("what was written is not the whole object; run the same command again")),
        }
    }

    fn object<'a>(&'a self, object: &'a ListedObject) -> Object<'a> {
        self.engine.at.object(&object.key, None)
    }

    fn damaged(&self, object: &ListedObject, mismatch: &Mismatch) -> Error {
        let cause = format!(
            "its {} is {} there, {} in what was written to standard output",
            mismatch.name, mismatch.expected, mismatch.actual
        );
        let subject = self.engine.at.subject(&object.key);
        Error::new(Kind::Damaged, "verify", subject, cause).with_hint(
            "do not use what was written; if it differs again, the stored object or the network is damaged",
        )
    }
}

/// Bytes on their way to the stream. A thread of its own writes and sums them.
struct ToStream<'a> {
    stream: &'a Stream,
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
            let expected = if self.stream.engine.verify {
                best_proof(info).in_parts_of(&self.part_size)
            } else {
                Expected::Nothing
            };
            let mut verifier = Verifier::new(expected, &self.stream.engine.lanes);
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

impl ToStream<'_> {
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
                self.stream.is_closed.fetch_or(is_closed, Relaxed);
                let error = Error::io("write", SHOWN, &error);
                // The usual hint tells of files that are kept.
                Err(Error::new(error.kind(), "write", SHOWN, error.cause()).into())
            }
            Err(_) => Err(interrupted(SHOWN).into()),
        }
    }

    async fn finish(mut self) -> Result<Verdict, FetchError> {
        self.pass_on().await?;
        let verifier = self.written().await?;
        spawn_blocking(move || verifier.finish())
            .await
            .map_err(|_| interrupted(SHOWN).into())
    }
}
