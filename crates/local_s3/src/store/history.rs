//! The versions and delete markers of one key.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::object::Object;

/// Hides the sequence number in the second half of an id.
const MASK: u64 = 0x5DEE_CE66_D1CE_4E5B;

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versioning {
    /// No, and it never did.
    #[default]
    Never,
    /// Yes.
    Enabled,
    /// Not any more. Old versions remain, and new objects have the id `null`.
    Suspended,
}

/// The id of a version. It contains the position in the order of writing, so that a listing continues at the right place
/// even if the version at which it stopped was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// Grows with every write to the bucket.
    pub(crate) sequence: u64,
    /// The id is `null`, because the bucket kept no versions. Each key has at most one such version.
    pub(crate) null: bool,
}

/// 32 hex digits. As on S3, their order is not that of age.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.null {
            return f.write_str("null");
        }
        let scattered = self.sequence.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        write!(f, "{scattered:016x}{:016x}", self.sequence ^ MASK)
    }
}

/// The id of a version in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestedVersion {
    Null,
    Sequence(u64),
}

impl RequestedVersion {
    /// `None` if this cannot be an id.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Null);
        }
        let sequence = u64::from_str_radix(text.get(16..)?, 16).ok()? ^ MASK;
        let id = Id {
            sequence,
            null: false,
        };
        (id.to_string() == text).then_some(Self::Sequence(sequence))
    }

    fn is(self, id: Id) -> bool {
        match self {
            Self::Null => id.null,
            Self::Sequence(sequence) => !id.null && id.sequence == sequence,
        }
    }
}

/// A version of an object, or a delete marker.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: Id,
    /// In whole seconds; for an object the same as that of the object.
    pub(crate) modified: SystemTime,
    /// `None` for a delete marker.
    pub(crate) object: Option<Arc<Object>>,
}

/// The versions of one key in the order of writing. Never empty.
#[derive(Debug)]
pub(crate) struct History(Vec<Version>);

impl History {
    pub(crate) fn of(version: Version) -> Self {
        Self(vec![version])
    }

    /// The current object; `None` if it was deleted.
    pub(crate) fn current(&self) -> Option<&Arc<Object>> {
        self.latest()?.object.as_ref()
    }

    /// The newest version or delete marker.
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.0.last()
    }

    /// The version with this id.
    pub(crate) fn find(&self, wanted: RequestedVersion) -> Option<&Version> {
        self.0.iter().rev().find(|version| wanted.is(version.id))
    }

    /// The version with this id, to be changed.
    pub(crate) fn find_mut(&mut self, wanted: RequestedVersion) -> Option<&mut Version> {
        self.0
            .iter_mut()
            .rev()
            .find(|version| wanted.is(version.id))
    }

    /// Adds a version. One with the id `null` replaces the one before it.
    pub(crate) fn push(&mut self, version: Version) {
        if version.id.null {
            self.0.retain(|older| !older.id.null);
        }
        self.0.push(version);
    }

    /// Removes one version and returns it.
    pub(crate) fn remove(&mut self, wanted: RequestedVersion) -> Option<Version> {
        let at = self.0.iter().position(|version| wanted.is(version.id))?;
        Some(self.0.remove(at))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The versions, newest first, each with whether it is the latest.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (&Version, bool)> {
        let latest = self.latest().map(|version| version.id);
        let versions = self.0.iter().rev();
        versions.map(move |version| (version, Some(version.id) == latest))
    }

    /// Whether a version comes after the one with this id, in the order of listings. If a `null` version was removed,
    /// nothing comes after it.
    pub(crate) fn is_after(&self, version: &Version, marker: RequestedVersion) -> bool {
        let sequence = match marker {
            RequestedVersion::Sequence(sequence) => Some(sequence),
            RequestedVersion::Null => self.find(marker).map(|null| null.id.sequence),
        };
        sequence.is_some_and(|sequence| version.id.sequence < sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_and_anything_else_is_no_id() {
        for sequence in [0, 1, 1_000_000, u64::MAX] {
            let id = Id {
                sequence,
                null: false,
            };
            assert_eq!(
                RequestedVersion::parse(&id.to_string()),
                Some(RequestedVersion::Sequence(sequence))
            );
            assert_eq!(id.to_string().len(), 32);
        }
        assert_eq!(
            RequestedVersion::parse("null"),
            Some(RequestedVersion::Null)
        );
        for text in ["", "abc", "NULL", "é23456789012345é7890123456789012"] {
            assert_eq!(RequestedVersion::parse(text), None);
        }
        let id = Id {
            sequence: 7,
            null: false,
        };
        assert_eq!(
            RequestedVersion::parse(&id.to_string().to_uppercase()),
            None
        );
    }
}
