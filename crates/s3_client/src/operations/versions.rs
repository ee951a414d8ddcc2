//! ListObjectVersions, and whether a bucket keeps versions.

use jiff::Timestamp;
use rusoto_s3::{
    DeleteMarkerEntry, GetBucketVersioningRequest, ListObjectVersionsOutput,
    ListObjectVersionsRequest, ObjectVersion, S3 as _,
};

use crate::client::Client;
use crate::failure::Failure;
use crate::operations::archive::{Archive, ArchiveTier, Thaw};
use crate::operations::generated::{RawResponse, call, decode_text, required};
use crate::operations::info::unquoted;
use crate::operations::list_xml::decode_name;
use crate::operations::pages::{Marker, check_prefix};
use crate::operations::url::decoded;
use crate::operations::xml::{malformed, missing};

/// The id of the version that an object has in a bucket that keeps none.
const NULL_VERSION: &str = "null";

/// The page to list.
#[derive(Clone, Copy, Debug)]
pub struct ListVersions<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Only keys that begin with this; empty for all.
    pub prefix: &'a str,
    /// Groups keys that have this after the prefix into common prefixes.
    pub delimiter: Option<&'a str>,
    /// [`VersionsPage::next`] of the page before.
    pub after: Option<&'a Marker>,
    /// The maximum of versions in a page. Services send at most 1,000, or more if they like.
    pub max_keys: u32,
}

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionsPage {
    /// Versions and delete markers, in the order of the response: of each key the newest first.
    pub versions: Vec<Version>,
    /// The common prefixes, in the order of the response.
    pub common_prefixes: Vec<String>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Marker>,
    /// Keys that are not UTF-8, still percent-encoded. The caller refuses them by name.
    pub unreadable: Vec<String>,
}

/// A version of an object, or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The key.
    pub key: String,
    /// The id; `null` for what was written while the bucket kept no versions.
    pub version_id: String,
    /// Whether it is the current version.
    pub is_latest: bool,
    /// When it was written; for a delete marker, when the object was deleted.
    pub last_modified: Timestamp,
    /// The size in bytes; 0 for a delete marker.
    pub size: u64,
    /// The ETag without its quotes; a weak one as it came. Some services list none.
    pub etag: Option<String>,
    /// The storage class, if the service names one.
    pub storage_class: Option<String>,
    /// It is a delete marker: there is nothing to read.
    pub delete_marker: bool,
}

impl Version {
    /// Where the version is archived; `None` if it can be read like any other. A listing does not
    /// show restores; HEAD does.
    pub fn archive(&self) -> Option<Archive> {
        let tier = ArchiveTier::of(self.storage_class.as_deref(), None)?;
        let thaw = Thaw::Frozen;
        Some(Archive { tier, thaw })
    }
}

/// One page of the versions and delete markers of a bucket: keys in byte order, of each key the
/// newest first. A bucket that never kept versions shows its objects with the version id `null`.
///
/// # Errors
/// A response that is not a complete page, that lists other keys, or that leads back to an earlier
/// page, is a failure, never an empty or last page.
pub async fn list_object_versions(
    client: &Client,
    list: &ListVersions<'_>,
) -> Result<VersionsPage, Failure> {
    let (key_marker, version_id_marker) = Marker::parameters(list.after);
    let request = ListObjectVersionsRequest {
        bucket: list.bucket.to_owned(),
        prefix: Some(list.prefix.to_owned()),
        delimiter: list.delimiter.map(str::to_owned),
        key_marker,
        version_id_marker,
        max_keys: Some(list.max_keys.into()),
        encoding_type: Some("url".to_owned()),
        ..ListObjectVersionsRequest::default()
    };
    let (output, raw) = call(client, async |s3| s3.list_object_versions(request).await).await?;
    let page = page(output, &raw, list.after)?;
    let keys = page.versions.iter().map(|version| &version.key);
    check_prefix(list.prefix, keys.chain(&page.common_prefixes))?;
    Ok(page)
}

fn page(
    output: ListObjectVersionsOutput,
    raw: &RawResponse,
    after: Option<&Marker>,
) -> Result<VersionsPage, Failure> {
    let mut versions = in_order(&output, raw)?;
    let prefixes = output.common_prefixes.unwrap_or_default().into_iter();
    let mut common_prefixes: Vec<String> = prefixes
        .filter_map(|rolled| decode_text(rolled.prefix))
        .collect();
    let is_truncated = required("IsTruncated", output.is_truncated)?;
    let is_url = decode_text(output.encoding_type).as_deref() == Some("url");
    let mut unreadable = Vec::new();
    if is_url {
        versions.retain_mut(|version| decode_name(&mut version.key, &mut unreadable));
        common_prefixes.retain_mut(|prefix| decode_name(prefix, &mut unreadable));
    }
    if is_grouped(&versions) {
        sort_versions(&mut versions);
    }
    let mut next = None;
    if is_truncated {
        let key = required("NextKeyMarker", decode_text(output.next_key_marker))?;
        let id = decode_text(output.next_version_id_marker);
        // AWS encodes this key and Ceph does not. The form that equals the last entry is right.
        let last = versions.last().map(|version| &version.key);
        let is_last = |key: &String| last == Some(key) || common_prefixes.last() == Some(key);
        let key = match is_url && !is_last(&key) {
            true => decoded(key).unwrap_or_else(|key| key),
            false => key,
        };
        // A key alone would skip the remaining versions of this key.
        if id.is_none() && common_prefixes.last() != Some(&key) {
            return Err(missing("NextVersionIdMarker"));
        }
        next = Some(Marker::next(after, key, id)?);
    }
    Ok(VersionsPage {
        versions,
        common_prefixes,
        next,
        unreadable,
    })
}

