//! A file that is to be sent, as the walk found it.

use std::path::PathBuf;

use crate::keypath::RelativePath;
use crate::tree::FileState;

/// What to do with symbolic links below the root. The root itself may always be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// Send what they point to; a loop is a failure by name.
    Follow,
    /// Leave them out.
    Skip,
}

/// A regular file that the walk found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFile {
    /// Its path below the root: what follows the prefix in its key.
    pub relative: RelativePath,
    /// Where it is: the root as typed, and the way down.
    pub path: PathBuf,
    /// What it was when the walk came by.
    pub state: FileState,
}
