//! Whether there is room for a restore.

use common::ui::human_size;
use common::{Error, Kind, Result};

use super::{Download, Incoming};
use crate::item::Verb;

impl Download {
    /// A restore that does not fit is not started: half of it would only fill the disk.
    pub(super) fn check_space(&self, incoming: &Incoming) -> Result<()> {
        if self.engine.verb != Verb::Restore {
            return Ok(());
        }
        let free = self.tree()?.root().free_bytes();
        let needed = incoming.object.size;
        match free {
            Some(free) if free < needed => {
                let (needed, free) = (human_size(needed), human_size(free));
                let cause = format!("no space left (needs {needed}, {free} free)");
                let path = self.shown(&incoming.target);
                let error = Error::new(Kind::Disk, "write", path, cause);
                Err(error
                    .with_hint("free space or choose another directory")
                    .stopping_the_run())
            }
            _ => Ok(()),
        }
    }
}
