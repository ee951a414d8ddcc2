//! One open directory of the walk, and the names that are left to visit in it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::vec;

use rustix::io::Errno;
use walkdir::WalkDir;

use super::names::{Kind, Names};
use super::{Cause, Links, WalkFailure};

/// A directory as it was read, in the order of its keys.
#[derive(Debug)]
pub(super) struct Level {
    directory: PathBuf,
    /// The failures while it was read; they are returned before all names.
    failures: vec::IntoIter<WalkFailure>,
    names: Names,
}

impl Level {
    /// Reads a directory, which may be reached through a link. Failures are returned by
    /// [`Level::next`].
    ///
    /// Whether a link points to a directory is checked only here, once. If the result changed
    /// during sorting, the order would be undefined.
    pub(super) fn read(directory: PathBuf, links: Links) -> Self {
        let mut names = Names::default();
        let mut failures = Vec::new();
        // `walkdir` does not sort: it would keep the whole path of every name in memory.
        for entry in WalkDir::new(&directory).max_depth(1) {
            match entry {
                Ok(entry) if entry.depth() == 0 => {
                    // A file may have taken its place meanwhile. `walkdir` does not report that.
                    if !entry.file_type().is_dir() && !entry.path().is_dir() {
                        let cause = Cause::Io(Errno::NOTDIR.into());
                        failures.push(WalkFailure::new(entry.path(), cause).hides_files());
                    }
                }
                Ok(entry) => {
                    let kind = match Kind::of(entry.file_type()) {
                        Kind::Link if links == Links::Follow && entry.path().is_dir() => {
                            Kind::LinkToDirectory
                        }
                        kind => kind,
                    };
                    names.push(kind, entry.file_name());
                }
                Err(error) => failures.push(WalkFailure::from_walkdir(&directory, error)),
            }
        }
        names.sort();
        Self {
            directory,
            failures: failures.into_iter(),
            names,
        }
    }

    /// The next entry to visit; `None` if the directory is finished.
    pub(super) fn next(&mut self) -> Option<Result<(Kind, PathBuf), WalkFailure>> {
        if let Some(failure) = self.failures.next() {
            return Some(Err(failure));
        }
        let (kind, name) = self.names.next()?;
        Some(Ok((kind, self.directory.join(name))))
    }

    /// The path for messages: the root as typed, and the path below it.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Whether this is the directory that `found` describes.
    pub(super) fn is_same(&self, found: &Metadata) -> bool {
        self.directory
            .metadata()
            .is_ok_and(|own| (own.dev(), own.ino()) == (found.dev(), found.ino()))
    }
}
