//! Where one object goes: its unfinished file, and the name that the file gets at the end.

use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use common::{Error, Result};
use jiff::Timestamp;

use crate::keypath::{RelativePath, TempTag};
use crate::tree::{Create, TempFile, Tree};

/// Where one object goes. Everything here may block on the disk.
pub(super) struct Place {
    pub(super) tree: Arc<Tree>,
    pub(super) target: RelativePath,
    pub(super) shown: String,
    pub(super) tag: TempTag,
    pub(super) mode_of_replaced: Option<u32>,
}

impl Place {
    /// Makes the directories above it and an unfinished file.
    pub(super) fn open(&self) -> Result<TempFile> {
        let made = self
            .tree
            .parent_of(&self.target, Create::Yes)
            .and_then(|dir| dir.create_temp(self.target.name(), self.tag));
        made.map_err(|error| error.into_error("write", &self.shown))
    }

    /// Writes what belongs at `offset`.
    pub(super) fn write(&self, temp: &TempFile, offset: u64, chunks: &[Bytes]) -> Result<()> {
        let mut at = offset;
        for chunk in chunks {
            temp.file
                .write_all_at(chunk, at)
                .map_err(|error| Error::io("write", &self.shown, &error))?;
            at += chunk.len() as u64;
        }
        Ok(())
    }

    /// Asks the disk for all the room at once. Disks that cannot promise it find out later.
    pub(super) fn reserve(&self, temp: &TempFile, size_bytes: u64) -> Result<()> {
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::fs::fallocate(
            &temp.file,
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
    pub(super) fn finish(&self, temp: TempFile, modified: Option<Timestamp>) -> Result<()> {
        temp.persist(modified, self.mode_of_replaced)
            .map_err(|error| error.into_error("write", &self.shown))
    }
}
