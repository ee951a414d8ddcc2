//! Why something is transferred, as a dry run and the report say it.

use std::fmt;

/// Why something is transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The target has nothing of this name.
    New,
    /// The target cannot be read.
    Unseen,
    /// What is there has another size.
    OtherSize,
    /// What is there has the same size, but other content.
    OtherContent,
    /// What is there has the same size, and nothing that could prove its content.
    NoProof,
    /// `--force`.
    Forced,
    /// Attributes are given that cannot be compared.
    Attributes,
}

impl Reason {
    /// Whether it was seen that the content to be moved did not stand there. If it stands there
    /// later, somebody has put it there since.
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
