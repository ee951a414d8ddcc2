//! Cleans up after a tour that ended early: deletes everything that this run created.

use crate::rules::{Step, cleaning};
use crate::tour::Tour;
use crate::{delete, remove};

const MODULE: &str = module_path!();

/// Deletes objects and bucket as [`cleaning`] decides. Stops when `time_is_up` ends.
pub(crate) async fn run(tour: &mut Tour, time_is_up: impl Future<Output = ()>) {
    let mut time_is_up = std::pin::pin!(time_is_up);
    let cleaning = cleaning(tour.settings.switches, tour.settings.keep, tour.made);
    for (step, title, is_wanted) in [
        (Step::Delete, "clean up: objects", cleaning.objects),
        (Step::Remove, "clean up: bucket", cleaning.bucket),
    ] {
        if !is_wanted {
            continue;
        }
        let begun = tour.journal.begin(MODULE, step.action());
        let take_back = async {
            match step {
                Step::Remove => remove::run(tour).await,
                _ => delete::run(tour, begun).await,
            }
        };
        let result = tokio::select! {
            result = take_back => Some(result),
            () = &mut time_is_up => None,
        };
        tour.ended(title, &begun, result.as_ref());
        if !matches!(result, Some(Ok(_))) {
            return;
        }
    }
}
