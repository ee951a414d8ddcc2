//! The versions of a bucket, page by page, one page ahead of whoever reads them.

use common::failure::listing_error;
use common::{Bucket, Result};
use futures_util::stream::{self, Stream};
use s3_client::client::Client;
use s3_client::operations::{ListVersions, Marker, VersionsPage, list_object_versions};
use tokio::sync::mpsc;

/// Versions asked for at a time: the most that S3 gives.
const PAGE_VERSIONS: u32 = 1000;

/// The pages of versions and delete markers of all keys that begin with `prefix`, fetched by a
/// task of its own that stays at most one page ahead. The stream ends after the first error;
/// dropping it ends the task.
pub fn pages(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
) -> impl Stream<Item = Result<VersionsPage>> + Send + Unpin + use<> {
    pages_of(client, bucket, prefix, None)
}

/// The same for one level: with a delimiter, keys that have it after the prefix are rolled up.
pub fn pages_of(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&'static str>,
) -> impl Stream<Item = Result<VersionsPage>> + Send + Unpin + use<> {
    let (sender, receiver) = mpsc::channel(1);
    let (client, bucket, prefix) = (client.clone(), bucket.clone(), prefix.to_owned());
    tokio::spawn(async move {
        let mut next = None;
        loop {
            let page = page(&client, &bucket, &prefix, delimiter, next.as_ref()).await;
            next = page.as_ref().ok().and_then(|page| page.next.clone());
            if sender.send(page).await.is_err() || next.is_none() {
                return;
            }
        }
    });
    Box::pin(stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|page| (page, receiver))
    }))
}

async fn page(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&str>,
    after: Option<&Marker>,
) -> Result<VersionsPage> {
    let request = ListVersions {
        bucket: bucket.as_str(),
        prefix,
        delimiter,
        after,
        max_keys: PAGE_VERSIONS,
    };
    let subject = format!("s3://{bucket}/{prefix}");
    let mut attempts = client.attempts().about(subject.clone());
    match attempts
        .run(|| list_object_versions(client, &request))
        .await
    {
        Ok(page) => Ok(page),
        Err(failure) => {
            let doing = "list the versions of";
            Err(listing_error(failure, doing, subject, client, bucket.as_str()).await)
        }
    }
}
