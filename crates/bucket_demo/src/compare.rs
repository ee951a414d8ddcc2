//! Two directories, byte by byte.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use common::{Error, Result};
use transfer::walk::{Links, walk};

/// Bytes read of each file at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What became of a comparison.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Compared {
    /// Files that were sent.
    pub(crate) files: u64,
    /// Those that are missing or different, by their paths below the directory.
    pub(crate) different: Vec<String>,
}

/// Holds every file below `sent` against the one of the same name below `received`. Blocks.
///
/// # Errors
/// A file is there and cannot be read.
pub(crate) fn trees(sent: &Path, received: &Path) -> Result<Compared> {
    let mut compared = Compared::default();
    // What cannot be sent has been named by the upload.
    for file in walk(sent, Links::Follow).flatten() {
        compared.files += 1;
        let name = file.relative.as_str();
        let other = received.join(name);
        let equal = equal(&file.path, &other)
            .map_err(|error| Error::io("compare", other.display().to_string(), &error))?;
        if !equal {
            compared.different.push(name.to_owned());
        }
    }
    Ok(compared)
}

fn equal(one: &Path, other: &Path) -> io::Result<bool> {
    let mut one = File::open(one)?;
    let mut other = match File::open(other) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
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
    fn a_changed_a_short_and_a_missing_file_are_seen() {
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
        let compared = trees(sent.path(), received.path()).unwrap();
        assert_eq!(compared.files, 5);
        assert_eq!(compared.different, ["changed", "missing", "short"]);
    }
}
