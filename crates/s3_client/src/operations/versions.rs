//! ListObjectVersions, and whether a bucket keeps versions at all.

use jiff::Timestamp;
use rusoto_s3::{
    DeleteMarkerEntry, GetBucketVersioningRequest, ListObjectVersionsOutput,
    ListObjectVersionsRequest, ObjectVersion, S3 as _,
};

use crate::client::Client;
use crate::failure::Failure;
use crate::operations::archive::{Archive, ArchiveTier, Thaw};
use crate::operations::generated::{Reply, call, plain, required};
use crate::operations::info::unquoted;
use crate::operations::list_xml::keep_decoded;
use crate::operations::pages::{Marker, check_prefix};
use crate::operations::url::decoded;
use crate::operations::xml::{missing, wrong};

/// The id of the version that an object has in a bucket that keeps none.
const NULL_VERSION: &str = "null";

/// Which page of which history.
#[derive(Clone, Copy, Debug)]
pub struct ListVersions<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// Only keys that begin with this; empty for all.
    pub prefix: &'a str,
    /// Keys that have this after the prefix are rolled up into common prefixes.
    pub delimiter: Option<&'a str>,
    /// [`VersionsPage::next`] of the page before.
    pub after: Option<&'a Marker>,
    /// The most versions of a page; services give 1,000 at most, or more if they like.
    pub max_keys: u32,
}

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionsPage {
    /// Versions and delete markers, in the order of the response: of each key the newest first.
    pub versions: Vec<Version>,
    /// What was rolled up under the delimiter, in the order of the response.
    pub common_prefixes: Vec<String>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Marker>,
    /// Keys that are not UTF-8, percent-encoded as they came: to be refused by name.
    pub unreadable: Vec<String>,
}

/// A version of an object, or a delete marker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The key.
    pub key: String,
    /// The id; `null` for what was written while the bucket kept no versions.
    pub version_id: String,
    /// Whether this is what stands under the key now.
    pub is_latest: bool,
    /// When it was written; for a delete marker, when the object was deleted.
    pub last_modified: Timestamp,
    /// The size in bytes; 0 for a delete marker.
    pub size: u64,
    /// The ETag without its quotes; a weak one as it came. Some services list none.
    pub etag: Option<String>,
    /// The storage class, if the service names one.
    pub storage_class: Option<String>,
    /// From here on the object was deleted: there is nothing to read.
    pub delete_marker: bool,
}

