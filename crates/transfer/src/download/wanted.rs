//! What is to be brought, and what never will be.

use s3_client::operations::ListedObject;

use crate::keypath::RelativePath;
use crate::plan::Reason;
use crate::tree::FileState;

/// One step of a download.
#[derive(Debug)]
pub enum Step {
    /// Bring this object.
    Fetch(Wanted, Reason),
    /// The sizes agree: bring it if the content differs.
    Compare(Wanted),
    /// Make the directory that a key ending in `/` stands for.
    MakeDirectory(String, RelativePath),
    /// It is there already.
    KeepDirectory(String, RelativePath),
    /// Never, for this reason.
    Refuse(Refused),
}

impl Step {
    /// Bytes that will count as moved when the step is done.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Fetch(wanted, _) | Self::Compare(wanted) => wanted.object.size,
            Self::MakeDirectory(..) | Self::KeepDirectory(..) | Self::Refuse(_) => 0,
        }
    }
}

/// An object and where it goes.
#[derive(Debug)]
pub struct Wanted {
    /// As the listing or HEAD shows it.
    pub object: ListedObject,
    /// This version instead of what stands under the key now.
    pub version_id: Option<String>,
    /// Where it goes, below the target directory.
    pub target: RelativePath,
    /// The file that stands there now.
    pub replaces: Option<FileState>,
}

/// A key that never becomes a file, and why, in plain words.
#[derive(Debug)]
pub struct Refused {
    /// The key.
    pub key: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// Why.
    pub cause: String,
}
