//! Writes one object to a stream, such as standard output. What was written cannot be taken back,
//! so the bytes are summed on their way, and the verdict follows them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use common::failure::Access;
use common::{Error, Kind, Result};
use s3_client::client::Client;
use s3_client::operations::{ListedObject, ObjectInfo};
use tokio_util::sync::CancellationToken;

use super::failure::FetchError;
use super::receive::{RangeRequest, Ranges, receive};
use super::run::{Job, nothing_there};
use super::to_stream::{Output, SHOWN, ToStream};
use crate::compare::{PartSize, has_unequal_parts, part_size};
use crate::engine::{BucketClient, Engine, Object};
use crate::execute::Worker;
use crate::item::{Item, Status, Verb};
use crate::meter::Meter;
use crate::monitor::Monitor;
use crate::plan::Batch;
use crate::proof::{Mismatch, Verdict, listed_proof};
use crate::report::Report;
use futures_util::stream;

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
        let mut sink = ToStream::new(&self.engine, &self.is_closed, part_size, output);
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
