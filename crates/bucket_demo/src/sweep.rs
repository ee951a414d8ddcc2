//! Deleting all that is this run's in a bucket: versions, delete markers, objects and unfinished
//! uploads, in batches.
//!
//! Never a DELETE of a subresource: some services delete the bucket then.

use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{self, DeleteFailure, ListObjects, ListVersions};

use crate::rules::Bounds;

/// Most keys of one DeleteObjects.
const BATCH: u32 = 1000;

/// How often a service may answer something that is no list of versions: a list that was cut off
/// is asked for again, and some services always send something else.
const STRANGE_RESPONSES: u32 = 3;

/// How often a listing is begun anew to see whether it is empty now. One that still is not then
/// is left to whoever deletes the bucket.
const PASSES: u32 = 5;

/// What was deleted, and what was not.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    pub(crate) objects: u64,
    pub(crate) markers: u64,
    pub(crate) uploads: u64,
    /// What the service kept.
    pub(crate) failures: Vec<DeleteFailure>,
}

impl Swept {
    /// This, and what another sweep did.
    pub(crate) fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.markers += other.markers;
        self.uploads += other.uploads;
        self.failures.extend(other.failures);
    }

    pub(crate) fn is_nothing(&self) -> bool {
        self.objects + self.markers + self.uploads == 0
    }
}

/// Deletes everything within these bounds.
///
/// # Errors
/// A listing or a whole batch failed after all attempts.
pub(crate) async fn sweep(
    client: &Client,
    bucket: &str,
    bounds: &Bounds,
) -> Result<Swept, Failure> {
    let mut swept = Swept::default();
    uploads(client, bucket, bounds, &mut swept).await?;
    let failed_uploads = swept.failures.len();
    versions(client, bucket, bounds, &mut swept).await?;
    // A plain delete of a version that is kept would only put a marker on it.
    if swept.failures.len() == failed_uploads {
        objects(client, bucket, bounds, &mut swept).await?;
    }
    Ok(swept)
}

/// Aborts unfinished uploads, where the service tells of them.
async fn uploads(
    client: &Client,
    bucket: &str,
    bounds: &Bounds,
    swept: &mut Swept,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let list =
            || operations::list_multipart_uploads(client, bucket, bounds.prefix(), after.as_ref());
        let page = match client.retry(list).await {
            Ok(page) => page,
            Err(failure) if is_unknown(&failure) => return Ok(()),
            Err(failure) => return Err(failure),
        };
        for upload in page
            .uploads
            .iter()
            .filter(|upload| bounds.hold(&upload.key))
        {
            let abort = || {
                operations::abort_multipart_upload(client, bucket, &upload.key, &upload.upload_id)
            };
            match client.retry(abort).await {
                Ok(()) => swept.uploads += 1,
                Err(failure) if failure.is_not_there() => {}
                Err(Failure::Service(failure)) => swept.failures.push(DeleteFailure {
                    key: upload.key.clone(),
                    code: failure.code.clone(),
                    message: failure.message.clone(),
                }),
                Err(failure) => return Err(failure),
            }
        }
        if page.next.is_none() {
            return Ok(());
        }
        after = page.next;
    }
}

/// Deletes versions and delete markers by their ids, where the service keeps any. Begun anew
/// until nothing is listed: Swift ends the list early.
async fn versions(
    client: &Client,
    bucket: &str,
    bounds: &Bounds,
    swept: &mut Swept,
) -> Result<(), Failure> {
    for _ in 0..PASSES {
        let mut seen = false;
        let mut next = None;
        loop {
            let list = ListVersions {
                bucket,
                prefix: bounds.prefix(),
                delimiter: None,
                after: next.as_ref(),
                max_keys: BATCH,
            };
            let page = match page_of_versions(client, &list).await? {
                Some(page) => page,
                None => return Ok(()),
            };
            let ours: Vec<_> = page
                .versions
                .iter()
                .filter(|version| bounds.hold(&version.key))
                .collect();
            let doomed: Vec<_> = ours
                .iter()
                .map(|version| (version.key.as_str(), Some(version.version_id.as_str())))
                .collect();
            let markers = ours.iter().filter(|version| version.delete_marker).count() as u64;
            seen |= !doomed.is_empty();
            let kept = delete(client, bucket, &doomed).await?;
            swept.markers += markers;
            swept.objects += (doomed.len() as u64).saturating_sub(markers + kept.len() as u64);
            swept.failures.extend(kept);
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        if !seen || !swept.failures.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

/// Whether the response was no list of versions at all.
fn is_strange(failure: &Failure) -> bool {
    matches!(failure, Failure::Response(_)) || failure.meaning() == Some(Meaning::NotS3)
}

/// `None` where versions are not known, or may not be listed: plain objects are deleted then.
async fn page_of_versions(
    client: &Client,
    list: &ListVersions<'_>,
) -> Result<Option<operations::VersionsPage>, Failure> {
    let mut attempts = client.attempts();
    let mut strange = 0;
    loop {
        match operations::list_object_versions(client, list).await {
            Ok(page) => return Ok(Some(page)),
            Err(failure) if is_unknown(&failure) || failure.meaning() == Some(Meaning::Denied) => {
                return Ok(None);
            }
            Err(failure) if is_strange(&failure) && strange == STRANGE_RESPONSES => {
                return Ok(None);
            }
            Err(failure) => {
                strange += u32::from(is_strange(&failure));
                if !attempts.again(&failure).await {
                    return Err(failure);
                }
            }
        }
    }
}

/// Deletes what a plain listing shows, until it shows nothing.
async fn objects(
    client: &Client,
    bucket: &str,
    bounds: &Bounds,
    swept: &mut Swept,
) -> Result<(), Failure> {
    for _ in 0..PASSES {
        let mut seen = false;
        let mut token: Option<String> = None;
        loop {
            let list = ListObjects {
                bucket,
                prefix: bounds.prefix(),
                delimiter: None,
                start_after: None,
                token: token.as_deref(),
                max_keys: BATCH,
            };
            let page = client
                .retry(|| operations::list_objects(client, &list))
                .await?;
            let doomed: Vec<_> = page
                .objects
                .iter()
                .filter(|object| bounds.hold(&object.key))
                .map(|object| (object.key.as_str(), None))
                .collect();
            seen |= !doomed.is_empty();
            let kept = delete(client, bucket, &doomed).await?;
            swept.objects += (doomed.len() as u64).saturating_sub(kept.len() as u64);
            swept.failures.extend(kept);
            if page.next.is_none() || page.next == token {
                break;
            }
            token = page.next;
        }
        if !seen || !swept.failures.is_empty() {
            return Ok(());
        }
    }
    Ok(())
}

/// One batch, or one by one where the service knows no batches.
async fn delete(
    client: &Client,
    bucket: &str,
    doomed: &[(&str, Option<&str>)],
) -> Result<Vec<DeleteFailure>, Failure> {
    let mut failures = Vec::new();
    // A page may be longer than it was asked to be.
    for batch in doomed.chunks(BATCH as usize) {
        let delete = || operations::delete_versions(client, bucket, batch);
        match client.retry(delete).await {
            Ok(kept) => failures.extend(kept),
            Err(failure) if is_unknown(&failure) => {
                for (key, version) in batch {
                    client
                        .retry(|| operations::delete_object(client, bucket, key, *version))
                        .await?;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(failures)
}

fn is_unknown(failure: &Failure) -> bool {
    failure.meaning() == Some(Meaning::Unsupported)
}
