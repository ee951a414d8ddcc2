//! What the headers of GET and HEAD say about an object.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use jiff::Timestamp;

use crate::operations::archive::{Archive, ArchiveTier, Thaw};
use crate::operations::response::{http_date, text};

/// An object as GET or HEAD describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectInfo {
    /// The size of the whole object in bytes, also when a range or part of it was asked for.
    pub size: u64,
    /// The length of this part or range in bytes, if the status was 206.
    pub part_size: Option<u64>,
    /// The ETag without its quotes; a weak one as it came, `W/"..."`.
    pub etag: Option<String>,
    /// When it was last written.
    pub last_modified: Option<Timestamp>,
    /// Checksums of the whole object; empty for a range or part.
    pub checksums: Vec<Checksum>,
    /// Encrypted by the key management service: the ETag is no MD5.
    pub kms: bool,
    /// Encrypted with a customer key: the ETag is no MD5.
    pub customer_key: bool,
    /// `x-amz-storage-class`; absent for STANDARD.
    pub storage_class: Option<String>,
    /// `x-amz-version-id`; absent in a bucket that never had versions.
    pub version_id: Option<String>,
    /// `x-amz-mp-parts-count`; only in a response about one part.
    pub parts_count: Option<u32>,
    /// `x-amz-archive-status`, for intelligent tiering.
    pub archive_status: Option<String>,
    /// `x-amz-restore`: a restore is under way or a restored copy is there.
    pub restore: Option<String>,
    /// It is a delete marker.
    pub delete_marker: bool,
}

/// A checksum of the whole object that the service keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// The algorithm.
    pub algorithm: ChecksumAlgorithm,
    /// The checksum as raw bytes.
    pub value: Vec<u8>,
    /// For a checksum of part checksums: the number of parts.
    pub parts: Option<u32>,
}

