//! Whether there is room for a restore.

use common::ui::human_size;
use common::{Error, Kind, Result};

use super::{Download, Wanted};
use crate::item::Verb;

impl Download {
    /// A restore that cannot fit is not begun: half of it would fill the disk of whoever needs it.
    pub(super) fn check_space(&self, wanted: &Wanted) -> Result<()> {
        if self.engine.verb != Verb::Restore {
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
