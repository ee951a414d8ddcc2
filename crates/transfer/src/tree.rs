//! The directory that files are written to. All access is relative to open directories.
//!
//! If a path is checked and then used, somebody may put a link there in between. So every directory
//! is opened from the one above it without following links, and files are created, checked and
//! renamed relative to such a handle. The target itself may be a link, because the user chose it.

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
    /// Creates the unfinished file that will get `name`. The file is new and locked, and only users
    /// who may read the final file can read it. A file that a killed run left is replaced.
    ///
    /// # Errors
    /// Another run is writing it, another file has the temp name, or a system call failed.
    pub(crate) fn create_temp(
        self: &Arc<Self>,
        name: &str,
        tag: TempTag,
        mode_of_replaced: Option<u32>,
    ) -> Result<TempFile, TreeError> {
        TempFile::create(self, name, tag, mode_of_replaced)
    }
}

/// The directory that files are written to. Clones are cheap; every call may block on the disk.
#[derive(Debug)]
pub(crate) struct Tree {
    root: Arc<Dir>,
    recent: Mutex<Recent>,
    /// How the disks below the target fold names, by device number.
    foldings: Mutex<HashMap<u64, Folding>>,
}

impl Tree {
    /// Opens the target directory. Links in its own path are followed.
    ///
    /// # Errors
    /// It does not exist and must not be created, it is not a directory, or a system call failed.
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

    /// A directory below the target. Keys come in order, so the most recent directories are kept
    /// open.
    ///
    /// # Errors
    /// A component is a link, a file or a special file; it does not exist and must not be created;
    /// or a system call failed.
    pub(crate) fn dir(&self, path: &RelativePath, create: Create) -> Result<Arc<Dir>, TreeError> {
        self.descend(path.as_str(), create)
    }

    /// The directory that contains this file or directory; see [`Tree::dir`].
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

    /// The file at this path, without following links; `None` also if a directory above it does not
    /// exist.
    ///
    /// # Errors
    /// As [`Tree::dir`], for the directories above it.
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

    /// The deepest directory of `path` that is still open, and the length of its path.
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
