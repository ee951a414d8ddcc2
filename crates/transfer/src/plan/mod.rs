//! What is to be done with each object or file: the decision, without any I/O.
//!
//! [`download`] and [`upload`] ask the disk and the listing, and hand what they saw to
//! [`decide`].

pub mod download;
pub mod remote;
pub mod upload;

use std::fmt;

/// What stands where the object would go: a file for a download, an object for an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Nothing,
    /// A file or object of this many bytes.
    Bytes(u64),
    /// A directory.
    Directory,
    /// A symbolic link, named by what it is.
    Link,
    /// A socket, FIFO or device.
    Special,
    /// Not known: the service could not be asked in advance.
    Unknown,
}

/// How careful to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// `--force`: transfer all.
    pub force: bool,
    /// Attributes are given that no listing shows, so that equal content is not enough.
    pub attributes: bool,
    /// A file that is there stays, whatever it holds; only the same content is no failure.
    pub keep: bool,
}

/// Why something is transferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nothing stands there yet.
    New,
    /// The service does not say what stands there.
    Unseen,
    /// Another size stands there.
    OtherSize,
    /// The same size, but other content.
    OtherContent,
    /// The same size, and nothing that could prove the content.
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

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Transfer, for this reason.
    Transfer(Reason),
    /// The sizes agree: compare the content, then transfer or skip.
    Compare,
    /// The service has to be asked about this one first.
    Ask,
    /// A file stands there that is not to be replaced.
    Keep,
    /// Never, for this reason in plain words.
    Refuse(&'static str),
}

/// | there | same size | force | attributes | decision |
/// |---|---|---|---|---|
/// | directory, link, special | | | | refuse |
/// | anything else | | yes | | transfer: forced |
/// | nothing | | no | | transfer: new |
/// | bytes, unknown | | no | yes | transfer: attributes |
/// | unknown | | no | no | ask |
/// | bytes | no | no | no | transfer: other size; keep, if files are kept |
/// | bytes | yes | no | no | compare |
pub fn decide(size: u64, there: There, policy: Policy) -> Decision {
    match there {
        There::Directory => Decision::Refuse("a directory already has this name"),
        There::Link => Decision::Refuse("a symbolic link already has this name"),
        There::Special => Decision::Refuse("a special file already has this name"),
        _ if policy.force => Decision::Transfer(Reason::Forced),
        There::Nothing => Decision::Transfer(Reason::New),
        _ if policy.attributes => Decision::Transfer(Reason::Attributes),
        There::Unknown => Decision::Ask,
        There::Bytes(there) if there != size && policy.keep => Decision::Keep,
        There::Bytes(there) if there != size => Decision::Transfer(Reason::OtherSize),
        There::Bytes(_) => Decision::Compare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Policy = Policy {
        force: false,
        attributes: false,
        keep: false,
    };
    const FORCE: Policy = Policy {
        force: true,
        attributes: false,
        keep: false,
    };
    const ATTRIBUTES: Policy = Policy {
        force: false,
        attributes: true,
        keep: false,
    };

    #[test]
    fn nothing_is_skipped_by_size_alone() {
        assert_eq!(decide(5, There::Bytes(5), PLAIN), Decision::Compare);
        assert_eq!(
            decide(5, There::Bytes(6), PLAIN),
            Decision::Transfer(Reason::OtherSize)
        );
        assert_eq!(
            decide(5, There::Nothing, PLAIN),
            Decision::Transfer(Reason::New)
        );
    }

    #[test]
    fn force_transfers_all_but_never_replaces_what_is_no_file() {
        assert_eq!(
            decide(5, There::Bytes(5), FORCE),
            Decision::Transfer(Reason::Forced)
        );
        for there in [There::Directory, There::Link, There::Special] {
            assert!(matches!(decide(5, there, FORCE), Decision::Refuse(_)));
        }
    }

    #[test]
    fn attributes_that_no_listing_shows_are_sent_again() {
        assert_eq!(
            decide(5, There::Bytes(5), ATTRIBUTES),
            Decision::Transfer(Reason::Attributes)
        );
        assert_eq!(
            decide(5, There::Nothing, ATTRIBUTES),
            Decision::Transfer(Reason::New)
        );
    }

    #[test]
    fn a_file_that_is_to_stay_is_only_compared() {
        let keep = Policy {
            keep: true,
            ..PLAIN
        };
        assert_eq!(decide(5, There::Bytes(6), keep), Decision::Keep);
        assert_eq!(decide(5, There::Bytes(5), keep), Decision::Compare);
        assert_eq!(
            decide(5, There::Nothing, keep),
            Decision::Transfer(Reason::New)
        );
    }

    #[test]
    fn what_could_not_be_listed_is_asked_for_one_by_one() {
        assert_eq!(decide(5, There::Unknown, PLAIN), Decision::Ask);
    }
}
