//! One entry of the history.

use serde::{Deserialize, Serialize};

/// One entry. The names are those of S3 where S3 has one. Times are RFC 3339 in UTC.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Line {
    /// The bucket.
    #[serde(rename = "Bucket")]
    pub(crate) bucket: String,
    /// The object, or the prefix of a whole directory.
    #[serde(rename = "Key")]
    pub(crate) key: String,
    /// The version, if the service names one.
    #[serde(rename = "VersionId", default, skip_serializing_if = "Option::is_none")]
    pub(crate) version_id: Option<String>,
    /// The requested point in time (`--at`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    /// The address of the service.
    pub(crate) endpoint: String,
    /// The path of the restored file or directory.
    pub(crate) path: String,
    /// When the program was started.
    pub(crate) executed_at: String,
    /// When the restore ended, with success or not.
    pub(crate) restored_at: String,
    /// The duration in seconds.
    pub(crate) duration_seconds: f64,
    /// The number of bytes restored.
    #[serde(rename = "Size")]
    pub(crate) size: u64,
    /// The number of files restored, for a whole directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<u64>,
    /// The proof that the content is correct.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proof: Option<String>,
    /// `restored`, `skipped`, `refused`, `failed`, `interrupted`.
    pub(crate) outcome: String,
    /// The cause, unless it was restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}
