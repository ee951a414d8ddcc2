//! Byte order of keys, in which a directory sorts as `name/`: `a-b` before `a/c` before `a0`.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use walkdir::DirEntry;

use super::Links;

/// The comparison that sorts the entries of one directory.
pub(super) fn by_key(links: Links) -> impl FnMut(&DirEntry, &DirEntry) -> Ordering + Send + Sync {
    let mut seen = LinkTargets::default();
    move |one, other| {
        let one_is_dir = is_dir(one, links, &mut seen);
        let other_is_dir = is_dir(other, links, &mut seen);
        compare(one.file_name(), one_is_dir, other.file_name(), other_is_dir)
    }
}

fn is_dir(entry: &DirEntry, links: Links, seen: &mut LinkTargets) -> bool {
    if entry.file_type().is_symlink() && links == Links::Follow {
        seen.is_dir(entry.path(), entry.file_name())
    } else {
        entry.file_type().is_dir()
    }
}

pub(super) fn compare(
    one: &OsStr,
    one_is_dir: bool,
    other: &OsStr,
    other_is_dir: bool,
) -> Ordering {
    let key = |name: &'_ OsStr, is_dir: bool| {
        name.as_bytes()
            .iter()
            .copied()
            .chain(is_dir.then_some(b'/'))
            .collect::<Vec<_>>()
    };
    // Names differ within their common length nearly always; only a prefix needs the slash.
    let common = one.len().min(other.len());
    let heads = one
        .as_bytes()
        .iter()
        .take(common)
        .cmp(other.as_bytes().iter().take(common));
    heads.then_with(|| key(one, one_is_dir).cmp(&key(other, other_is_dir)))
}

/// What links of the directory in hand point to. Asked once each: an answer that changed while
/// a sort is under way would make an order that is none.
#[derive(Default)]
struct LinkTargets {
    directory: PathBuf,
    is_dir: HashMap<OsString, bool>,
}

impl LinkTargets {
    fn is_dir(&mut self, path: &Path, name: &OsStr) -> bool {
        let directory = path.parent().unwrap_or(Path::new(""));
        if self.directory != directory {
            self.directory = directory.to_owned();
            self.is_dir.clear();
        }
        if let Some(&known) = self.is_dir.get(name) {
            return known;
        }
        let answer = path.is_dir();
        self.is_dir.insert(name.to_owned(), answer);
        answer
    }
}
