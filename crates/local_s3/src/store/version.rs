//! Versions and delete markers.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeFrom;
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

/// The versions of a bucket: by key, and the newest of each key first.
pub(crate) type Versions = BTreeMap<(String, Reverse<u64>), Version>;

/// The place of the newest version of this key, and of all that follow.
pub(crate) fn from_key(key: &str) -> RangeFrom<(String, Reverse<u64>)> {
    (key.to_owned(), Reverse(u64::MAX))..
}

/// The version of this key with this id, or the newest one. It may be a delete marker.
pub(crate) fn find<'a>(
    versions: &'a Versions,
    key: &str,
    wanted: Option<RequestedVersion>,
) -> Option<&'a Version> {
    let versions = versions.range(from_key(key));
    let mut of_key = versions.take_while(|((found, _), _)| found == key);
    let found = of_key.find(|(_, version)| wanted.is_none_or(|wanted| wanted.is(version.id)));
    found.map(|(_, version)| version)
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
