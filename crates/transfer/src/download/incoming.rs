//! What is to be fetched.

use s3_client::operations::ListedObject;

use crate::keypath::RelativePath;
use crate::plan;
use crate::tree::FileState;

/// One step of a download.
pub type Step = plan::Step<Incoming, FileState>;

/// An object and where it goes.
#[derive(Debug)]
pub struct Incoming {
    /// As the listing or HEAD shows it.
    pub object: ListedObject,
    /// The version, if not the current one.
    pub version_id: Option<String>,
    /// Where it goes, below the target directory.
    pub target: RelativePath,
    /// Its key ends in `/`: it becomes a directory.
    pub(crate) is_directory: bool,
    /// The file that has its name now.
    pub(crate) replaces: Option<FileState>,
}
