//! The directory that files are written to, through directory handles.
//!
//! Checking a path and then using it leaves a gap in which someone may swap in a link. So every
//! directory on the way is opened from the one above it without following links, and files are
//! created, looked at and renamed relative to such a handle. The target itself may be a link:
//! that is the user's choice.

mod dir;
mod folds;
mod lock;
mod recent;
mod state;
mod temp_file;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use common::{Error, Kind};

pub use dir::Dir;
pub(crate) use dir::HANDLE;
pub use state::{FileKind, FileState};
pub use temp_file::{Care, TempFile};

use crate::keypath::{Folding, RelativePath};
use recent::Recent;

/// Why something in the tree cannot be used. Its text completes `cannot download KEY: ...` and
/// names the path.
#[derive(Debug)]
pub enum TreeError {
    /// Something of this kind stands where a directory or file of ours is needed.
    InTheWay {
        /// Where.
        path: PathBuf,
        /// What stands there.
        found: FileKind,
    },
    /// The directory is not there, and was not to be made.
    Missing(PathBuf),
    /// Another run holds the lock of the unfinished file.
    Busy(PathBuf),
    /// Another run has replaced our unfinished file.
    Taken(PathBuf),
    /// The system refused.
    Io {
        /// What we were doing, for `cannot DOING PATH`.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl fmt::Display for TreeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InTheWay { path, found } => {
                let what = match found {
                    FileKind::File => "is a file, and a directory is needed",
                    FileKind::Directory => "is a directory, and a file is needed",
                    FileKind::Symlink => "is a symbolic link, and links are not written through",
                    FileKind::Special => "is neither a file nor a directory",
                };
                write!(f, "{} {what}", path.display())
            }
            Self::Missing(path) => write!(f, "{} is not there", path.display()),
            Self::Busy(path) => write!(
                f,
                "another run is writing this ({} is locked)",
                path.display()
            ),
            Self::Taken(path) => write!(
                f,
                "another run is writing this ({} was replaced)",
                path.display()
            ),
            Self::Io {
                doing,
                path,
                source,
            } => {
                write!(f, "cannot {doing} {}: {source}", path.display())
            }
        }
    }
}

impl std::error::Error for TreeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::InTheWay { .. } | Self::Missing(_) | Self::Busy(_) | Self::Taken(_) => None,
        }
    }
}

impl TreeError {
    /// What a person reads when `doing` `subject` failed for this. A failed system call is told
    /// of the local path, so that a full disk stops the run and says which.
    pub fn into_error(self, doing: &str, subject: impl Into<String>) -> Error {
        match self {
            Self::Io {
                doing,
                path,
                source,
            } => Error::io(doing, path.display().to_string(), &source),
            other => Error::new(Kind::Failed, doing, subject, other.to_string()),
        }
    }

    fn io(doing: &'static str, path: impl Into<PathBuf>, source: impl Into<io::Error>) -> Self {
        Self::Io {
            doing,
            path: path.into(),
            source: source.into(),
        }
    }
}

/// Whether a directory that is not there is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Create {
    /// Make it and everything above it, mode 0777 less umask.
    Yes,
    /// Leave the disk as it is.
    No,
}

/// The directory that files are written to. Cheap to share; every call may block on the disk.
#[derive(Debug)]
pub struct Tree {
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
    pub fn open(target: &Path, create: Create) -> Result<Self, TreeError> {
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
    pub fn root(&self) -> Arc<Dir> {
        Arc::clone(&self.root)
    }

    /// A directory below the target. Keys come in order, so the directories of the last ones
    /// are kept open.
    ///
    /// # Errors
    /// A component is a link, a file or a special file, is missing and not to be made, or the
    /// system refuses.
    pub fn dir(&self, path: &RelativePath, create: Create) -> Result<Arc<Dir>, TreeError> {
        self.descend(path.as_str(), create)
    }

    /// The directory that is to hold this file or directory; see [`Tree::dir`].
    ///
    /// # Errors
    /// As [`Tree::dir`].
    pub fn parent_of(&self, path: &RelativePath, create: Create) -> Result<Arc<Dir>, TreeError> {
        self.descend(path.parent_str(), create)
    }

    /// What is at this path, without following links; `None` also if a directory above is not
    /// there.
    ///
    /// # Errors
    /// As [`Tree::dir`], for what is above.
    pub fn stat(&self, path: &RelativePath) -> Result<Option<FileState>, TreeError> {
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
