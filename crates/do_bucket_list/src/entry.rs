//! One thing that is listed in a bucket.

use s3_client::operations::{ListedObject, PendingUpload, Version};
use transfer::uploads::Held;

/// One thing that is listed in a bucket.
pub(crate) enum Entry {
    Object(ListedObject),
    /// A version of an object, or a delete marker.
    Version(Version),
    /// An unfinished upload.
    Upload(PendingUpload, Held),
    /// What stands for all keys that begin with it.
    CommonPrefix(String),
    /// A name that is not UTF-8, percent-encoded as it came.
    Unreadable(String),
}

impl Entry {
    /// The key, or what stands for many.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::Version(version) => &version.key,
            Self::Upload(upload, _) => &upload.key,
            Self::CommonPrefix(name) | Self::Unreadable(name) => name,
        }
    }
}
