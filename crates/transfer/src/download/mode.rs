//! Copies and restores: what a file that is there means, and what is done for the new one.

/// What becomes of files that are there already, and how surely the new ones are on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A copy that is brought up to date: what differs is replaced.
    #[default]
    Copy,
    /// Something that was lost and comes back: the free space is looked at first, file and
    /// directory are synced, and no file is replaced unless that is asked for.
    Restore {
        /// `--force`.
        replace: bool,
    },
}

impl Mode {
    /// Whether a file that is there already has to stay.
    pub(crate) fn keeps_files(self) -> bool {
        self == Self::Restore { replace: false }
    }

    /// Whether files and directories are synced, and the free space is looked at first.
    pub(crate) fn is_restore(self) -> bool {
        self != Self::Copy
    }
}
