//! Plans an upload: files of the walk in, each held against the listing of the target, steps out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::{Error, Kind, Result};
use futures_util::stream::{self, Stream};
use s3_client::operations::ListPage;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::remote::{Found, Remote};
use super::{Decision, Policy, Reason, There, decide};
use crate::filter::Filters;
use crate::monitor::Monitor;
use crate::upload::{Outgoing, Step};
use crate::walk::{Links, LocalFile, Walk, WalkFailure};

type Walked = Result<LocalFile, WalkFailure>;

/// Files looked at before they are handed on: enough to keep every connection busy.
const BATCH_FILES: usize = 256;

/// The longest key (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
const KEY_BYTES: usize = 1024;

/// What a planner of uploads needs to know.
pub struct Planner {
    /// What stands in front of each path in its key.
    pub prefix: String,
    /// Whether files may be opened through links.
    pub links: Links,
    /// Which paths are wanted.
    pub filters: Filters,
    /// How careful to be.
    pub policy: Policy,
    /// How many paths the filters left out, for whoever sums up.
    pub left_out: Arc<AtomicU64>,
    /// Who is told how much there is to do.
    pub monitor: Arc<dyn Monitor>,
}

/// The plan as a stream of batches. The walk runs on a thread of its own, at most two batches
/// ahead.
pub fn steps(
    walk: Walk,
    remote: impl Stream<Item = Result<ListPage>> + Send + Unpin + 'static,
    planner: Planner,
) -> impl Stream<Item = Result<Vec<Step>>> + Send + Unpin {
    let walked = walk_ahead(walk);
    let state = (walked, Remote::new(remote), Some(planner));
    Box::pin(stream::unfold(
        state,
        |(mut walked, mut remote, planner)| async move {
            let planner = planner?;
            let Some(batch) = walked.recv().await else {
                planner.monitor.counts().listing_done();
                return None;
            };
            match planner.batch(batch, &mut remote).await {
                Ok(steps) => Some((Ok(steps), (walked, remote, Some(planner)))),
                Err(error) => Some((Err(error), (walked, remote, None))),
            }
        },
    ))
}

fn walk_ahead(walk: Walk) -> mpsc::Receiver<Vec<Walked>> {
    let (sender, receiver) = mpsc::channel(2);
    spawn_blocking(move || {
        let mut batch = Vec::with_capacity(BATCH_FILES);
        for walked in walk {
            batch.push(walked);
            if batch.len() == BATCH_FILES
                && sender.blocking_send(std::mem::take(&mut batch)).is_err()
            {
                return;
            }
        }
        if !batch.is_empty() {
            // A closed channel means that the run ended first.
            let _ = sender.blocking_send(batch);
        }
    });
    receiver
}

impl Planner {
    async fn batch<S>(&self, batch: Vec<Walked>, remote: &mut Remote<S>) -> Result<Vec<Step>>
    where
        S: Stream<Item = Result<ListPage>> + Unpin,
    {
        let mut steps = Vec::with_capacity(batch.len());
        let (mut files, mut bytes) = (0, 0);
        for walked in batch {
            let step = match walked {
                Ok(file) => {
                    if !self.filters.allows(file.relative.as_str()) {
                        self.left_out.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let key = format!("{}{}", self.prefix, file.relative.as_str());
                    let outgoing = Outgoing {
                        shown: file.path.display().to_string(),
                        size_bytes: file.state.size,
                        local: file,
                        links: self.links,
                        key,
                    };
                    self.step(outgoing, remote).await?
                }
                Err(failure) if failure.is_skip() => {
                    self.monitor.warning(&format!(
                        "{} is left out: {}",
                        failure.path.display(),
                        failure.cause
                    ));
                    continue;
                }
                Err(failure) => Step::Fail(failure.into_error()),
            };
            if let Step::Send(file, _) | Step::Compare(file, _) | Step::Ask(file) = &step {
                files += 1;
                bytes += file.size_bytes;
            }
            steps.push(step);
        }
        self.monitor.counts().planned(files, bytes);
        Ok(steps)
    }

    async fn step<S>(&self, file: Outgoing, remote: &mut Remote<S>) -> Result<Step>
    where
        S: Stream<Item = Result<ListPage>> + Unpin,
    {
        if file.key.len() > KEY_BYTES {
            let cause = format!(
                "its key would be {} bytes long, S3 takes 1,024",
                file.key.len()
            );
            return Ok(Step::Fail(Error::new(
                Kind::Failed,
                "upload",
                file.shown,
                cause,
            )));
        }
        let (found, warning) = remote.find(&file.key).await?;
        if let Some(warning) = warning {
            self.monitor.warning(&warning);
        }
        let there = match &found {
            Found::Object(object) => There::Bytes(object.size),
            Found::Nothing => There::Nothing,
            Found::Unknown | Found::Refused => There::Unknown,
        };
        match (decide(file.size_bytes, there, self.policy), found) {
            (Decision::Transfer(reason), _) => Ok(Step::Send(file, reason)),
            (Decision::Compare, Found::Object(object)) => Ok(Step::Compare(file, object)),
            // Whoever may not list is told "forbidden" of each object too.
            (Decision::Ask, Found::Refused) => Ok(Step::Send(file, Reason::Unseen)),
            (Decision::Compare | Decision::Ask, _) => Ok(Step::Ask(file)),
            (Decision::Keep, _) => Err(Error::new(
                Kind::Bug,
                "plan",
                file.shown,
                "an upload keeps nothing",
            )),
            (Decision::Refuse(cause), _) => Err(Error::new(Kind::Bug, "plan", file.shown, cause)),
        }
    }
}
