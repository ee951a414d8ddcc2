//! The unfinished uploads of a bucket, page by page, and how much of each is there.

use common::failure::listing_error;
use common::{Bucket, Error, Result};
use futures_util::stream::{self, Stream, TryStreamExt as _};
use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{
    Marker, PendingUpload, UploadsPage, list_multipart_uploads, list_parts,
};

/// The pages of unfinished uploads of all keys that begin with `prefix`. The stream ends after
/// the first error.
pub fn pages(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
) -> impl Stream<Item = Result<UploadsPage>> + Send + Unpin + use<> {
    let (client, bucket, prefix) = (client.clone(), bucket.clone(), prefix.to_owned());
    let first = Some(None);
    let pages = stream::try_unfold(first, move |from: Option<Option<Marker>>| {
        let (client, bucket, prefix) = (client.clone(), bucket.clone(), prefix.clone());
        async move {
            let Some(after) = from else { return Ok(None) };
            let mut page = page(&client, &bucket, &prefix, after.as_ref()).await?;
            let next = page.next.take().map(Some);
            Ok(Some((page, next)))
        }
    });
    Box::pin(pages.into_stream())
}

async fn page(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    after: Option<&Marker>,
) -> Result<UploadsPage> {
    let asked = || list_multipart_uploads(client, bucket.as_str(), prefix, after);
    let subject = format!("s3://{bucket}/{prefix}");
    match client.attempts().about(subject).run(asked).await {
        Ok(page) => Ok(page),
        Err(failure) => Err(in_words(failure, client, bucket, prefix).await),
    }
}

/// The parts of an upload that the service holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// How many.
    pub parts: u64,
    /// Their size in all, in bytes.
    pub bytes: u64,
}

/// What the service holds of an upload; `None` if it is no longer unfinished.
///
/// # Errors
/// Its parts cannot be listed.
pub async fn stored(
    client: &Client,
    bucket: &Bucket,
    upload: &PendingUpload,
) -> Result<Option<Stored>> {
    let asked = || list_parts(client, bucket.as_str(), &upload.key, &upload.upload_id);
    let subject = format!("s3://{bucket}/{}", upload.key);
    match client.attempts().about(subject).run(asked).await {
        Ok(parts) => Ok(Some(Stored {
            parts: parts.len() as u64,
            bytes: parts
                .iter()
                .fold(0, |bytes, part| bytes.saturating_add(part.size)),
        })),
        Err(failure) if failure.meaning() == Some(Meaning::NoSuchUpload) => Ok(None),
        Err(failure) => Err(in_words(failure, client, bucket, &upload.key).await),
    }
}

async fn in_words(failure: Failure, client: &Client, bucket: &Bucket, name: &str) -> Error {
    let subject = format!("s3://{bucket}/{name}");
    let doing = "list the uploads of";
    listing_error(failure, doing, subject, client, bucket.as_str()).await
}
