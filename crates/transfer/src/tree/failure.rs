//! Why something in the target directory cannot be used.

use std::fmt;
use std::io;
use std::path::PathBuf;

use common::{Error, Kind};

use super::state::FileKind;

/// A failure in the target directory. Its text completes `cannot download KEY: ...` and contains
/// the path.
#[derive(Debug)]
pub(crate) enum TreeError {
    /// A file of this kind has the name that we need for a directory or a file.
    InTheWay {
        /// Its path.
        path: PathBuf,
        /// Its kind.
        found: FileKind,
    },
    /// The directory does not exist, and must not be created.
    Missing(PathBuf),
    /// Another run holds the lock of the unfinished file.
    Busy(PathBuf),
    /// Another run has replaced our unfinished file.
    Taken(PathBuf),
    /// A system call failed.
    Io {
        /// What we were doing, for `cannot DOING PATH`.
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// The cause.
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
    /// The error that a person reads if `doing` `subject` failed because of this. For a failed
    /// system call it names the local path, so that a full disk stops the run.
    pub(crate) fn into_error(self, doing: &str, subject: impl Into<String>) -> Error {
        match self {
            Self::Io {
                doing,
                path,
                source,
            } => Error::io(doing, path.display().to_string(), &source),
            other => Error::new(Kind::Failed, doing, subject, other.to_string()),
        }
    }

    pub(super) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
        source: impl Into<io::Error>,
    ) -> Self {
        Self::Io {
            doing,
            path: path.into(),
            source: source.into(),
        }
    }
}

/// Whether to create a directory that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    /// Create it and all directories above it, mode 0777 less umask.
    Yes,
    /// Do not change the disk.
    No,
}
