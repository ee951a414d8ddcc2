//! The last step: delete the bucket, if this run created it.

use std::time::Duration;

use s3_client::failure::{Failure, Meaning};
use s3_client::operations;

use crate::outcome::{Done, Trouble};
use crate::sweep::sweep;
use crate::tour::Tour;

pub(crate) const MODULE: &str = module_path!();

/// How often a bucket that was emptied and is said not to be empty is emptied again: some
/// services list what was deleted a moment longer.
const TRIES: u32 = 4;

/// The pause before each further try.
const PAUSE: Duration = Duration::from_millis(250);

/// Deletes the bucket.
///
/// # Errors
/// It was there before this run, or something is in it.
pub(crate) async fn run(tour: &mut Tour) -> Result<Done, Trouble> {
    if !tour.made.bucket && !tour.made.perhaps_bucket {
        return Err(Trouble::refused(
            "delete",
            &tour.subject(),
            "this run did not create it",
            "`--bucket-delete 0` ends the tour without this step",
        ));
    }
    let mut tries = 1;
    let status = loop {
        match delete(tour).await {
            Ok(status) => break status,
            Err(failure)
                if failure.meaning() == Some(Meaning::BucketNotEmpty)
                    && tour.settings.switches.delete
                    && !tour.made.objects
                    && tries < TRIES =>
            {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
                let bucket = tour.settings.bucket.as_str();
                sweep(&tour.client, bucket, &tour.bounds())
                    .await
                    .map_err(|failure| tour.trouble(failure, "delete what is in"))?;
            }
            Err(failure) => return Err(not_deleted(tour, failure)),
        }
    };
    tour.made.bucket = false;
    tour.made.perhaps_bucket = false;
    Ok(Done {
        status,
        data: Vec::new(),
        said: match status {
            404 => "it was gone already".into(),
            _ => String::new(),
        },
    })
}

/// 204, or 404: one that is gone was never created, or was deleted by an attempt whose response was
/// lost.
async fn delete(tour: &Tour) -> Result<u16, Failure> {
    let (client, bucket) = (&tour.client, tour.settings.bucket.as_str());
    match client
        .retry(|| operations::delete_bucket(client, bucket))
        .await
    {
        Ok(()) => Ok(204),
        Err(failure) if failure.is_not_there() => Ok(404),
        Err(failure) => Err(failure),
    }
}

fn not_deleted(tour: &Tour, failure: Failure) -> Trouble {
    let not_empty = failure.meaning() == Some(Meaning::BucketNotEmpty);
    let mut trouble = tour.trouble(failure, "delete");
    if not_empty {
        trouble.hint = Some(if tour.made.objects {
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
    trouble
}
