//! Creates, lists and compares directory trees.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use fastrand::Rng;
use walkdir::WalkDir;

/// How many differences a failure shows.
const SHOWN: usize = 20;

/// What is at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A directory.
    Directory,
    /// A file with this content.
    File(Vec<u8>),
    /// A symbolic link to there.
    Link(PathBuf),
    /// A socket, FIFO or device.
    Special,
}

/// Everything below `root`, by relative path in byte order. Does not follow links.
///
/// # Errors
/// If a directory or entry cannot be read.
pub fn entries(root: &Path) -> io::Result<BTreeMap<PathBuf, Entry>> {
    let mut found = BTreeMap::new();
    for entry in WalkDir::new(root).min_depth(1) {
        let entry = entry?;
        let kind = entry.file_type();
        let path = entry.path();
        let is = match () {
            () if kind.is_dir() => Entry::Directory,
            () if kind.is_symlink() => Entry::Link(fs::read_link(path)?),
            () if kind.is_file() => Entry::File(fs::read(path)?),
            () => Entry::Special,
        };
        let relative = path.strip_prefix(root).map_err(io::Error::other)?;
        found.insert(relative.to_owned(), is);
    }
    Ok(found)
}

/// The relative paths of all files below `root`, in byte order, as text. Empty if `root` does not exist.
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

/// The differences between two trees, one line each. Compares names, kinds and contents, but not times, modes and owners.
///
/// # Errors
/// If either tree cannot be read.
pub fn differences(left: &Path, right: &Path) -> io::Result<Vec<String>> {
    let (here, there) = (entries(left)?, entries(right)?);
    let paths: BTreeSet<&PathBuf> = here.keys().chain(there.keys()).collect();
    let different = paths.into_iter().filter_map(|path| {
        let (here, there) = (here.get(path), there.get(path));
        let name = path.as_os_str().as_bytes().escape_ascii();
        (here != there).then(|| format!("{name}: {} and {}", described(here), described(there)))
    });
    Ok(different.collect())
}

fn described(entry: Option<&Entry>) -> String {
    match entry {
        None => "nothing".to_owned(),
        Some(Entry::File(content)) => {
            let start = content.get(..20).unwrap_or(content).escape_ascii();
            format!("{} bytes `{start}`", content.len())
        }
        Some(other) => format!("{other:?}"),
    }
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

/// Writes a file. Creates its directories.
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

/// Random bytes, the same for the same seed.
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
