//! Copies and restores: what a file that is there means, and what is done for the new one.

use common::ui::human_size;
use common::{Error, Kind, Result};

use super::{Download, Wanted};

/// What becomes of files that are there already, and how surely the new ones are on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
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

impl Manner {
    /// Whether a file that is there already has to stay.
    pub(crate) fn keeps_files(self) -> bool {
        self == Self::Restore { replace: false }
    }

    /// Whether files and directories are synced, and the free space is looked at first.
    pub(crate) fn is_restore(self) -> bool {
        self != Self::Copy
    }
}

impl Download {
    /// A restore that cannot fit is not begun: half of it would fill the disk of whoever needs it.
    pub(super) fn check_space(&self, wanted: &Wanted) -> Result<()> {
        if !self.manner.is_restore() {
            return Ok(());
        }
        let free = self.tree()?.root().free_bytes();
        let needed = wanted.object.size;
        match free {
            Some(free) if free < needed => {
                let (needed, free) = (human_size(needed), human_size(free));
                let cause = format!("no space left (needs {needed}, {free} free)");
                let path = self.shown(&wanted.target);
                let error = Error::new(Kind::Disk, "write", path, cause);
                Err(error
                    .with_hint("free space or choose another directory")
                    .stopping_the_run())
            }
            _ => Ok(()),
        }
    }
}
