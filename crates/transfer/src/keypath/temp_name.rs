//! The names of our unfinished files: `.NAME.<tag>.s3part`, in the directory of the final name.

use std::fmt;

use crate::crc::{Crc, CrcKind};

const SUFFIX: &str = ".s3part";
const TAG_DIGITS: usize = 16;

/// Distinguishes the unfinished files of different objects, also if a long name was cut: 16 hex
/// digits of a sum over everything that identifies the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TempTag(u64);

impl TempTag {
    /// The tag of an object. `identity` holds everything that identifies it, for example endpoint,
    /// bucket and key. The tag is the same in every run.
    pub fn new<I>(identity: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let mut sum = Crc::new(CrcKind::Crc64Nvme);
        for part in identity {
            let part = part.as_ref();
            // The length comes first, so that ("ab", "c") differs from ("a", "bc").
            sum.update(&(part.len() as u64).to_be_bytes());
            sum.update(part);
        }
        Self(sum.value())
    }

    /// A random tag, which no other run uses.
    pub(crate) fn random() -> Self {
        Self(fastrand::u64(..))
    }
}

impl fmt::Display for TempTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Whether this is the name of one of our unfinished files. Such files are never uploaded or
/// counted as local files, and keys with such a component are refused.
pub fn is_temp_name(name: &str) -> bool {
    let Some(body) = name
        .strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(SUFFIX))
    else {
        return false;
    };
    body.rsplit_once('.').is_some_and(|(_, tag)| {
        tag.len() == TAG_DIGITS
            && tag
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The temp name for `name`. A long name is cut at a character so that the result has at most
/// `name_max` bytes.
pub(crate) fn fits_beside(name: &str, tag: TempTag, name_max: usize) -> String {
    let around = 1 + 1 + TAG_DIGITS + SUFFIX.len();
    let room = name_max.saturating_sub(around);
    let kept = name
        .get(..name.floor_char_boundary(room))
        .unwrap_or_default();
    format!(".{kept}.{tag}{SUFFIX}")
}
