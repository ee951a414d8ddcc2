//! Whether an object is archived, and whether it was restored.

use std::fmt;

use jiff::Timestamp;

use crate::operations::response::http_date;

/// The archive tiers: their objects must be restored before they can be read. Despite its name,
/// GLACIER_IR is not one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveTier {
    /// Storage class GLACIER.
    Glacier,
    /// Storage class DEEP_ARCHIVE.
    DeepArchive,
    /// ARCHIVE_ACCESS of INTELLIGENT_TIERING.
    ArchiveAccess,
    /// DEEP_ARCHIVE_ACCESS of INTELLIGENT_TIERING.
    DeepArchiveAccess,
}

impl ArchiveTier {
    /// The tier of an object with this storage class and this `x-amz-archive-status`.
    pub fn of(storage_class: Option<&str>, archive_status: Option<&str>) -> Option<Self> {
        match (archive_status, storage_class) {
            (Some("ARCHIVE_ACCESS"), _) => Some(Self::ArchiveAccess),
            (Some("DEEP_ARCHIVE_ACCESS"), _) => Some(Self::DeepArchiveAccess),
            (_, Some("GLACIER")) => Some(Self::Glacier),
            (_, Some("DEEP_ARCHIVE")) => Some(Self::DeepArchive),
            _ => None,
        }
    }

    /// Whether a restore makes a temporary copy. An object of INTELLIGENT_TIERING moves back
    /// permanently instead, and its RestoreObject must not have days.
    pub fn takes_days(self) -> bool {
        matches!(self, Self::Glacier | Self::DeepArchive)
    }

    /// Whether [`RestoreTier::Expedited`](crate::operations::RestoreTier) can be asked for.
    pub fn can_be_expedited(self) -> bool {
        matches!(self, Self::Glacier | Self::ArchiveAccess)
    }
}

/// As S3 spells it.
impl fmt::Display for ArchiveTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Glacier => "GLACIER",
            Self::DeepArchive => "DEEP_ARCHIVE",
            Self::ArchiveAccess => "ARCHIVE_ACCESS",
            Self::DeepArchiveAccess => "DEEP_ARCHIVE_ACCESS",
        })
    }
}

/// What the service says about an object in an archive tier.
///
/// This is no proof: on Ceph a storage class called GLACIER is read like any other. Only a GET that
/// fails with InvalidObjectState (403) is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Where it is.
    pub tier: ArchiveTier,
    /// Whether it can be read anyway.
    pub thaw: Thaw,
}

/// How far the restore of an archived object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thaw {
    /// Nobody has asked for a restore.
    Frozen,
    /// A restore is under way.
    Thawing,
    /// A copy can be read.
    Thawed {
        /// When the copy is removed, if the service says so.
        until: Option<Timestamp>,
    },
}

impl Thaw {
    /// What `x-amz-restore` says: `ongoing-request="true"`, or `ongoing-request="false",
    /// expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"`. Anything else counts as no restore.
    pub(crate) fn of_header(header: Option<&str>) -> Self {
        let Some(header) = header else {
            return Self::Frozen;
        };
        match quoted_value(header, "ongoing-request") {
            Some("true") => Self::Thawing,
            Some("false") => Self::Thawed {
                until: quoted_value(header, "expiry-date").and_then(http_date),
            },
            _ => Self::Frozen,
        }
    }
}

/// The value of `name="..."`. The date contains a comma, so the header cannot be split at commas.
fn quoted_value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(name)?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let (value, _) = rest.strip_prefix('"')?.split_once('"')?;
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_classes_that_must_be_restored_are_archives() {
        for (class, status, tier) in [
            (Some("GLACIER"), None, Some("GLACIER")),
            (Some("DEEP_ARCHIVE"), None, Some("DEEP_ARCHIVE")),
            (Some("GLACIER_IR"), None, None),
            (Some("INTELLIGENT_TIERING"), None, None),
            (
                Some("INTELLIGENT_TIERING"),
                Some("ARCHIVE_ACCESS"),
                Some("ARCHIVE_ACCESS"),
            ),
            (
                Some("INTELLIGENT_TIERING"),
                Some("DEEP_ARCHIVE_ACCESS"),
                Some("DEEP_ARCHIVE_ACCESS"),
            ),
            (None, None, None),
        ] {
            let found = ArchiveTier::of(class, status).map(|tier| tier.to_string());
            assert_eq!(found.as_deref(), tier, "{class:?} {status:?}");
        }
    }

    #[test]
    fn the_restore_header_tells_how_far_it_is() {
        assert_eq!(Thaw::of_header(None), Thaw::Frozen);
        assert_eq!(
            Thaw::of_header(Some("ongoing-request=\"true\"")),
            Thaw::Thawing
        );
        assert_eq!(
            Thaw::of_header(Some(
                "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2012 00:00:00 GMT\""
            )),
            Thaw::Thawed {
                until: Some("2012-12-21T00:00:00Z".parse().unwrap())
            }
        );
        assert_eq!(
            Thaw::of_header(Some("ongoing-request=\"false\"")),
            Thaw::Thawed { until: None }
        );
        assert_eq!(
            Thaw::of_header(Some("ongoing-request=\"false\", expiry-date=\"soon\"")),
            Thaw::Thawed { until: None }
        );
        assert_eq!(Thaw::of_header(Some("ongoing-request=maybe")), Thaw::Frozen);
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(header in ".*|ongoing-request=\"?.{0,9}\"?.*") {
            let _ = Thaw::of_header(Some(&header));
        }
    }
}
