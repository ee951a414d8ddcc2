//! Where one object goes: its unfinished file, and the name that the file gets at the end.

use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use common::{Error, Result};
use jiff::Timestamp;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Manner;
use crate::keypath::{RelativePath, TempTag};
use crate::tree::{Care, Create, TempFile, Tree};

/// Where one object goes. Everything here may block on the disk.
pub(super) struct Place {
    pub(super) tree: Arc<Tree>,
    pub(super) target: RelativePath,
    pub(super) shown: String,
    pub(super) tag: TempTag,
    pub(super) mode_of_replaced: Option<u32>,
    pub(super) manner: Manner,
    /// Work on the disk goes on when nobody waits for it any more; the end of the run waits for
    /// what still holds one of these.
    pub(super) at_work: TaskTrackerToken,
}

/// A file without its final name. It is gone before its token is.
pub(super) struct Unfinished {
    temp: TempFile,
    _at_work: TaskTrackerToken,
}

impl Place {
    /// Makes the directories above it and an unfinished file.
    pub(super) fn open(&self) -> Result<Unfinished> {
        let made = self
            .tree
            .parent_of(&self.target, Create::Yes)
            .and_then(|dir| dir.create_temp(self.target.name(), self.tag, self.mode_of_replaced));
        let temp = made.map_err(|error| error.into_error("write", &self.shown))?;
        Ok(Unfinished {
            temp,
            _at_work: self.at_work.clone(),
        })
    }

    /// Writes what belongs at `offset`.
    pub(super) fn write(
        &self,
        unfinished: &Unfinished,
        offset: u64,
        chunks: &[Bytes],
    ) -> Result<()> {
        let mut at = offset;
        for chunk in chunks {
            unfinished
                .temp
                .file
                .write_all_at(chunk, at)
                .map_err(|error| Error::io("write", &self.shown, &error))?;
            at += chunk.len() as u64;
        }
        Ok(())
    }

    /// Asks the disk for all the room at once. Disks that cannot promise it find out later.
    pub(super) fn reserve(&self, unfinished: &Unfinished, size_bytes: u64) -> Result<()> {
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::fs::fallocate(
            &unfinished.temp.file,
            rustix::fs::FallocateFlags::empty(),
            0,
            size_bytes,
        ) && matches!(
            error,
            rustix::io::Errno::NOSPC | rustix::io::Errno::DQUOT | rustix::io::Errno::FBIG
        ) {
            return Err(Error::io("write", &self.shown, &error.into()));
        }
        Ok(())
    }

    /// Gives the file its name, time and mode.
    pub(super) fn finish(&self, unfinished: Unfinished, modified: Option<Timestamp>) -> Result<()> {
        let care = Care {
            synced: self.manner.is_restore(),
            only_if_new: self.manner.keeps_files(),
        };
        unfinished
            .temp
            .persist_with(modified, self.mode_of_replaced, care)
            .map_err(|error| error.into_error("write", &self.shown))
    }
}
