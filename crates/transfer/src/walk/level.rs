//! One directory that the walk is in, and what is left to visit there.

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
    /// What could not be read; comes before all names.
    failures: vec::IntoIter<WalkFailure>,
    names: Names,
}

impl Level {
    /// Reads a directory, itself perhaps a link to one. What cannot be read is said by
    /// [`Level::next`].
    ///
    /// Whether a link leads to a directory is asked only here, once: a response that changed
    /// while the names are sorted would make an order that is none.
    pub(super) fn read(directory: PathBuf, links: Links) -> Self {
        let mut names = Names::default();
        let mut failures = Vec::new();
        // Not sorted by `walkdir`, which would hold them all, each with its whole path.
        for entry in WalkDir::new(&directory).max_depth(1) {
            match entry {
                Ok(entry) if entry.depth() == 0 => {
                    // A file put in its place meanwhile: `walkdir` has no word for that.
                    if !entry.file_type().is_dir() && !entry.path().is_dir() {
                        let cause = Cause::Io(Errno::NOTDIR.into());
                        failures.push(WalkFailure::new(entry.path(), cause));
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

    /// What is to be visited next; `None` when the directory is done.
    pub(super) fn next(&mut self) -> Option<Result<(Kind, PathBuf), WalkFailure>> {
        if let Some(failure) = self.failures.next() {
            return Some(Err(failure));
        }
        let (kind, name) = self.names.next()?;
        Some(Ok((kind, self.directory.join(name))))
    }

    /// Where it is: the root as typed, and the way down.
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
