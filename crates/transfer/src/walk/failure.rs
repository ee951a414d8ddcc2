//! Why something in the local tree is not sent.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use common::{Error, Kind};

use crate::keypath::Refusal;

/// Something that cannot be sent, by name.
#[derive(Debug)]
pub struct WalkFailure {
    /// Where it is: the root as typed, and the way down.
    pub path: PathBuf,
    /// Why.
    pub cause: Cause,
}

/// Why something cannot be sent.
#[derive(Debug)]
pub enum Cause {
    /// A link to nothing.
    Dangling,
    /// A link to a directory that it is itself below.
    Loop(PathBuf),
    /// A FIFO, socket or device: never opened, nothing to send.
    Special,
    /// Its name is not UTF-8, and keys are.
    NotUtf8,
    /// Its name cannot be (part of) a key of ours.
    NoKey(Refusal),
    /// It was replaced by another file since the walk came by.
    Replaced,
    /// The system refused.
    Io(io::Error),
}

impl WalkFailure {
    pub(super) fn new(path: impl Into<PathBuf>, cause: Cause) -> Self {
        Self {
            path: path.into(),
            cause,
        }
    }

    /// While `directory` was read.
    pub(super) fn from_walkdir(directory: &Path, error: walkdir::Error) -> Self {
        let path = error.path().unwrap_or(directory).to_owned();
        let error = error
            .into_io_error()
            .unwrap_or_else(|| io::ErrorKind::Other.into());
        Self::from_io(path, error)
    }

    /// The system refused to say what is at `path`, or what is in it.
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

    /// Whether this deserves a warning only: there is no content that could be sent.
    pub fn is_skip(&self) -> bool {
        matches!(self.cause, Cause::Special)
    }

    /// What a person reads: `cannot upload PATH: CAUSE`.
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
