//! The fourth step: deletes the objects that this run created.

use common::{Error, Kind};
use s3_client::failure::Meaning;

use crate::deletion::{Deleted, delete_everything};
use crate::journal::Begun;
use crate::outcome::{Done, Fields, Status, StepFailure};
use crate::rules::Made;
use crate::tour::Tour;

pub(crate) const MODULE: &str = module_path!();

/// Deletes everything within the bounds of this run, versions and unfinished uploads included.
///
/// # Errors
/// An object still exists. Each one has its own record.
pub(crate) async fn run(tour: &mut Tour, begun: Begun) -> Result<Done, StepFailure> {
    let sent = std::mem::take(&mut tour.undeleted);
    let (bucket, bounds) = (tour.settings.bucket.as_str(), tour.bounds());
    let deleted = match delete_everything(&tour.client, bucket, &bounds, sent).await {
        Ok(deleted) => deleted,
        Err(failure) => {
            // Somebody else deleted it.
            if failure.meaning() == Some(Meaning::NoSuchBucket) {
                tour.made = Made::default();
            }
            return Err(tour.step_failure(failure, "delete what is in"));
        }
    };
    for failure in &deleted.failures {
        let error = failure.code.clone().unwrap_or_else(|| "unknown".into());
        tour.journal
            .object_failed(&begun, &failure.key, Status::Failed, error);
    }
    if let Some(first) = deleted.failures.first() {
        let error = Error::new(
            Kind::Failed,
            "delete",
            format!("s3://{}/{}", tour.settings.bucket, first.key),
            format!(
                "the service did not delete it{}",
                match deleted.failures.len() {
                    1 => String::new(),
                    more => format!(", and {} more", more - 1),
                }
            ),
        );
        let error = error.with_detail(first.code.clone().unwrap_or_else(|| "no code".into()));
        return Err(StepFailure::from(error));
    }
    if deleted.objects < sent {
        let cause = format!(
            "{sent} objects were sent, and the service lists {} of them",
            deleted.objects
        );
        let error = Error::new(Kind::Failed, "delete what is in", tour.subject(), cause);
        return Err(StepFailure::from(error));
    }
    tour.made.objects = false;
    Ok(done(tour, &deleted))
}

fn done(tour: &Tour, deleted: &Deleted) -> Done {
    let numbers = tour.screen.numbers();
    let mut summary = numbers.counted(deleted.objects, "object");
    let mut fields: Fields = vec![("objects", deleted.objects.into())];
    for (count, name, what) in [
        (deleted.markers, "delete_markers", "delete marker"),
        (deleted.uploads, "unfinished_uploads", "unfinished upload"),
    ] {
        if count > 0 {
            summary = format!("{summary}, {}", numbers.counted(count, what));
            fields.push((name, count.into()));
        }
    }
    Done {
        // The status of DeleteObjects. If there is nothing to delete, no request was sent.
        status: if deleted.is_nothing() { 204 } else { 200 },
        fields,
        summary,
    }
}
