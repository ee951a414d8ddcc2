//! One entry of the history.

use serde::{Deserialize, Serialize};

/// One entry, with S3's names where S3 has one. Times are RFC 3339 in UTC.
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
    /// The moment that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
    /// The address of the service.
    pub(crate) endpoint: String,
    /// Where the file or the directory went.
    pub(crate) path: String,
    /// When the program was started.
    pub(crate) executed_at: String,
    /// When the restore ended, well or not.
    pub(crate) restored_at: String,
    /// How long it took.
    pub(crate) duration_seconds: f64,
    /// Bytes that were brought.
    #[serde(rename = "Size")]
    pub(crate) size: u64,
    /// Files that were brought, of a whole directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<u64>,
    /// Which proof showed the content right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proof: Option<String>,
    /// `restored`, `skipped`, `refused`, `failed`, `interrupted`.
    pub(crate) outcome: String,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}
