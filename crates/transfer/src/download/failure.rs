//! Why an object was not fetched.

use common::Error;
use s3_client::failure::Failure;

use crate::proof::Mismatch;

/// Why a fetch brought nothing.
pub(super) enum FetchError {
    /// The object is not the one that was seen first.
    Changed,
    /// The service sent the whole object instead of a range.
    NoRanges,
    /// One connection is slow, and the rest of the object is large: ranges side by side are faster.
    Slow,
    /// The run was stopped.
    Stopped,
    /// What came is not what is stored.
    Mismatch(Mismatch),
    /// A request failed after all attempts.
    Failed(Failure),
    /// The disk, or ourselves.
    Local(Error),
}

impl From<Error> for FetchError {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}