/// The checksum algorithms of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumAlgorithm {
    /// CRC-32 as in zip and PNG.
    Crc32,
    /// CRC-32 Castagnoli.
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl ChecksumAlgorithm {
    const ALL: [(Self, &'static str, usize); 5] = [
        (Self::Crc64Nvme, "x-amz-checksum-crc64nvme", 8),
        (Self::Crc32c, "x-amz-checksum-crc32c", 4),
        (Self::Crc32, "x-amz-checksum-crc32", 4),
        (Self::Sha256, "x-amz-checksum-sha256", 32),
        (Self::Sha1, "x-amz-checksum-sha1", 20),
    ];
}

impl ObjectInfo {
    /// Where and how the object is archived; `None` if it can be read like any other.
    pub fn archive(&self) -> Option<Archive> {
        let class = self.storage_class.as_deref();
        let tier = ArchiveTier::of(class, self.archive_status.as_deref())?;
        let thaw = Thaw::of_header(self.restore.as_deref());
        Some(Archive { tier, thaw })
    }

    /// Everything but the sizes, which depend on the status.
    pub(crate) fn from_headers(headers: &HeaderMap, whole: bool) -> Self {
        let sse = text(headers, "x-amz-server-side-encryption");
        Self {
            size: 0,
            part_size: None,
            etag: text(headers, "etag").and_then(|etag| unquoted(&etag)),
            last_modified: text(headers, "last-modified").and_then(|date| http_date(&date)),
            checksums: if whole {
                checksums(headers)
            } else {
                Vec::new()
            },
            kms: sse.is_some_and(|sse| sse.starts_with("aws:kms")),
            customer_key: headers.contains_key("x-amz-server-side-encryption-customer-algorithm"),
            storage_class: text(headers, "x-amz-storage-class"),
            version_id: text(headers, "x-amz-version-id"),
            parts_count: number(headers, "x-amz-mp-parts-count"),
            archive_status: text(headers, "x-amz-archive-status"),
            restore: text(headers, "x-amz-restore"),
            delete_marker: text(headers, "x-amz-delete-marker")
                .is_some_and(|marker| marker.eq_ignore_ascii_case("true")),
        }
    }
}

/// An ETag without its quotes. A weak one keeps its form `W/"..."`, so it never equals a strong
/// one. An empty one (Ceph, after Complete) counts as missing.
pub(crate) fn unquoted(etag: &str) -> Option<String> {
    let etag = etag.trim();
    let bare = etag
        .strip_prefix('"')
        .and_then(|etag| etag.strip_suffix('"'))
        .unwrap_or(etag);
    (!bare.is_empty()).then(|| bare.to_owned())
}

/// An ETag as `If-Match` wants it.
pub(crate) fn quoted(etag: &str) -> String {
    if etag.starts_with('"') || etag.starts_with("W/") {
        etag.to_owned()
    } else {
        format!("\"{etag}\"")
    }
}

pub(crate) fn number<N: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<N> {
    text(headers, name)?.parse().ok()
}

/// The checksums that we can use. `...-3` is a checksum of three part checksums. Type COMPOSITE
/// without this number cannot be checked and is left out.
fn checksums(headers: &HeaderMap) -> Vec<Checksum> {
    let composite = text(headers, "x-amz-checksum-type")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("COMPOSITE"));
    ChecksumAlgorithm::ALL
        .into_iter()
        .filter_map(|(algorithm, name, length)| {
            let text = text(headers, name)?;
            let (sum, parts) = match text.split_once('-') {
                Some((sum, parts)) => (sum, Some(parts.parse().ok()?)),
                None if composite => return None,
                None => (text.as_str(), None),
            };
            let value = STANDARD.decode(sum).ok()?;
            (value.len() == length).then_some(Checksum {
                algorithm,
                value,
                parts,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let name = http::HeaderName::from_static(name);
                (name, http::HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn an_etag_loses_its_quotes_and_a_weak_one_stays_weak() {
        assert_eq!(unquoted("\"ab-2\"").as_deref(), Some("ab-2"));
        assert_eq!(unquoted("ab").as_deref(), Some("ab"));
        assert_eq!(unquoted("W/\"ab\"").as_deref(), Some("W/\"ab\""));
        assert_eq!(unquoted("\"\""), None);
        assert_eq!(quoted("ab"), "\"ab\"");
        assert_eq!(quoted("W/\"ab\""), "W/\"ab\"");
    }

    #[test]
    fn sums_are_read_with_the_number_of_their_parts() {
        let info = ObjectInfo::from_headers(
            &headers(&[
                ("x-amz-checksum-crc32c", "AAAAAQ=="),
                ("x-amz-checksum-crc32", "AAAAAg==-3"),
                ("x-amz-checksum-sha1", "not base64"),
                ("x-amz-checksum-crc64nvme", "AAAAAQ=="),
            ]),
            true,
        );
        assert_eq!(
            info.checksums,
            [
                Checksum {
                    algorithm: ChecksumAlgorithm::Crc32c,
                    value: vec![0, 0, 0, 1],
                    parts: None
                },
                Checksum {
                    algorithm: ChecksumAlgorithm::Crc32,
                    value: vec![0, 0, 0, 2],
                    parts: Some(3)
                },
            ]
        );
    }

    #[test]
    fn a_composite_sum_without_a_count_and_the_sum_of_a_range_are_not_used() {
        let sent = headers(&[
            ("x-amz-checksum-type", "COMPOSITE"),
            ("x-amz-checksum-crc32c", "AAAAAQ=="),
        ]);
        assert!(ObjectInfo::from_headers(&sent, true).checksums.is_empty());
        let sent = headers(&[("x-amz-checksum-crc32c", "AAAAAQ==")]);
        assert!(ObjectInfo::from_headers(&sent, false).checksums.is_empty());
    }

    #[test]
    fn an_archived_object_with_a_finished_restore_can_be_read() {
        let archive = |sent: &[(&'static str, &'static str)]| {
            let info = ObjectInfo::from_headers(&headers(sent), true);
            info.archive()
                .map(|archive| matches!(archive.thaw, Thaw::Thawed { .. }))
        };
        let class = ("x-amz-storage-class", "GLACIER");
        assert_eq!(archive(&[class]), Some(false));
        let ongoing = ("x-amz-restore", "ongoing-request=\"true\"");
        assert_eq!(archive(&[class, ongoing]), Some(false));
        let done = ("x-amz-restore", "ongoing-request=\"false\"");
        assert_eq!(archive(&[class, done]), Some(true));
        assert_eq!(archive(&[("x-amz-storage-class", "GLACIER_IR")]), None);
        let tiered = ("x-amz-archive-status", "ARCHIVE_ACCESS");
        assert_eq!(archive(&[tiered]), Some(false));
    }

    #[test]
    fn encryption_dates_and_markers_are_read_from_headers() {
        let info = ObjectInfo::from_headers(
            &headers(&[
                ("last-modified", "Sat, 21 Nov 2026 05:24:11 GMT"),
                ("x-amz-server-side-encryption", "aws:kms:dsse"),
                ("x-amz-delete-marker", "True"),
                ("x-amz-mp-parts-count", "7"),
            ]),
            true,
        );
        assert_eq!(
            info.last_modified.unwrap().to_string(),
            "2026-11-21T05:24:11Z"
        );
        assert!(info.kms && info.delete_marker && !info.customer_key);
        assert_eq!(info.parts_count, Some(7));
    }
}
