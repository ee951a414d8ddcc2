//! Why something in the local tree is not sent.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use common::{Error, Kind};

use crate::filter::Filters;
use crate::keypath::Refusal;

/// A file or directory that cannot be sent.
#[derive(Debug)]
pub struct WalkFailure {
    /// Its path for messages: the root as typed, and the path below it.
    pub path: PathBuf,
    /// Why.
    pub cause: Cause,
    /// Its path as filters see it; empty for what the user named.
    pub(super) relative: PathBuf,
    /// It is a directory or may be one, and nobody knows what is in it.
    pub(super) hides_files: bool,
}

/// Why something cannot be sent.
#[derive(Debug)]
pub enum Cause {
    /// A link whose target does not exist.
    Dangling,
    /// A link to a directory that contains it.
    Loop(PathBuf),
    /// A FIFO, socket or device: never opened, and without content to send.
    Special,
    /// Its name is not UTF-8, but keys must be.
    NotUtf8,
    /// Its name cannot be part of a key that we would download again.
    NoKey(Refusal),
    /// Another file took its place after the walk found it.
    Replaced,
    /// A system call failed.
    Io(io::Error),
}

impl WalkFailure {
    pub(super) fn new(path: impl Into<PathBuf>, cause: Cause) -> Self {
        Self {
            path: path.into(),
            cause,
            relative: PathBuf::new(),
            hides_files: false,
        }
    }

    /// The same about a directory, which may have files that are to be sent.
    pub(super) fn hides_files(mut self) -> Self {
        self.hides_files = true;
        self
    }

    /// The same in a walk of `root`.
    pub(super) fn below(mut self, root: &Path) -> Self {
        let relative = self.path.strip_prefix(root);
        self.relative = relative.map(Path::to_owned).unwrap_or_default();
        self
    }

    /// Whether the filters leave it out.
    pub(crate) fn is_left_out_by(&self, filters: &Filters) -> bool {
        let relative = self.relative.as_os_str();
        if relative.is_empty() {
            return false;
        }
        if self.hides_files {
            !filters.may_allow_below(relative)
        } else {
            !filters.allows(relative)
        }
    }

    /// A failure while `directory` was read.
    pub(super) fn from_walkdir(directory: &Path, error: walkdir::Error) -> Self {
        let path = error.path().unwrap_or(directory).to_owned();
        let error = error
            .into_io_error()
            .unwrap_or_else(|| io::ErrorKind::Other.into());
        Self::from_io(path, error).hides_files()
    }

    /// A system call failed for `path`.
    pub(super) fn from_io(path: PathBuf, error: io::Error) -> Self {
        let is_link = path
            .symlink_metadata()
            .is_ok_and(|found| found.is_symlink());
        let cause = match error.kind() {
            io::ErrorKind::NotFound if is_link => Cause::Dangling,
            _ => Cause::Io(error),
        };
        Self::new(path, cause)
    }

    /// Whether a warning is enough, because there is no content to send.
    pub fn is_skip(&self) -> bool {
        matches!(self.cause, Cause::Special)
    }

    /// The error that a person reads: `cannot upload PATH: CAUSE`.
    pub fn into_error(self) -> Error {
        let path = self.path.display().to_string();
        match &self.cause {
            Cause::Io(source) => Error::io("read", path, source),
            cause => Error::new(Kind::Failed, "upload", path, cause.to_string()),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dangling => f.write_str("it is a link to something that is not there"),
            Self::Loop(ancestor) => {
                write!(
                    f,
                    "it is a link back to {}, which it is below",
                    ancestor.display()
                )
            }
            Self::Special => f.write_str("it is a FIFO, socket or device"),
            Self::NotUtf8 => f.write_str("its name is not UTF-8, which keys must be"),
            Self::NoKey(Refusal::TempName) => {
                f.write_str("it is a directory named like the unfinished files of these programs")
            }
            Self::NoKey(_) => f.write_str("its name cannot be part of a key"),
            Self::Replaced => f.write_str("it was replaced by another file while this ran"),
            Self::Io(error) => error.fmt(f),
        }
    }
}
