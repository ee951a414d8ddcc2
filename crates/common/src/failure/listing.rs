//! A listing that failed. If the bucket is not there, the one that was probably meant is named.

use std::time::Duration;

use s3_client::failure::Meaning;
use s3_client::operations::list_buckets;
use s3_client::{Client, Failure};

use super::words::ToError as _;
use super::{Access, Context};
use crate::error::Error;
use crate::nearest;

/// A suggestion is not worth a longer wait.
const LONGEST: Duration = Duration::from_secs(3);

/// The error of a listing of this bucket: it stops the run.
pub async fn listing_error(
    failure: Failure,
    doing: &str,
    subject: String,
    client: &Client,
    bucket: &str,
) -> Error {
    let is_missing = failure.meaning() == Some(Meaning::NoSuchBucket);
    let context = Context::of(client).bucket(bucket).to(Access::List);
    let error = failure.into_error(doing, subject, &context);
    let error = error.stopping_the_run();
    if is_missing {
        suggest_bucket(error, client, bucket).await
    } else {
        error
    }
}

/// Adds the name of the bucket that was probably meant instead of this one, if the buckets may be
/// listed. Asks once.
pub async fn suggest_bucket(error: Error, client: &Client, bucket: &str) -> Error {
    let Ok(Ok(buckets)) = tokio::time::timeout(LONGEST, list_buckets(client)).await else {
        return error;
    };
    let names = buckets.iter().map(|found| found.name.as_str());
    match nearest(bucket, names) {
        Some(name) if name != bucket => error.with_hint(format!(
            "did you mean s3://{name}? do_bucket_list shows all your buckets"
        )),
        _ => error,
    }
}
