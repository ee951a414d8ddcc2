//! Compares two directories, byte by byte.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use common::{Error, Kind, Result};
use transfer::walk::{Links, walk};

/// Bytes read of each file at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The result: the number of files, and the paths of those that are wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The number of files in the uploaded directory.
    pub(crate) files: u64,
    /// Their bytes are different.
    pub(crate) different: Vec<String>,
    /// They were not downloaded.
    pub(crate) missing: Vec<String>,
    /// They were downloaded although this run did not upload them.
    pub(crate) surplus: Vec<String>,
    /// They were downloaded, but the uploaded file no longer exists.
    pub(crate) removed: Vec<String>,
}

impl Compared {
    /// Why the downloaded files differ from the `sent_files` uploaded ones; `None` if they are
    /// equal.
    pub(crate) fn fault(&self, sent_files: u64) -> Option<(Kind, String)> {
        let of = format!("of {sent_files} files");
        let faults = [
            (
                Kind::Damaged,
                &self.different,
                format!("{of} differ from what was sent"),
            ),
            (
                Kind::Failed,
                &self.missing,
                format!("{of} did not come back: the service does not list them"),
            ),
            (
                Kind::Failed,
                &self.surplus,
                "more came back than this run sent".to_owned(),
            ),
            (
                Kind::Failed,
                &self.removed,
                format!("{of} were removed here after they were sent"),
            ),
        ];
        for (kind, names, what) in faults {
            if let Some(first) = names.first() {
                let cause = format!("{} {what}, the first is {first}", names.len());
                return Some((kind, cause));
            }
        }
        let now = self.files;
        let cause = format!("{sent_files} files were sent, and there are {now} now");
        (now != sent_files).then_some((Kind::Failed, cause))
    }
}

/// Compares every file below `sent` with the file of the same name below `received`. `was_sent` tells whether an object
/// of this name has arrived. Blocks.
///
/// # Errors
/// A file exists and cannot be read.
pub(crate) fn trees(
    sent: &Path,
    received: &Path,
    was_sent: impl Fn(&str) -> bool,
) -> Result<Compared> {
    let mut compared = Compared::default();
    let mut others = BTreeMap::new();
    if received.exists() {
        for file in walk(received, Links::Skip) {
            let file = file.map_err(|failure| failure.into_error())?;
            others.insert(file.relative.as_str().to_owned(), file.path);
        }
    }
    // The upload has reported files that cannot be sent.
    for file in walk(sent, Links::Follow).flatten() {
        compared.files += 1;
        let name = file.relative.as_str().to_owned();
        let Some(other) = others.remove(&name) else {
            compared.missing.push(name);
            continue;
        };
        let failed = |error| Error::io("compare", other.display().to_string(), &error);
        if !equal(&file.path, &other).map_err(failed)? {
            compared.different.push(name);
        }
    }
    let (removed, surplus) = others.into_keys().partition(|name| was_sent(name));
    Ok(Compared {
        removed,
        surplus,
        ..compared
    })
}

fn equal(one: &Path, other: &Path) -> io::Result<bool> {
    let mut one = File::open(one)?;
    let mut other = File::open(other)?;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    loop {
        left.clear();
        right.clear();
        one.by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut left)?;
        other
            .by_ref()
            .take(CHUNK_BYTES as u64)
            .read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_changed_a_short_a_missing_and_a_foreign_file_are_seen() {
        let sent = tempfile::tempdir().unwrap();
        let received = tempfile::tempdir().unwrap();
        let long = vec![7; CHUNK_BYTES + 1];
        for (name, there) in [
            ("changed", Some(b"xbc".to_vec())),
            ("equal", Some(b"abc".to_vec())),
            ("missing", None),
            ("short", Some(b"ab".to_vec())),
        ] {
            fs::write(sent.path().join(name), "abc").unwrap();
            if let Some(there) = there {
                fs::write(received.path().join(name), there).unwrap();
            }
        }
        fs::write(sent.path().join("long"), &long).unwrap();
        fs::write(received.path().join("long"), &long).unwrap();
        fs::create_dir(received.path().join("d")).unwrap();
        fs::write(received.path().join("d/foreign"), "x").unwrap();
        fs::write(received.path().join("removed"), "x").unwrap();
        let was_sent = |name: &str| name != "d/foreign";
        let compared = trees(sent.path(), received.path(), was_sent).unwrap();
        assert_eq!(compared.files, 5);
        assert_eq!(compared.different, ["changed", "short"]);
        assert_eq!(compared.missing, ["missing"]);
        assert_eq!(compared.surplus, ["d/foreign"]);
        assert_eq!(compared.removed, ["removed"]);
        let (kind, cause) = compared.fault(5).unwrap();
        assert_eq!(kind, Kind::Damaged);
        assert_eq!(
            cause,
            "2 of 5 files differ from what was sent, the first is changed"
        );
    }

    #[test]
    fn less_more_or_nothing_to_compare_is_not_equal() {
        let one = || vec!["a".to_owned()];
        let less = Compared {
            files: 2,
            missing: one(),
            ..Compared::default()
        };
        let more = Compared {
            files: 2,
            surplus: one(),
            ..Compared::default()
        };
        let removed = Compared {
            files: 1,
            removed: one(),
            ..Compared::default()
        };
        let gone = Compared::default();
        let cause = |compared: &Compared| compared.fault(2).unwrap().1;
        assert_eq!(
            cause(&less),
            "1 of 2 files did not come back: the service does not list them, the first is a"
        );
        assert_eq!(
            cause(&more),
            "1 more came back than this run sent, the first is a"
        );
        assert_eq!(
            cause(&removed),
            "1 of 2 files were removed here after they were sent, the first is a"
        );
        assert_eq!(cause(&gone), "2 files were sent, and there are 0 now");
        assert!(
            Compared {
                files: 2,
                ..Compared::default()
            }
            .fault(2)
            .is_none()
        );
    }
}
