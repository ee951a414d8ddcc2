//! After a tour that ended early: takes back what this run made.

use std::time::Instant;

use crate::journal::Begun;
use crate::outcome::{Done, Trouble};
use crate::rules::{Step, cleaning};
use crate::tour::Tour;
use crate::{delete, remove};

const MODULE: &str = module_path!();

/// Deletes objects and bucket as [`cleaning`] decides; a signal leaves time until `deadline`.
/// Returns whether all of it is gone.
pub(crate) async fn run(tour: &mut Tour, deadline: Option<Instant>) -> bool {
    let cleaning = cleaning(tour.settings.switches, tour.settings.keep, tour.made);
    let steps = [
        (Step::Delete, cleaning.objects),
        (Step::Remove, cleaning.bucket),
    ];
    for (step, _) in steps.into_iter().filter(|(_, wanted)| *wanted) {
        let begun = tour.journal.begin(MODULE, step.action());
        let title = format!("clean up: {}", short(step));
        let Some(result) = until(deadline, take_back(tour, step, begun)).await else {
            tour.journal.interrupted(&begun);
            tour.story.interrupted(&title, &begun);
            return false;
        };
        match result {
            Ok(done) => {
                tour.journal.done(&begun, &done);
                tour.story.done(&title, &begun, &done);
            }
            Err(trouble) => {
                tour.journal.failed(&begun, &trouble);
                tour.story.failed(&title, &begun, &trouble);
                return false;
            }
        }
    }
    true
}

async fn take_back(tour: &mut Tour, step: Step, begun: Begun) -> Result<Done, Trouble> {
    match step {
        Step::Remove => remove::run(tour).await,
        Step::Delete | Step::Create | Step::Upload | Step::Download => {
            delete::run(tour, begun).await
        }
    }
}

fn short(step: Step) -> &'static str {
    match step {
        Step::Remove => "bucket",
        Step::Delete | Step::Create | Step::Upload | Step::Download => "objects",
    }
}

/// `None` if the time is up.
async fn until<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), work).await.ok(),
        None => Some(work.await),
    }
}
