//! Deletes everything of this run in a bucket, in batches: versions, delete markers, objects and unfinished
//! uploads. Also deletes the bucket itself.
//!
//! Never sends DELETE for a subresource: some services would delete the bucket.

use std::time::Duration;

use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{
    self, DeleteFailure, ListObjects, ListVersions, Version, VersionsPage,
};

use crate::rules::Bounds;

/// The most keys in one DeleteObjects request.
const BATCH: u32 = 1000;

/// How often the listings are read again from their beginning until they are empty. Swift ends listings early, and some
/// services list new objects a moment later.
const PASSES: u32 = 6;

/// How often a bucket is emptied again if the service says that it is not empty. Some services list deleted
/// objects for a moment, and requests of an interrupted run may arrive late.
const TRIES: u32 = 6;

/// The pause before each new attempt.
const PAUSE: Duration = Duration::from_millis(250);

/// The objects that were deleted, and those that were not.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    pub(crate) objects: u64,
    pub(crate) markers: u64,
    pub(crate) uploads: u64,
    /// The objects that the service did not delete.
    pub(crate) failures: Vec<DeleteFailure>,
}

impl Deleted {
    pub(crate) fn is_nothing(&self) -> bool {
        self.objects + self.markers + self.uploads == 0
    }
}

/// Deletes a bucket and returns the status: 204, or 404 if it was gone already. If the service says that the bucket is
/// not empty, deletes the objects within the bounds and tries again.
///
/// # Errors
/// A request failed after all attempts, or the bucket is still not empty.
pub(crate) async fn delete_bucket(
    client: &Client,
    bucket: &str,
    to_empty: Option<&Bounds>,
) -> Result<u16, Failure> {
    let mut tries = 1;
    loop {
        let deleted = client
            .retry(|| operations::delete_bucket(client, bucket))
            .await;
        let failure = match deleted {
            Ok(()) => return Ok(204),
            Err(failure) if failure.is_not_there() => return Ok(404),
            Err(failure) => failure,
        };
        let is_full = failure.meaning() == Some(Meaning::BucketNotEmpty);
        let Some(bounds) = to_empty.filter(|_| is_full && tries < TRIES) else {
            return Err(failure);
        };
        if tries > 1 {
            tokio::time::sleep(PAUSE).await;
        }
        // JuiceFS reports the directories of a batch as deleted, but keeps them.
        let batches = tries <= 2;
        Deletion::of(client, bucket, bounds, batches).run(0).await?;
        tries += 1;
    }
}

/// Deletes everything within the bounds. `sent` is the number of objects that should be there.
///
/// # Errors
/// A listing or a whole batch failed after all attempts.
pub(crate) async fn delete_everything(
    client: &Client,
    bucket: &str,
    bounds: &Bounds,
    sent: u64,
) -> Result<Deleted, Failure> {
    Deletion::of(client, bucket, bounds, true).run(sent).await
}

/// A deletion in progress.
struct Deletion<'a> {
    client: &'a Client,
    bucket: &'a str,
    bounds: &'a Bounds,
    /// Deletes many keys with one request.
    batches: bool,
    deleted: Deleted,
}

impl<'a> Deletion<'a> {
    fn of(client: &'a Client, bucket: &'a str, bounds: &'a Bounds, batches: bool) -> Self {
        Self {
            client,
            bucket,
            bounds,
            batches,
            deleted: Deleted::default(),
        }
    }

