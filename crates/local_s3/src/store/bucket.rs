//! A bucket, and the errors for what is missing in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use http::{HeaderMap, HeaderValue};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::object::{Object, Upload};
use super::version::{Id, RequestedVersion, Version, Versioning, Versions, find};

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) created: SystemTime,
    pub(crate) region: String,
    pub(crate) versioning: Versioning,
    pub(crate) versions: Versions,
    /// By key, then by upload id. New ids are larger, so this is the order of ListMultipartUploads.
    pub(crate) uploads: BTreeMap<(String, String), Upload>,
    /// The objects of completed uploads: a client that lost the response sends Complete again.
    pub(crate) completed: BTreeMap<(String, String), Found>,
    /// The last sequence number.
    pub(crate) written: u64,
}

/// An object and its version id, if the bucket keeps versions or did so.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) object: Arc<Object>,
    pub(crate) version_id: Option<String>,
}

/// The result of a DELETE.
#[derive(Default)]
pub(crate) struct Deleted {
    /// The id of the removed version, or of the added delete marker.
    pub(crate) version_id: Option<String>,
    /// Whether a delete marker was added or removed.
    pub(crate) marker: bool,
}

impl Bucket {
    pub(crate) fn new(region: &str, created: SystemTime) -> Self {
        Self {
            created,
            region: region.to_owned(),
            versioning: Versioning::Never,
            versions: Versions::new(),
            uploads: BTreeMap::new(),
            completed: BTreeMap::new(),
            written: 0,
        }
    }

    /// The current object of this key.
    pub(crate) fn current(&self, key: &str) -> Option<&Arc<Object>> {
        find(&self.versions, key, None)?.object.as_ref()
    }

    /// The current object of this key, or NoSuchKey.
    pub(crate) fn object(&self, key: &str) -> S3Result<Arc<Object>> {
        Ok(self.find(key, None)?.object)
    }

    /// The object of this key, in this version if one is given.
    pub(crate) fn find(&self, key: &str, version: Option<&str>) -> S3Result<Found> {
        let wanted = wanted(version)?;
        let Some(found) = find(&self.versions, key, wanted) else {
            return Err(match wanted {
                Some(_) if self.versioning != Versioning::Never => {
                    s3_error!(NoSuchVersion, "The specified version does not exist.")
                }
                _ => no_such_key(),
            });
        };
        match &found.object {
            Some(object) => Ok(Found {
                object: Arc::clone(object),
                version_id: self.shown_id(found.id),
            }),
            None => Err(deleted(found.id, version.is_some())),
        }
    }

    /// Makes this the current object of the key. Returns the version id for the response.
    pub(crate) fn insert(&mut self, key: String, object: Arc<Object>) -> Option<String> {
        let version = self.version(object.modified, Some(object));
        let id = version.id;
        self.push(key, version);
        self.shown_id(id)
    }

    /// Deletes the current object, by a delete marker if the bucket keeps versions, or removes one version. It is no
    /// error if there is none.
    pub(crate) fn delete(
        &mut self,
        key: &str,
        version: Option<&str>,
        now: SystemTime,
    ) -> S3Result<Deleted> {
        let Some(wanted) = wanted(version)? else {
            if self.versioning == Versioning::Never {
                self.remove(key, RequestedVersion::Null);
                return Ok(Deleted::default());
            }
            let marker = self.version(now, None);
            let version_id = self.shown_id(marker.id);
            self.push(key.to_owned(), marker);
            return Ok(Deleted {
                version_id,
                marker: true,
            });
        };
        let removed = self.remove(key, wanted);
        Ok(Deleted {
            version_id: version.map(str::to_owned),
            marker: removed.is_some_and(|removed| removed.object.is_none()),
        })
    }

    /// Replaces an object by a changed copy with the same content and date.
    pub(crate) fn change_object<R>(
        &mut self,
        key: &str,
        version: Option<&str>,
        change: impl FnOnce(&mut Object) -> S3Result<R>,
    ) -> S3Result<R> {
        let mut object = (*self.find(key, version)?.object).clone();
        let result = change(&mut object)?;
        let place = find(&self.versions, key, wanted(version)?).map(|found| found.id);
        let place = place.map(|id| (key.to_owned(), Reverse(id.sequence)));
        let place = place.and_then(|place| self.versions.get_mut(&place));
        place.ok_or_else(no_such_key)?.object = Some(Arc::new(object));
        Ok(result)
    }

    /// The upload of this key and id, or NoSuchUpload.
    pub(crate) fn upload(&mut self, key: &str, id: &str) -> S3Result<&mut Upload> {
        self.uploads
            .get_mut(&(key.to_owned(), id.to_owned()))
            .ok_or_else(no_such_upload)
    }

    fn version(&mut self, modified: SystemTime, object: Option<Arc<Object>>) -> Version {
        self.written += 1;
        Version {
            id: Id {
                sequence: self.written,
                null: self.versioning != Versioning::Enabled,
            },
            modified,
            object,
        }
    }

    /// Adds a version. One with the id `null` replaces the one before it.
    fn push(&mut self, key: String, version: Version) {
        if version.id.null {
            self.remove(&key, RequestedVersion::Null);
        }
        let place = (key, Reverse(version.id.sequence));
        self.versions.insert(place, version);
    }

    fn remove(&mut self, key: &str, wanted: RequestedVersion) -> Option<Version> {
        let id = find(&self.versions, key, Some(wanted))?.id;
        self.versions
            .remove(&(key.to_owned(), Reverse(id.sequence)))
    }

    fn shown_id(&self, id: Id) -> Option<String> {
        (self.versioning != Versioning::Never).then(|| id.to_string())
    }
}

fn wanted(version: Option<&str>) -> S3Result<Option<RequestedVersion>> {
    let Some(text) = version else {
        return Ok(None);
    };
    let wanted = RequestedVersion::parse(text);
    wanted.map(Some).ok_or_else(invalid_version)
}

/// The error for a text that cannot be an id of a version.
pub(crate) fn invalid_version() -> S3Error {
    s3_error!(InvalidArgument, "Invalid version id specified")
}

fn no_such_key() -> S3Error {
    s3_error!(NoSuchKey, "The specified key does not exist.")
}

/// The error for a delete marker: there is no object of this key, and the marker itself cannot be read.
fn deleted(marker: Id, by_id: bool) -> S3Error {
    let mut error = if by_id {
        s3_error!(
            MethodNotAllowed,
            "The specified method is not allowed against this resource."
        )
    } else {
        no_such_key()
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(id) = HeaderValue::from_str(&marker.to_string()) {
        headers.insert("x-amz-version-id", id);
    }
    if by_id {
        headers.insert(http::header::ALLOW, HeaderValue::from_static("DELETE"));
    }
    error.set_headers(headers);
    error
}

/// The error for an unknown, completed or aborted upload.
pub(crate) fn no_such_upload() -> S3Error {
    let text = "The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed.";
    S3Error::with_message(S3ErrorCode::NoSuchUpload, text)
}

pub(super) fn no_such_bucket() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::NoSuchBucket,
        "The specified bucket does not exist",
    )
}
