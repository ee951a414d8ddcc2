//! The XML of a page of versions. Versions and delete markers are read as the one sequence that
//! they are in the document: their order says which of two with the same date is the newer one,
//! and the generated API loses it. Servers that are made from that API (moto, LocalStack) lose
//! it too: their pages are put in order again as far as dates tell.

use jiff::Timestamp;

use crate::s3::archive::{Archive, ArchiveTier, Thaw};
use crate::s3::info::unquoted;
use crate::s3::list_xml::{keep_decoded, truth};
use crate::s3::url::decoded;
use crate::s3::xml::{Broken, Xml};

/// The id of the version that an object has in a bucket that keeps none.
const NULL_VERSION: &str = "null";

/// A page of versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionsPage {
    /// Versions and delete markers, in the order of the answer: of each key the newest first.
    pub versions: Vec<Version>,
    /// What was rolled up under the delimiter, in the order of the answer.
    pub common_prefixes: Vec<String>,
    /// Key marker and version id marker of the next page; `None` if this is the last.
    pub next: Option<(String, Option<String>)>,
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

/// What is known of a page before it is whole.
#[derive(Default)]
struct Draft {
    page: VersionsPage,
    url: bool,
    truncated: Option<bool>,
    next_key: Option<String>,
    next_version: Option<String>,
}

/// Reads a page.
pub(crate) fn page(xml: &mut Xml<'_>) -> Result<VersionsPage, Broken> {
    let mut draft = Draft::default();
    xml.children(|xml, name| {
        match name {
            "Version" => draft.page.versions.push(version(xml, false)?),
            "DeleteMarker" => draft.page.versions.push(version(xml, true)?),
            "CommonPrefixes" => xml.children(|xml, name| match name {
                "Prefix" => {
                    let prefix = xml.text()?.into_owned();
                    draft.page.common_prefixes.push(prefix);
                    Ok(())
                }
                _ => xml.skip(),
            })?,
            "IsTruncated" => draft.truncated = Some(truth(name, &xml.text()?)?),
            "EncodingType" => draft.url = xml.text()?.trim() == "url",
            "NextKeyMarker" => {
                draft.next_key = Some(xml.text()?.into_owned()).filter(|key| !key.is_empty());
            }
            "NextVersionIdMarker" => draft.next_version = xml.some_text()?,
            // A service that ignores the question lists the bucket: taken for a page of
            // versions, it would say that nothing was ever there. An empty bucket has no
            // `Contents`, but the marks of a listing of objects.
            "Contents" | "Marker" | "KeyCount" => {
                return Err(Broken::Wrong("it lists objects, not versions".into()));
            }
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    draft.finish()
}

impl Draft {
    fn finish(mut self) -> Result<VersionsPage, Broken> {
        let truncated = self.truncated.ok_or(Broken::Missing("IsTruncated"))?;
        if self.url {
            let page = &mut self.page;
            let unreadable = &mut page.unreadable;
            page.versions
                .retain_mut(|version| keep_decoded(&mut version.key, unreadable));
            page.common_prefixes
                .retain_mut(|prefix| keep_decoded(prefix, unreadable));
        }
        if is_divided(&self.page.versions) {
            merge(&mut self.page.versions);
        }
        if truncated {
            self.page.next = Some(self.next()?);
        }
        Ok(self.page)
    }

    /// Where the next page begins. The key is percent-encoded by AWS and not by Ceph: whichever
    /// form names the last entry of the page is right, and that entry is the marker if none came.
    fn next(&self) -> Result<(String, Option<String>), Broken> {
        let version = self.page.versions.last();
        let prefix = self.page.common_prefixes.last();
        let Some(key) = self.next_key.clone() else {
            return match (version, prefix) {
                (Some(last), prefix) if prefix.is_none_or(|prefix| *prefix < last.key) => {
                    Ok((last.key.clone(), Some(last.version_id.clone())))
                }
                (_, Some(prefix)) => Ok((prefix.clone(), None)),
                (_, None) => Err(Broken::Missing("NextKeyMarker")),
            };
        };
        let is_plain = !self.url
            || version.is_some_and(|last| last.key == key)
            || prefix.is_some_and(|last| *last == key);
        let key = match is_plain {
            true => key,
            false => decoded(key).unwrap_or_else(|key| key),
        };
        Ok((key, self.next_version.clone()))
    }
}

/// Whether all versions stand before all delete markers, or the other way round. So does a page
/// of a service that divides them; a page of one that does not may, and is then in order.
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

fn version(xml: &mut Xml<'_>, delete_marker: bool) -> Result<Version, Broken> {
    let mut key = None;
    let mut version_id = None;
    let mut is_latest = None;
    let mut last_modified = None;
    let mut size = None;
    let mut etag = None;
    let mut storage_class = None;
    xml.children(|xml, name| {
        match name {
            "Key" => key = Some(xml.text()?.into_owned()),
            "VersionId" => version_id = xml.some_text()?,
            "IsLatest" => is_latest = Some(truth(name, &xml.text()?)?),
            "LastModified" => last_modified = Some(date(&xml.text()?)?),
            "Size" if !delete_marker => size = Some(xml.number("Size")?),
            "ETag" => etag = unquoted(&xml.text()?),
            "StorageClass" => storage_class = xml.some_text()?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    let size = match delete_marker {
        true => 0,
        false => size.ok_or(Broken::Missing("Size"))?,
    };
    Ok(Version {
        key: key
            .filter(|key| !key.is_empty())
            .ok_or(Broken::Missing("Key"))?,
        version_id: version_id.unwrap_or_else(|| NULL_VERSION.to_owned()),
        is_latest: is_latest.ok_or(Broken::Missing("IsLatest"))?,
        last_modified: last_modified.ok_or(Broken::Missing("LastModified"))?,
        size,
        etag,
        storage_class,
        delete_marker,
    })
}

/// Without its date a version stands at no moment and at every one, so that a wrong one is no
/// detail.
fn date(text: &str) -> Result<Timestamp, Broken> {
    text.trim()
        .parse()
        .map_err(|_| Broken::Wrong("<LastModified> is not a date".into()))
}

#[cfg(test)]
mod tests;