    async fn run(mut self, sent: u64) -> Result<Deleted, Failure> {
        self.uploads().await?;
        let failed_uploads = self.deleted.failures.len();
        for _ in 0..PASSES {
            let mut any = self.versions().await?;
            // If the service refused to delete a version, a plain DELETE would only add a delete
            // marker.
            if self.deleted.failures.len() == failed_uploads {
                any |= self.objects().await?;
            }
            if self.deleted.failures.len() > failed_uploads {
                break;
            }
            if !any && self.deleted.objects >= sent {
                break;
            }
            if !any {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(self.deleted)
    }

    /// Aborts unfinished uploads, if the service lists them.
    async fn uploads(&mut self) -> Result<(), Failure> {
        let (client, bucket) = (self.client, self.bucket);
        let mut after = None;
        loop {
            let prefix = self.bounds.prefix();
            let list =
                || operations::list_multipart_uploads(client, bucket, prefix, after.as_ref());
            let page = match client.retry(list).await {
                Ok(page) => page,
                Err(failure) if is_unsupported(&failure) => return Ok(()),
                Err(failure) => return Err(failure),
            };
            let uploads = page.uploads.into_iter();
            for upload in uploads.filter(|upload| self.bounds.contain(&upload.key)) {
                let (key, id) = (&upload.key, &upload.upload_id);
                let abort = || operations::abort_multipart_upload(client, bucket, key, id);
                match client.retry(abort).await {
                    Ok(()) => self.deleted.uploads += 1,
                    Err(failure) if failure.is_not_there() => {}
                    Err(Failure::Service(failure)) => self.deleted.failures.push(DeleteFailure {
                        key: upload.key,
                        code: failure.code,
                        message: failure.message,
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

    /// Deletes versions and delete markers by their ids, if the service keeps versions. Returns whether there were
    /// any.
    async fn versions(&mut self) -> Result<bool, Failure> {
        let mut any = false;
        let mut next = None;
        loop {
            let list = ListVersions {
                bucket: self.bucket,
                prefix: self.bounds.prefix(),
                delimiter: None,
                after: next.as_ref(),
                max_keys: BATCH,
            };
            let Some(page) = page_of_versions(self.client, &list).await? else {
                return Ok(false);
            };
            let versions = page.versions.into_iter();
            let of_this_run: Vec<Version> = versions
                .filter(|version| self.bounds.contain(&version.key))
                .collect();
            any |= !of_this_run.is_empty();
            let markers = of_this_run.iter().filter(|version| version.delete_marker);
            let markers = markers.count() as u64;
            let named = of_this_run.into_iter();
            let named = named.map(|version| (version.key, Some(version.version_id)));
            let gone = self.delete(&named.collect::<Vec<_>>()).await?;
            self.deleted.markers += markers;
            self.deleted.objects += gone.saturating_sub(markers);
            next = page.next;
            if next.is_none() {
                return Ok(any);
            }
        }
    }

    /// Deletes the objects of an ordinary listing. Returns whether there were any.
    async fn objects(&mut self) -> Result<bool, Failure> {
        let mut any = false;
        let mut token: Option<String> = None;
        loop {
            let list = ListObjects {
                bucket: self.bucket,
                prefix: self.bounds.prefix(),
                delimiter: None,
                start_after: None,
                token: token.as_deref(),
                max_keys: BATCH,
            };
            let list = || operations::list_objects(self.client, &list);
            let page = self.client.retry(list).await?;
            let objects = page.objects.into_iter();
            let of_this_run: Vec<(String, Option<String>)> = objects
                .filter(|object| self.bounds.contain(&object.key))
                .map(|object| (object.key, None))
                .collect();
            any |= !of_this_run.is_empty();
            self.deleted.objects += self.delete(&of_this_run).await?;
            if page.next.is_none() || page.next == token {
                return Ok(any);
            }
            token = page.next;
        }
    }

    /// Deletes keys, or versions of them, and returns how many are gone.
    async fn delete(&mut self, versions: &[(String, Option<String>)]) -> Result<u64, Failure> {
        let mut kept = 0;
        // A page may contain more keys than requested.
        for batch in versions.chunks(BATCH as usize) {
            let mut one_by_one = !self.batches;
            if self.batches {
                let batch: Vec<_> = batch
                    .iter()
                    .map(|(key, version)| (key.as_str(), version.as_deref()))
                    .collect();
                let delete = || operations::delete_versions(self.client, self.bucket, &batch);
                match self.client.retry(delete).await {
                    Ok(failures) => {
                        kept += failures.len() as u64;
                        self.deleted.failures.extend(failures);
                    }
                    Err(failure) if is_unsupported(&failure) => one_by_one = true,
                    Err(failure) => return Err(failure),
                }
            }
            if one_by_one {
                // In reverse order: the contents of a directory must be deleted before it.
                for (key, version) in batch.iter().rev() {
                    let version = version.as_deref();
                    let delete =
                        || operations::delete_object(self.client, self.bucket, key, version);
                    self.client.retry(delete).await?;
                }
            }
        }
        Ok((versions.len() as u64).saturating_sub(kept))
    }
}

/// `None` if the service keeps no versions, does not let us list them, or sends something else than a list. Then only
/// objects are deleted.
async fn page_of_versions(
    client: &Client,
    list: &ListVersions<'_>,
) -> Result<Option<VersionsPage>, Failure> {
    let list = || operations::list_object_versions(client, list);
    match client.retry(list).await {
        Ok(page) => Ok(Some(page)),
        Err(Failure::Response(_)) => Ok(None),
        Err(failure) => match failure.meaning() {
            Some(Meaning::Unsupported | Meaning::Denied | Meaning::NotS3) => Ok(None),
            _ => Err(failure),
        },
    }
}

fn is_unsupported(failure: &Failure) -> bool {
    failure.meaning() == Some(Meaning::Unsupported)
}
