//! What is to be brought.

use s3_client::operations::ListedObject;

use crate::keypath::RelativePath;
use crate::plan;
use crate::tree::FileState;

/// One step of a download.
pub type Step = plan::Step<Wanted, FileState>;

/// An object and where it goes.
#[derive(Debug)]
pub struct Wanted {
    /// As the listing or HEAD shows it.
    pub object: ListedObject,
    /// This version instead of what stands under the key now.
    pub version_id: Option<String>,
    /// Where it goes, below the target directory.
    pub target: RelativePath,
    /// Its key ends in `/`: it becomes a directory.
    pub(crate) is_directory: bool,
    /// The file that stands there now.
    pub(crate) replaces: Option<FileState>,
}
