//! The driver: steps in, work done a bounded number at a time, a [`Report`] out.
//!
//! It knows nothing of objects: [`Worker`] is a download or an upload. One failing item never
//! stops the others; what would fail for all stops the run at once.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use common::{Error, Kind, Result, Scope};
use futures_util::future::FutureExt as _;
use futures_util::stream::{Stream, StreamExt as _};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::Engine;
use crate::item::Item;
use crate::monitor::Monitor;
use crate::plan::Batch;
use crate::report::Report;

/// The fewest items that must have been given up after all attempts before the service counts as
/// gone and the run stops.
const FEWEST_GIVEN_UP: usize = 8;

/// Objects that are read or written while as many as possible are on the way.
const MOST_ON_DISK: usize = 64;

/// How often it is looked whether more objects may be on their way.
const LOOK: Duration = Duration::from_millis(100);

/// Tells when the service seems to be gone: as many items as run side by side failed after all
/// attempts, and one more, and none succeeded meanwhile. Objects that always fail among others
/// that succeed are no reason to stop.
#[derive(Default)]
struct FailuresInARow {
    in_a_row: usize,
    succeeded: u64,
}

impl FailuresInARow {
    /// Counts an item that started when `began_after` others had succeeded.
    fn add(&mut self, began_after: u64, gave_up: Option<bool>) {
        match gave_up {
            None => {
                self.succeeded += 1;
                self.in_a_row = 0;
            }
            Some(true) if began_after == self.succeeded => self.in_a_row += 1,
            Some(_) => {}
        }
    }

    fn service_is_gone(&self, width: usize) -> bool {
        self.in_a_row >= FEWEST_GIVEN_UP.max(width + 1)
    }
}

/// Waits for the background tasks of a run, and tells whether they ended in time. After a signal
/// (`in_haste`) two seconds are allowed in all.
async fn cleaned_up(tasks: &TaskTracker, in_haste: bool) -> bool {
    let patience = if in_haste {
        Duration::from_millis(1500)
    } else {
        Duration::from_secs(10)
    };
    tasks.close();
    tokio::time::timeout(patience, tasks.wait()).await.is_ok()
}

/// A download or an upload: turns one step of its plan into what became of it.
pub trait Worker: Send + Sync + 'static {
    /// One step of the plan.
    type Step: Send + 'static;

    /// Does one step; `None` if `stop` came first and nothing was done. After `stop`, only what
    /// is about to be complete goes on. Dropping the future must leave nothing half done behind.
    fn perform(
        &self,
        step: Self::Step,
        stop: &CancellationToken,
    ) -> impl Future<Output = Option<Item>> + Send;

    /// Whether an item that failed so was given up after all attempts: nothing is wrong with it,
    /// but with the service or the way there.
    fn gave_up(error: &Error) -> bool {
        error.kind() == Kind::Unavailable
    }

    /// Reports what is left behind at the end of a run. Unless `in_time`, some tasks still run.
    fn clean_up(&self, in_time: bool);
}

/// How long a run that stops waits for what is about to be complete: a signal allows two seconds
/// in all.
fn last_moment(in_haste: bool) -> Duration {
    if in_haste {
        Duration::from_millis(300)
    } else {
        Duration::from_secs(10)
    }
}

impl Engine {
    /// Performs the steps, at most `width` at a time, until they end, something stops the run, or
    /// `cancel` is triggered; then waits for tasks in the background. An error instead of a batch ends
    /// the plan; started items are finished.
    pub async fn run<W: Worker>(
        &self,
        work: &Arc<W>,
        plan: impl Stream<Item = Result<Batch<W::Step>>> + Unpin + Send + 'static,
    ) -> Report {
        let (working, cancel) = (Arc::clone(work), self.cancel.clone());
        let monitor = Arc::clone(&self.monitor);
        let (client, width) = (self.at.client.clone(), self.width);
        // A few more objects than requests, so that the disk never keeps a connection waiting.
        let width = move || {
            let requests = client.requests_at_a_time();
            width.unwrap_or(requests + requests.min(MOST_ON_DISK))
        };
        // On a thread of the runtime: each object that is done would wake the first thread.
        let running =
            tokio::spawn(async move { perform(&working, plan, width, &cancel, &*monitor).await });
        let report = running.await.unwrap_or_else(|error| {
            let (mut report, error) = (Report::begin(), bug(&error));
            self.monitor.failure(&error);
            report.stop(&error);
            report
        });
        work.clean_up(cleaned_up(&self.tasks, report.was_interrupted()).await);
        report
    }
}

