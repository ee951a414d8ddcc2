//! The driver: steps in, work done a bounded number at a time, a [`Report`] out.
//!
//! It knows nothing of objects: [`Work`] is a download or an upload. One failing item never
//! stops the others; what would fail for all stops the run at once.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use common::{Error, Kind, Result, Scope};
use futures_util::stream::{Stream, StreamExt as _};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::item::Item;
use crate::monitor::Monitor;
use crate::report::Report;

/// How many items in a row may fail with "gave up after all attempts", none succeeding in
/// between, before the service counts as gone and the run stops. Each of them has tried for
/// about twenty seconds by then.
const FAILURES_IN_A_ROW: u32 = 8;

/// Waits until what a run left behind is cleaned up, and tells whether it was done in time: a
/// signal, which leaves one `in_haste`, allows two seconds in all.
pub(crate) async fn cleaned_up(tasks: &TaskTracker, in_haste: bool) -> bool {
    let patience = if in_haste {
        Duration::from_millis(1500)
    } else {
        Duration::from_secs(10)
    };
    tasks.close();
    tokio::time::timeout(patience, tasks.wait()).await.is_ok()
}

/// A download or an upload: turns one step of its plan into what became of it.
pub trait Work: Send + Sync + 'static {
    /// One step of the plan.
    type Step: Send + 'static;

    /// Does one step. Dropping the future must leave nothing half done behind.
    fn perform(&self, step: Self::Step) -> impl Future<Output = Item> + Send;

    /// Whether an item that failed so was given up after all attempts: nothing is wrong with it,
    /// but with the service or the way there.
    fn gave_up(error: &Error) -> bool {
        error.kind() == Kind::Unavailable
    }
}

/// Performs the steps, at most `width` at a time, until they end, something stops the run, or
/// `cancel` is triggered. Steps come in batches; an error in their place ends the plan, and
/// what was begun is brought to its end.
pub async fn run<W: Work>(
    work: Arc<W>,
    mut steps: impl Stream<Item = Result<Vec<W::Step>>> + Unpin,
    width: usize,
    cancel: &CancellationToken,
    monitor: &dyn Monitor,
) -> Report {
    let mut report = Report::begin();
    let mut tasks = JoinSet::new();
    let mut waiting = VecDeque::new();
    let mut more = true;
    let mut gave_up = 0;
    loop {
        while tasks.len() < width {
            let Some(step) = waiting.pop_front() else {
                break;
            };
            let work = Arc::clone(&work);
            tasks.spawn(async move { work.perform(step).await });
        }
        if tasks.is_empty() && !more {
            break;
        }
        tokio::select! {
            biased;
            () = cancel.cancelled() => {
                report.interrupt();
                break;
            }
            Some(joined) = tasks.join_next(), if !tasks.is_empty() => {
                let item = match joined {
                    Ok(item) => item,
                    Err(error) => {
                        let error = bug(&error);
                        monitor.failure(&error);
                        report.stop(&error);
                        break;
                    }
                };
                gave_up = match &item.error {
                    Some(error) if W::gave_up(error) => gave_up + 1,
                    Some(_) => gave_up,
                    None => 0,
                };
                let stops = item.error.as_ref().is_some_and(|error| error.scope() == Scope::Run)
                    || gave_up >= FAILURES_IN_A_ROW;
                monitor.item(&item);
                report.add(item);
                if stops {
                    report.stopped();
                    break;
                }
            }
            batch = steps.next(), if more && waiting.is_empty() => match batch {
                Some(Ok(batch)) => waiting.extend(batch),
                Some(Err(error)) => {
                    monitor.failure(&error);
                    report.stop(&error);
                    more = false;
                }
                None => more = false,
            },
        }
    }
    tasks.shutdown().await;
    report.end();
    report
}

fn bug(error: &JoinError) -> Error {
    Error::new(
        Kind::Bug,
        "go on",
        "",
        format!("a part of this program failed: {error}"),
    )
    .with_hint("please report this with the command line and the log of a run with -vv")
    .stopping_the_run()
}
