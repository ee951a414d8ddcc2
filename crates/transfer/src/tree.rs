//! The directory that files are written to, through directory handles.
//!
//! Checking a path and then using it leaves a gap in which someone may swap in a link. So every
//! directory on the way is opened from the one above it without following links, and files are
//! created, looked at and renamed relative to such a handle. The target itself may be a link:
//! that is the user's choice.

mod dir;
mod failure;
mod folds;
mod lock;
mod recent;
mod state;
mod temp_file;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use dir::Dir;
pub(crate) use dir::HANDLE;
pub(crate) use failure::{Create, TreeError};
pub(crate) use state::{FileKind, FileState};
pub(crate) use temp_file::Persist;
pub(crate) use temp_file::TempFile;

use crate::keypath::{Folding, RelativePath, TempTag};
use recent::Recent;

impl Dir {
    /// Creates the unfinished file that will get `name`: exclusively, under a lock, readable by
    /// nobody who could not read the final file. What a killed run left is replaced.
    ///
    /// # Errors
    /// Another run is writing it, something else has the temp name, or the system refuses.
    pub(crate) fn create_temp(
        self: &Arc<Self>,
        name: &str,
        tag: TempTag,
        mode_of_replaced: Option<u32>,
    ) -> Result<TempFile, TreeError> {
        TempFile::create(self, name, tag, mode_of_replaced)
    }
}

/// The directory that files are written to. Cheap to share; every call may block on the disk.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Arc<Dir>,
    recent: Mutex<Recent>,
    /// What is known of the disks that it lies on, by device number.
    foldings: Mutex<HashMap<u64, Folding>>,
}

impl Tree {
    /// Opens the target directory, following links in its own path.
    ///
    /// # Errors
    /// It is not there and not to be made, is no directory, or the system refuses.
    pub(crate) fn open(target: &Path, create: Create) -> Result<Self, TreeError> {
        if create == Create::Yes {
            std::fs::create_dir_all(target).or_else(|source| match std::fs::metadata(target) {
                Ok(found) if found.is_dir() => Ok(()),
                Ok(_) => Err(TreeError::InTheWay {
                    path: target.into(),
                    found: FileKind::File,
                }),
                Err(_) => Err(TreeError::io("create the directory", target, source)),
            })?;
        }
        let root = Dir::open_target(target)?;
        Ok(Self {
            root: Arc::new(root),
            recent: Mutex::new(Recent::new()),
            foldings: Mutex::default(),
        })
    }

    /// The target directory itself.
    pub(crate) fn root(&self) -> Arc<Dir> {
        Arc::clone(&self.root)
    }

    /// A directory below the target. Keys come in order, so the directories of the last ones
    /// are kept open.
    ///
    /// # Errors
    /// A component is a link, a file or a special file, is missing and not to be made, or the
    /// system refuses.
    pub(crate) fn dir(&self, path: &RelativePath, create: Create) -> Result<Arc<Dir>, TreeError> {
        self.descend(path.as_str(), create)
    }

    /// The directory that is to hold this file or directory; see [`Tree::dir`].
    ///
    /// # Errors
    /// As [`Tree::dir`].
    pub(crate) fn parent_of(
        &self,
        path: &RelativePath,
        create: Create,
    ) -> Result<Arc<Dir>, TreeError> {
        self.descend(path.parent_str(), create)
    }

    /// What is at this path, without following links; `None` also if a directory above is not
    /// there.
    ///
    /// # Errors
    /// As [`Tree::dir`], for what is above.
    pub(crate) fn stat(&self, path: &RelativePath) -> Result<Option<FileState>, TreeError> {
        match self.parent_of(path, Create::No) {
            Ok(dir) => dir.stat(path.name()),
            Err(TreeError::Missing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn descend(&self, path: &str, create: Create) -> Result<Arc<Dir>, TreeError> {
        if path.is_empty() {
            return Ok(self.root());
        }
        let (mut dir, mut done) = self.nearest_kept(path);
        while let Some(rest) = path.get(done..).filter(|rest| !rest.is_empty()) {
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            let name = rest.split('/').next().unwrap_or(rest);
            done = path.len() - rest.len() + name.len();
            dir = Arc::new(dir.subdirectory(name, create)?);
            if let Some(head) = path.get(..done) {
                self.recent().keep(head, &dir);
            }
        }
        Ok(dir)
    }

    /// The deepest directory on the way that is still open, and how much of `path` it is.
    fn nearest_kept(&self, path: &str) -> (Arc<Dir>, usize) {
        let mut recent = self.recent();
        let mut head = path;
        loop {
            if let Some(dir) = recent.get(head) {
                return (dir, head.len());
            }
            match head.rsplit_once('/') {
                Some((above, _)) => head = above,
                None => return (self.root(), 0),
            }
        }
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
