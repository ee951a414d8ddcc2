//! Everything that ever stood under one key: versions and delete markers.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::object::Object;

/// What is written into the second half of an id, so that an id does not look like a number.
const MASK: u64 = 0x5DEE_CE66_D1CE_4E5B;

/// Whether a bucket keeps versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Versioning {
    /// It never did.
    #[default]
    Never,
    /// What is overwritten or deleted is kept as a version.
    Enabled,
    /// It did: old versions are there, what is written now has the id `null`.
    Suspended,
}

/// The id of a version. It holds the place of the version in the order of writing, so that a
/// listing goes on at the right place although the version it stopped at was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id {
    /// Grows with every write to the bucket.
    pub(crate) sequence: u64,
    /// Written while the bucket kept no versions: the id is `null`, and there is one at most.
    pub(crate) null: bool,
}

/// 32 hex digits that do not sort by age, as those of S3 do not.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.null {
            return f.write_str("null");
        }
        let scattered = self.sequence.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        write!(f, "{scattered:016x}{:016x}", self.sequence ^ MASK)
    }
}

/// An id as a request names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Null,
    Sequence(u64),
}

impl Wanted {
    /// `None` if no version can have that id.
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
    /// In whole seconds. Of an object, the object's own.
    pub(crate) modified: SystemTime,
    /// `None` makes it a delete marker.
    pub(crate) object: Option<Arc<Object>>,
}

/// The versions of one key in the order of writing; never empty.
#[derive(Debug)]
pub(crate) struct History(Vec<Version>);

impl History {
    pub(crate) fn of(version: Version) -> Self {
        Self(vec![version])
    }

    /// What stands under the key; `None` if the object was deleted.
    pub(crate) fn current(&self) -> Option<&Arc<Object>> {
        self.latest()?.object.as_ref()
    }

    /// The newest version, or the delete marker that came after it.
    pub(crate) fn latest(&self) -> Option<&Version> {
        self.0.last()
    }

    /// The version with this id.
    pub(crate) fn find(&self, wanted: Wanted) -> Option<&Version> {
        self.0.iter().rev().find(|version| wanted.is(version.id))
    }

    /// The version with this id, to be changed.
    pub(crate) fn find_mut(&mut self, wanted: Wanted) -> Option<&mut Version> {
        self.0
            .iter_mut()
            .rev()
            .find(|version| wanted.is(version.id))
    }

    /// Adds the newest version. One without an id takes the place of the one before it.
    pub(crate) fn push(&mut self, version: Version) {
        if version.id.null {
            self.0.retain(|older| !older.id.null);
        }
        self.0.push(version);
    }

    /// Removes one version for good and gives it back.
    pub(crate) fn remove(&mut self, wanted: Wanted) -> Option<Version> {
        let at = self.0.iter().position(|version| wanted.is(version.id))?;
        Some(self.0.remove(at))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Newest first; each with whether it is the latest.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (&Version, bool)> {
        let latest = self.latest().map(|version| version.id);
        let versions = self.0.iter().rev();
        versions.map(move |version| (version, Some(version.id) == latest))
    }

    /// Whether a version lies behind the one with this id, newest first. Behind a `null` that
    /// is gone there is nothing.
    pub(crate) fn is_after(&self, version: &Version, marker: Wanted) -> bool {
        let sequence = match marker {
            Wanted::Sequence(sequence) => Some(sequence),
            Wanted::Null => self.find(marker).map(|null| null.id.sequence),
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
                Wanted::parse(&id.to_string()),
                Some(Wanted::Sequence(sequence))
            );
            assert_eq!(id.to_string().len(), 32);
        }
        assert_eq!(Wanted::parse("null"), Some(Wanted::Null));
        for text in ["", "abc", "NULL", "é23456789012345é7890123456789012"] {
            assert_eq!(Wanted::parse(text), None);
        }
        let id = Id {
            sequence: 7,
            null: false,
        };
        assert_eq!(Wanted::parse(&id.to_string().to_uppercase()), None);
    }
}