async fn perform<W: Worker>(
    work: &Arc<W>,
    mut plan: impl Stream<Item = Result<Batch<W::Step>>> + Unpin,
    width: impl Fn() -> usize,
    cancel: &CancellationToken,
    monitor: &dyn Monitor,
) -> Report {
    let mut report = Report::begin();
    let mut tasks = JoinSet::new();
    let mut waiting = VecDeque::new();
    let mut more = true;
    let mut given_up = FailuresInARow::default();
    let stop = cancel.child_token();
    let mut stopped = false;
    loop {
        while tasks.len() < width() {
            let Some(step) = waiting.pop_front() else {
                break;
            };
            let (work, stop) = (Arc::clone(work), stop.clone());
            let began_after = given_up.succeeded;
            // Boxed, because the runtime would copy these kilobytes several times.
            tasks.spawn(Box::pin(async move {
                (began_after, work.perform(step, &stop).await)
            }));
        }
        if tasks.is_empty() && !more {
            break;
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => {
                report.interrupt();
                stopped = true;
                break;
            }
            Some(joined) = tasks.join_next(), if !tasks.is_empty() => {
                let (began_after, item) = match joined {
                    Ok((began_after, Some(item))) => (began_after, item),
                    // Only `cancel` can have stopped it: it is seen next.
                    Ok((_, None)) => {
                        report.undone_files += 1;
                        continue;
                    }
                    Err(error) => {
                        let error = bug(&error);
                        monitor.failure(&error);
                        report.stop(&error);
                        stopped = true;
                        break;
                    }
                };
                given_up.add(began_after, item.error.as_ref().map(W::gave_up));
                let stops = item.error.as_ref().is_some_and(|error| error.scope() == Scope::Run)
                    || given_up.service_is_gone(width().max(tasks.len() + 1));
                monitor.item(&item);
                report.add(item);
                if stops {
                    report.stopped();
                    stopped = true;
                    break;
                }
            }
            batch = plan.next(), if more && waiting.is_empty() => match batch {
                Some(Ok(batch)) => {
                    monitor.counts().planned(batch.steps.len() as u64, batch.bytes);
                    report.left_out_files += batch.left_out;
                    waiting.extend(batch.steps);
                }
                Some(Err(error)) => {
                    monitor.failure(&error);
                    report.stop(&error);
                    more = false;
                }
                None => {
                    monitor.counts().listing_done();
                    more = false;
                }
            },
            // Large objects take long, and meanwhile more of them may be allowed.
            () = tokio::time::sleep(LOOK), if !waiting.is_empty() => {}
        }
    }
    if stopped {
        stop.cancel();
        let patience = last_moment(report.was_interrupted());
        let ending = end_tasks(&mut tasks, &mut report, monitor);
        let in_time = tokio::time::timeout(patience, ending).await;
        if in_time.is_err() {
            report.undone_files += tasks.len() as u64;
        }
        report.undone_files += waiting.len() as u64;
        // The rest of the plan counts as far as it is known already.
        while more {
            match plan.next().now_or_never() {
                Some(Some(Ok(batch))) => report.undone_files += batch.steps.len() as u64,
                Some(_) => more = false,
                None => break,
            }
        }
        report.more_undone = more;
    }
    tasks.shutdown().await;
    report.end();
    report
}

/// Counts what is complete although the run stops. What fails now fails for the same reason as
/// the run, of which enough was said.
async fn end_tasks(
    tasks: &mut JoinSet<(u64, Option<Item>)>,
    report: &mut Report,
    monitor: &dyn Monitor,
) {
    while let Some(joined) = tasks.join_next().await {
        match joined {
            Ok((_, Some(item))) if item.error.is_none() => {
                monitor.item(&item);
                report.add(item);
            }
            _ => report.undone_files += 1,
        }
    }
}

fn bug(error: &JoinError) -> Error {
    Error::new(Kind::Bug, "go on", "", format!("internal error: {error}"))
        .with_hint("please report it with the command line and the log of a run with -vv")
        .stopping_the_run()
}
