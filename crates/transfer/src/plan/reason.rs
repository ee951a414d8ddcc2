//! Why a file is transferred, as a dry run and the report show it.

use std::fmt;

/// Why a file is transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The target has no file of this name.
    New,
    /// The target cannot be read.
    Unseen,
    /// The target has another size.
    OtherSize,
    /// The target has the same size, but different content.
    OtherContent,
    /// The target has the same size, and no proof of its content.
    NoProof,
    /// `--force`.
    Forced,
    /// Attributes are given that cannot be compared.
    Attributes,
}

impl Reason {
    /// Whether the target is known to have had other content. If it has the new content later,
    /// somebody has put it there since.
    pub(crate) fn saw_other_content(self) -> bool {
        match self {
            Self::New | Self::OtherSize | Self::OtherContent => true,
            Self::Unseen | Self::NoProof | Self::Forced | Self::Attributes => false,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Unseen => "the target cannot be read",
            Self::OtherSize => "other size",
            Self::OtherContent => "other content",
            Self::NoProof => "content cannot be compared",
            Self::Forced => "forced",
            Self::Attributes => "attributes cannot be compared",
        })
    }
}
