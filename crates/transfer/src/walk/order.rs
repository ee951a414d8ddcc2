//! Byte order of keys. A directory sorts as `name/`: `a-b` before `a/c` before `a0`.

use std::cmp::Ordering;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// The comparison that sorts the entries of one directory.
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
    // Names nearly always differ within their common length. Otherwise one is a prefix, and the
    // slash decides.
    let common = one.len().min(other.len());
    let heads = one
        .as_bytes()
        .iter()
        .take(common)
        .cmp(other.as_bytes().iter().take(common));
    heads.then_with(|| key(one, one_is_dir).cmp(&key(other, other_is_dir)))
}
