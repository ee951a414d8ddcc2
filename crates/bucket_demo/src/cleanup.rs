//! After a tour that ended early: takes back what this run made.

use crate::journal::Begun;
use crate::outcome::{Done, Trouble};
use crate::rules::{Step, cleaning};
use crate::tour::Tour;
use crate::{delete, remove};

const MODULE: &str = module_path!();

/// Deletes objects and bucket as [`cleaning`] decides; when `time_is_up` ends, so does this.
pub(crate) async fn run(tour: &mut Tour, time_is_up: impl Future<Output = ()>) {
    let mut time_is_up = std::pin::pin!(time_is_up);
    let cleaning = cleaning(tour.settings.switches, tour.settings.keep, tour.made);
    let steps = [
        (Step::Delete, cleaning.objects),
        (Step::Remove, cleaning.bucket),
    ];
    for (step, _) in steps.into_iter().filter(|(_, wanted)| *wanted) {
        let begun = tour.journal.begin(MODULE, step.action());
        let title = format!("clean up: {}", short(step));
        let result = tokio::select! {
            result = take_back(tour, step, begun) => Some(result),
            () = &mut time_is_up => None,
        };
        let Some(result) = result else {
            tour.journal.interrupted(&begun);
            tour.story.interrupted(&title, &begun);
            return;
        };
        match result {
            Ok(done) => {
                tour.journal.done(&begun, &done);
                tour.story.done(&title, &begun, &done);
            }
            Err(trouble) => {
                tour.journal.failed(&begun, &trouble);
                tour.story.failed(&title, &begun, &trouble);
                return;
            }
        }
    }
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
