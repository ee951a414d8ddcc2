//! A file to send, the object it became, and why it could not be sent.

use common::Error;
use s3_client::Failure;
use s3_client::operations::ListedObject;

use crate::parts;
use crate::plan;
use crate::walk::{Links, LocalFile};

/// The most memory that one request takes. A file up to this size is read once, into memory. Larger
/// files and parts are read twice, to hash them and to send them, chunk after chunk: that costs less
/// than it saves, because many of them are hashed side by side and would not fit into memory.
pub(super) const MOST_HELD_BYTES: u64 = parts::MIB;

/// One step of an upload.
pub(crate) type Step = plan::Step<Outgoing, ListedObject>;

/// A file and where it goes.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// The file; `None` if its bytes come from elsewhere and can be read only once.
    pub local: Option<LocalFile>,
    /// Whether it may be opened through a link.
    pub links: Links,
    /// The path of the file as a user would type it.
    pub shown: String,
    /// Its key.
    pub key: String,
    /// Its size in bytes when it was planned.
    pub size_bytes: u64,
}

/// An object that is complete.
pub(crate) struct Sent {
    pub(super) size_bytes: u64,
    pub(super) etag: Option<String>,
    pub(super) version_id: Option<String>,
    /// The name of the proof that it equals the file.
    pub(super) proof: Option<&'static str>,
}

/// Why a file could not be sent.
pub(super) enum SendError {
    /// The file changed while it was read.
    Changed {
        /// The object may be a mixture of the old and the new content.
        is_stored: bool,
    },
    Failed(Failure),
    Local(Error),
}

impl SendError {
    /// The file changed before anything of it was sent.
    pub(super) const CHANGED: Self = Self::Changed { is_stored: false };

    /// The same, found after the file was sent.
    pub(super) fn after_sending(self, is_stored: bool) -> Self {
        match self {
            Self::Changed { .. } => Self::Changed { is_stored },
            other => other,
        }
    }
}

impl From<Error> for SendError {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}
