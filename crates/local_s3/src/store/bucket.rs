//! One bucket, and what is not in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use s3s::{S3Error, S3ErrorCode, S3Result};

use super::object::{self, Object, Upload};

/// One bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) created: SystemTime,
    pub(crate) region: String,
    pub(crate) acl: String,
    /// Whether what is sent here is forgotten, but for lengths and hashes.
    pub(crate) sink: bool,
    pub(crate) objects: BTreeMap<String, Arc<Object>>,
    /// By key, then by upload id; ids grow, so this is the order of ListMultipartUploads.
    pub(crate) uploads: BTreeMap<(String, String), Upload>,
}

impl Bucket {
    pub(crate) fn new(region: &str) -> Self {
        Self {
            created: object::now(),
            region: region.to_owned(),
            acl: String::new(),
            sink: false,
            objects: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    /// The object of that key, or NoSuchKey.
    pub(crate) fn object(&self, key: &str) -> S3Result<Arc<Object>> {
        self.objects.get(key).cloned().ok_or_else(|| {
            S3Error::with_message(S3ErrorCode::NoSuchKey, "The specified key does not exist.")
        })
    }

    /// The upload of that key and id, or NoSuchUpload.
    pub(crate) fn upload(&mut self, key: &str, id: &str) -> S3Result<&mut Upload> {
        self.uploads
            .get_mut(&(key.to_owned(), id.to_owned()))
            .ok_or_else(no_such_upload)
    }
}

/// The upload id is unknown: never given, completed or aborted.
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
