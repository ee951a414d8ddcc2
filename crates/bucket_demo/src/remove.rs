//! The last step: delete the bucket, if this run created it.

use s3_client::failure::{Failure, Meaning};

use crate::deletion::delete_bucket;
use crate::outcome::{Done, StepFailure};
use crate::tour::Tour;

pub(crate) const MODULE: &str = module_path!();

/// Deletes the bucket.
///
/// # Errors
/// The bucket existed before this run, or it is not empty.
pub(crate) async fn run(tour: &mut Tour) -> Result<Done, StepFailure> {
    if !tour.made.bucket && !tour.made.perhaps_bucket {
        return Err(StepFailure::refused(
            "delete",
            &tour.subject(),
            "this run did not create it",
            "`--bucket-delete 0` ends the tour without this step",
        ));
    }
    let bounds = tour.bounds();
    let to_empty = tour.settings.switches.delete && !tour.made.objects;
    let to_empty = to_empty.then_some(&bounds);
    let bucket = tour.settings.bucket.as_str();
    let status = match delete_bucket(&tour.client, bucket, to_empty).await {
        Ok(status) => status,
        Err(failure) => return Err(not_deleted(tour, failure)),
    };
    tour.made.bucket = false;
    tour.made.perhaps_bucket = false;
    Ok(Done {
        status,
        fields: Vec::new(),
        summary: match status {
            404 => "it was gone already".into(),
            _ => String::new(),
        },
    })
}

fn not_deleted(tour: &Tour, failure: Failure) -> StepFailure {
    let not_empty = failure.meaning() == Some(Meaning::BucketNotEmpty);
    let mut step_failure = tour.step_failure(failure, "delete");
    if not_empty {
        step_failure.hint = Some(if tour.made.objects {
            "S3 deletes empty buckets only: `--delete 1` empties it first, `--bucket-delete 0` \
             keeps both"
                .into()
        } else {
            format!(
                "something is in it that this run did not send: `do_bucket_list {}` shows it",
                tour.subject()
            )
        });
    }
    step_failure
}
