//! A file to send, as the walk found it.

use std::path::PathBuf;

use crate::keypath::RelativePath;
use crate::tree::FileState;

/// What to do with symbolic links below the root. The root itself may always be a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Send the file or directory that a link points to; a loop is a failure.
    Follow,
    /// Leave them out.
    Skip,
}

/// A regular file that the walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// What follows the prefix in its key.
    pub relative: RelativePath,
    /// Its path for messages: the root as typed, and the path below it.
    pub path: PathBuf,
    /// The number of names in its path below what the user named; 0 if the user named it.
    pub depth: usize,
    /// Its state when the walk found it.
    pub state: FileState,
}