/// Joins versions and delete markers in the order of the document, which the typed output loses.
/// This order says which of two entries with the same date is newer.
fn in_order(output: &ListObjectVersionsOutput, raw: &RawResponse) -> Result<Vec<Version>, Failure> {
    let mut written = output.versions.iter().flatten();
    let mut deleted = output.delete_markers.iter().flatten();
    let mut versions = Vec::new();
    for child in raw.children()? {
        match child.as_str() {
            "Version" => versions.extend(written.next().map(version).transpose()?),
            "DeleteMarker" => versions.extend(deleted.next().map(delete_marker).transpose()?),
            // A service that does not know this request lists the objects instead. That must not
            // count as a bucket without versions. Of an empty bucket, only the other elements show
            // it.
            "Contents" | "Marker" | "KeyCount" => {
                return Err(malformed("it lists objects, not versions"));
            }
            _ => {}
        }
    }
    Ok(versions)
}

fn version(from: &ObjectVersion) -> Result<Version, Failure> {
    let size = required("Size", from.size)?;
    Ok(Version {
        key: required("Key", decode_text(from.key.clone()))?,
        version_id: decode_text(from.version_id.clone()).unwrap_or_else(|| NULL_VERSION.to_owned()),
        is_latest: required("IsLatest", from.is_latest)?,
        last_modified: date(from.last_modified.clone())?,
        size: u64::try_from(size).map_err(|_| malformed("<Size> is negative"))?,
        etag: decode_text(from.e_tag.clone()).and_then(|etag| unquoted(&etag)),
        storage_class: decode_text(from.storage_class.clone()),
        delete_marker: false,
    })
}

fn delete_marker(from: &DeleteMarkerEntry) -> Result<Version, Failure> {
    Ok(Version {
        key: required("Key", decode_text(from.key.clone()))?,
        version_id: decode_text(from.version_id.clone()).unwrap_or_else(|| NULL_VERSION.to_owned()),
        is_latest: required("IsLatest", from.is_latest)?,
        last_modified: date(from.last_modified.clone())?,
        size: 0,
        etag: None,
        storage_class: None,
        delete_marker: true,
    })
}

/// A version without a valid date cannot be put in order, so this is an error.
fn date(text: Option<String>) -> Result<Timestamp, Failure> {
    let text = required("LastModified", decode_text(text))?;
    let date = text.trim().parse();
    date.map_err(|_| malformed("<LastModified> is not a date"))
}

/// Whether all versions come before all delete markers, or the reverse. Some services group them
/// (moto, LocalStack). A page that looks grouped by chance is sorted already.
fn is_grouped(versions: &[Version]) -> bool {
    let changes = versions
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.delete_marker != b.delete_marker));
    changes.count() == 1
}

/// Sorts by key; of each key the latest first, then by date. Entries with the same date keep their
/// order.
fn sort_versions(versions: &mut [Version]) {
    versions.sort_by(|a, b| {
        let latest_first = b.is_latest.cmp(&a.is_latest);
        let newest_first = b.last_modified.cmp(&a.last_modified);
        a.key.cmp(&b.key).then(latest_first).then(newest_first)
    });
}

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// Overwritten and deleted objects are kept as versions.
    Enabled,
    /// It was enabled once: old versions exist, new ones are not kept.
    Suspended,
    /// It was never enabled.
    Never,
}

/// Whether the bucket keeps versions.
///
/// # Errors
/// Services without versions answer NotImplemented (501), or 200 with something else, which is
/// [`Failure::Response`].
pub async fn get_bucket_versioning(client: &Client, bucket: &str) -> Result<Versioning, Failure> {
    let request = GetBucketVersioningRequest {
        bucket: bucket.to_owned(),
        ..GetBucketVersioningRequest::default()
    };
    let (output, raw) = call(client, async |s3| s3.get_bucket_versioning(request).await).await?;
    // A service that does not know this request lists the bucket.
    if raw.children()?.iter().any(|name| name == "IsTruncated") {
        return Err(malformed("it is a listing"));
    }
    match decode_text(output.status).as_deref().map(str::trim) {
        None | Some("") => Ok(Versioning::Never),
        Some("Enabled") => Ok(Versioning::Enabled),
        Some("Suspended") => Ok(Versioning::Suspended),
        Some(_) => Err(malformed("<Status> is neither Enabled nor Suspended")),
    }
}