impl Version {
    /// Where the version is archived; `None` if it can be read like any other. A listing does not
    /// tell of restores: whether a copy can be read is for HEAD to say.
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
/// A response that is not a whole page, that lists other keys, or that leads back to where a page
/// began, is a failure, never an empty or last page.
pub async fn list_object_versions(
    client: &Client,
    list: &ListVersions<'_>,
) -> Result<VersionsPage, Failure> {
    let (key_marker, version_id_marker) = Marker::split(list.after);
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
    let (output, reply) = call(client, async |s3| s3.list_object_versions(request).await).await?;
    let page = page(output, &reply, list.after)?;
    let keys = page.versions.iter().map(|version| &version.key);
    check_prefix(list.prefix, keys.chain(&page.common_prefixes))?;
    Ok(page)
}

fn page(
    output: ListObjectVersionsOutput,
    reply: &Reply,
    after: Option<&Marker>,
) -> Result<VersionsPage, Failure> {
    let mut versions = in_order(&output, reply)?;
    let prefixes = output.common_prefixes.unwrap_or_default().into_iter();
    let mut common_prefixes: Vec<String> =
        prefixes.filter_map(|rolled| plain(rolled.prefix)).collect();
    let is_truncated = required("IsTruncated", output.is_truncated)?;
    let is_url = plain(output.encoding_type).as_deref() == Some("url");
    let mut unreadable = Vec::new();
    if is_url {
        versions.retain_mut(|version| keep_decoded(&mut version.key, &mut unreadable));
        common_prefixes.retain_mut(|prefix| keep_decoded(prefix, &mut unreadable));
    }
    if is_divided(&versions) {
        merge(&mut versions);
    }
    let mut next = None;
    if is_truncated {
        let key = required("NextKeyMarker", plain(output.next_key_marker))?;
        let id = plain(output.next_version_id_marker);
        // AWS encodes this key and Ceph does not: whichever form names the last entry is right.
        let last = versions.last().map(|version| &version.key);
        let is_last = |key: &String| last == Some(key) || common_prefixes.last() == Some(key);
        let key = match is_url && !is_last(&key) {
            true => decoded(key).unwrap_or_else(|key| key),
            false => key,
        };
        // A key alone begins after all its versions, of which some may be left.
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

/// Versions and delete markers as the one sequence that they are in the document: their order
/// says which of two with the same date is the newer one, and the typed output loses it.
fn in_order(output: &ListObjectVersionsOutput, reply: &Reply) -> Result<Vec<Version>, Failure> {
    let mut written = output.versions.iter().flatten();
    let mut deleted = output.delete_markers.iter().flatten();
    let mut versions = Vec::new();
    for child in reply.children()? {
        match child.as_str() {
            "Version" => versions.extend(written.next().map(version).transpose()?),
            "DeleteMarker" => versions.extend(deleted.next().map(delete_marker).transpose()?),
            // A service that ignores the question lists the bucket: taken for a page of
            // versions, it would say that nothing was ever there. An empty bucket has no
            // `Contents`, but the marks of a listing of objects.
            "Contents" | "Marker" | "KeyCount" => {
                return Err(wrong("it lists objects, not versions"));
            }
            _ => {}
        }
    }
    Ok(versions)
}

fn version(from: &ObjectVersion) -> Result<Version, Failure> {
    let size = required("Size", from.size)?;
    Ok(Version {
        key: required("Key", plain(from.key.clone()))?,
        version_id: plain(from.version_id.clone()).unwrap_or_else(|| NULL_VERSION.to_owned()),
        is_latest: required("IsLatest", from.is_latest)?,
        last_modified: date(from.last_modified.clone())?,
        size: u64::try_from(size).map_err(|_| wrong("<Size> is negative"))?,
        etag: plain(from.e_tag.clone()).and_then(|etag| unquoted(&etag)),
        storage_class: plain(from.storage_class.clone()),
        delete_marker: false,
    })
}

fn delete_marker(from: &DeleteMarkerEntry) -> Result<Version, Failure> {
    Ok(Version {
        key: required("Key", plain(from.key.clone()))?,
        version_id: plain(from.version_id.clone()).unwrap_or_else(|| NULL_VERSION.to_owned()),
        is_latest: required("IsLatest", from.is_latest)?,
        last_modified: date(from.last_modified.clone())?,
        size: 0,
        etag: None,
        storage_class: None,
        delete_marker: true,
    })
}

/// Without its date a version stands at no moment and at every one, so that a wrong one is no
/// detail.
fn date(text: Option<String>) -> Result<Timestamp, Failure> {
    let text = required("LastModified", plain(text))?;
    let date = text.trim().parse();
    date.map_err(|_| wrong("<LastModified> is not a date"))
}

/// Whether all versions stand before all delete markers, or the other way round: so does a page
/// of a service that is itself made from types which divide them (moto, LocalStack). A page of
/// one that does not may, and is then in order.
fn is_divided(versions: &[Version]) -> bool {
    let changes = versions
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.delete_marker != b.delete_marker));
    changes.count() == 1
}

/// By key, of each the latest first and the others by date; what has the same date stays in the
/// order of the document.
fn merge(versions: &mut [Version]) {
    versions.sort_by(|a, b| {
        let latest_first = b.is_latest.cmp(&a.is_latest);
        let newest_first = b.last_modified.cmp(&a.last_modified);
        a.key.cmp(&b.key).then(latest_first).then(newest_first)
    });
}

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// What is overwritten or deleted is kept as a version.
    Enabled,
    /// It was enabled once: old versions are there, new ones are not kept.
    Suspended,
    /// It was never enabled.
    Never,
}

/// Whether the bucket keeps versions.
///
/// # Errors
/// Services without versions response NotImplemented (501), or 200 and something else, which is
/// [`Failure::Response`].
pub async fn get_bucket_versioning(client: &Client, bucket: &str) -> Result<Versioning, Failure> {
    let request = GetBucketVersioningRequest {
        bucket: bucket.to_owned(),
        ..GetBucketVersioningRequest::default()
    };
    let (output, reply) = call(client, async |s3| s3.get_bucket_versioning(request).await).await?;
    // A service that ignores the question lists the bucket.
    if reply.children()?.iter().any(|name| name == "IsTruncated") {
        return Err(wrong("it is a listing"));
    }
    match plain(output.status).as_deref().map(str::trim) {
        None | Some("") => Ok(Versioning::Never),
        Some("Enabled") => Ok(Versioning::Enabled),
        Some("Suspended") => Ok(Versioning::Suspended),
        Some(_) => Err(wrong("<Status> is neither Enabled nor Suspended")),
    }
}
