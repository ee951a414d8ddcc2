//! Disks that do not distinguish `A` from `a`, or the composed form of a letter from the
//! decomposed.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use super::RelativePath;
use crate::crc::{Crc, CrcKind};

/// Which different names a disk treats as equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Folding {
    /// Names that differ in upper and lower case.
    pub case: bool,
    /// Names that differ in Unicode form (NFC, NFD).
    pub form: bool,
}

impl Folding {
    /// Whether the disk treats any different names as equal.
    pub fn any(self) -> bool {
        self.case || self.form
    }

    /// The form of `name` that the disk compares. Disks differ in detail; this treats more names as
    /// equal than any of them. So it may refuse a key too many, but never lets one file replace
    /// another.
    fn folded(self, name: &str) -> String {
        let decomposed = name.nfd();
        if !self.case {
            return decomposed.collect();
        }
        // Upper case first: it turns `ß` into `SS`, and both small sigmas into the same letter.
        // Then lower case.
        decomposed
            .filter(|&letter| !is_ignorable(letter))
            .flat_map(char::to_uppercase)
            .flat_map(char::to_lowercase)
            .nfd()
            .collect()
    }
}

/// Refuses a path that the disk would treat as equal to an earlier one: the first in key order
/// wins. Uses memory only on such a disk: eight bytes a file, sixteen a directory. `folding` is
/// that of the disk of this path, since a tree may span several disks.
#[derive(Debug, Default)]
pub struct FoldGuard {
    files: HashSet<u64>,
    /// The spelling that came first, by the folded name.
    directories: HashMap<u64, u64>,
    /// The directory that was checked last. Its neighbours in key order are in the same directory.
    admitted_parent: String,
}

impl FoldGuard {
    /// Whether a file may have this path.
    pub fn admits_file(&mut self, path: &RelativePath, folding: Folding) -> bool {
        if !folding.any() {
            return true;
        }
        if !self.admits_directories(path.parent_str(), folding) {
            return false;
        }
        let folded = sum(&folding.folded(path.as_str()));
        !self.directories.contains_key(&folded) && self.files.insert(folded)
    }

    /// Whether a directory may have this path.
    pub fn admits_directory(&mut self, path: &RelativePath, folding: Folding) -> bool {
        !folding.any() || self.admits_directories(path.as_str(), folding)
    }

    /// Checks the directory and everything above it, from the top.
    fn admits_directories(&mut self, path: &str, folding: Folding) -> bool {
        if path.is_empty() || path == self.admitted_parent {
            return true;
        }
        let ends = path
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([path.len()]);
        for head in ends.filter_map(|end| path.get(..end)) {
            let folded = sum(&folding.folded(head));
            let spelled = sum(head);
            if self.files.contains(&folded)
                || *self.directories.entry(folded).or_insert(spelled) != spelled
            {
                return false;
            }
        }
        self.admitted_parent.clear();
        self.admitted_parent.push_str(path);
        true
    }
}

fn sum(text: &str) -> u64 {
    let mut sum = Crc::new(CrcKind::Crc64Nvme);
    sum.update(text.as_bytes());
    sum.value()
}

/// Unicode's Default_Ignorable_Code_Point, which case-folding disks ignore when they compare names.
fn is_ignorable(letter: char) -> bool {
    matches!(u32::from(letter),
        0xAD | 0x34F | 0x61C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
        | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFF8 | 0x1BCA0..=0x1BCA3 | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF)
}
