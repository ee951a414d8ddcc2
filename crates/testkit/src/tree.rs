//! Directory trees: made, listed and compared byte by byte.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use fastrand::Rng;

/// How many differences a failure shows.
const SHOWN: usize = 20;

/// What is at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A directory.
    Directory,
    /// A file of so many bytes.
    File(u64),
    /// A symbolic link to there.
    Link(PathBuf),
    /// A socket, FIFO or device.
    Special,
}

/// Everything below `root`, by relative path in byte order; links are not followed.
///
/// # Errors
/// If a directory or entry cannot be read.
pub fn entries(root: &Path) -> io::Result<BTreeMap<PathBuf, Entry>> {
    let mut found = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(root.join(&directory))? {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            let about = entry.metadata()?;
            let kind = if about.is_dir() {
                open.push(path.clone());
                Entry::Directory
            } else if about.is_symlink() {
                Entry::Link(fs::read_link(entry.path())?)
            } else if about.is_file() {
                Entry::File(about.len())
            } else {
                Entry::Special
            };
            found.insert(path, kind);
        }
    }
    Ok(found)
}

/// The relative paths of all files below `root`, in byte order, as text; a `root` that is not there has none.
///
/// # Panics
/// If the tree cannot be read.
#[track_caller]
pub fn files(root: &Path) -> Vec<String> {
    if !root.exists() {
        return Vec::new();
    }
    let found =
        entries(root).unwrap_or_else(|error| panic!("cannot read {}: {error}", root.display()));
    let files = found
        .into_iter()
        .filter(|(_, entry)| matches!(entry, Entry::File(_)));
    let mut files: Vec<String> = files
        .map(|(path, _)| path.to_string_lossy().into_owned())
        .collect();
    files.sort();
    files
}

/// Every way in which two trees differ: one line each, none if they are the same. Names, kinds and contents count;
/// times, modes and owners do not.
///
/// # Errors
/// If either tree cannot be read.
pub fn differences(left: &Path, right: &Path) -> io::Result<Vec<String>> {
    let (here, mut there) = (entries(left)?, entries(right)?);
    let mut differences = Vec::new();
    for (path, entry) in here {
        let name = path.as_os_str().as_bytes().escape_ascii();
        match there.remove(&path) {
            None => differences.push(format!("only in {}: {name}", left.display())),
            Some(other) if other != entry => {
                differences.push(format!("{name}: {entry:?} and {other:?}"))
            }
            Some(Entry::File(_)) => {
                let (a, b) = (left.join(&path), right.join(&path));
                if let Some(at) = first_difference(File::open(a)?, File::open(b)?)? {
                    differences.push(format!("{name}: differs from byte {at} on"));
                }
            }
            Some(_) => {}
        }
    }
    for path in there.keys() {
        let name = path.as_os_str().as_bytes().escape_ascii();
        differences.push(format!("only in {}: {name}", right.display()));
    }
    Ok(differences)
}

/// Asserts that two trees are the same.
///
/// # Panics
/// If they are not, with the first differences, or if one cannot be read.
#[track_caller]
pub fn assert_same(left: &Path, right: &Path) {
    let found = match differences(left, right) {
        Ok(found) => found,
        Err(error) => panic!(
            "cannot compare {} and {}: {error}",
            left.display(),
            right.display()
        ),
    };
    let shown: Vec<&str> = found.iter().take(SHOWN).map(String::as_str).collect();
    let count = found.len();
    assert!(
        found.is_empty(),
        "{count} differences, among them:\n  {}",
        shown.join("\n  ")
    );
}

/// Where two streams first differ in content or length.
fn first_difference(mut left: impl Read, mut right: impl Read) -> io::Result<Option<u64>> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut position = 0;
    loop {
        a.clear();
        b.clear();
        left.by_ref().take(1 << 20).read_to_end(&mut a)?;
        right.by_ref().take(1 << 20).read_to_end(&mut b)?;
        if a != b {
            let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
            return Ok(Some(position + same as u64));
        }
        if a.is_empty() {
            return Ok(None);
        }
        position += a.len() as u64;
    }
}

/// Writes one file and the directories on its way.
///
/// # Panics
/// If it cannot be written.
#[track_caller]
pub fn write(root: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = root.join(name);
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    if let Err(error) = made.and_then(|()| fs::write(&path, content)) {
        panic!("cannot write {}: {error}", path.display());
    }
}

/// So many bytes that no compression shortens, the same for the same seed.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; len];
    Rng::with_seed(seed).fill(&mut bytes);
    bytes
}

/// Writes `count` files of 0 to `largest_bytes` bytes into a few directories, two levels deep.
///
/// # Panics
/// If one cannot be written.
#[track_caller]
pub fn fill(root: &Path, count: usize, largest_bytes: usize, seed: u64) {
    let mut random = Rng::with_seed(seed);
    for number in 0..count {
        let name = format!("{:02}/{:02}/file-{number:05}.bin", number % 7, number % 11);
        let len = random.usize(0..=largest_bytes);
        write(root, &name, noise(len, random.u64(..)));
    }
}
