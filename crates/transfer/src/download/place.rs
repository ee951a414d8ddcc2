//! Where one object goes: its unfinished file, and the name that the file gets at the end.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use common::{Error, Result};
use jiff::Timestamp;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::keypath::{RelativePath, TempTag};
use crate::tree::{Create, Persist, TempFile, Tree, TreeError};

/// How much is read at a time.
const CHUNK_BYTES: usize = 256 * 1024;

/// Where one object goes. Everything here may block on the disk.
pub(super) struct Place {
    pub(super) tree: Arc<Tree>,
    pub(super) target: RelativePath,
    pub(super) shown: String,
    pub(super) tag: TempTag,
    pub(super) mode_of_replaced: Option<u32>,
    /// An existing file is not replaced.
    pub(super) keeps_files: bool,
    /// The file and its directory are synced.
    pub(super) synced: bool,
    /// Disk work continues after its task was dropped; the end of the run waits for all tokens.
    pub(super) at_work: TaskTrackerToken,
    /// The same for the end of an attempt: the open file keeps a lock that the next one needs.
    pub(super) writer: TaskTrackerToken,
}

/// A file without its final name. It is gone before its tokens are.
pub(super) struct Unfinished {
    temp: TempFile,
    _at_work: TaskTrackerToken,
    _writer: TaskTrackerToken,
}

/// What became of a complete file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// It has its name.
    InPlace,
    /// A file that must not be replaced has the same content.
    SameIsThere,
    /// A file that must not be replaced has other content.
    OtherIsThere,
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
            _writer: self.writer.clone(),
        })
    }

    /// The same, with disk space for all of the object: a full disk shows before the transfer.
    pub(super) fn open_reserved(&self, size_bytes: u64) -> Result<Unfinished> {
        let unfinished = self.open()?;
        self.reserve(&unfinished, size_bytes)?;
        Ok(unfinished)
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

    /// Reserves the disk space. Disks that cannot reserve report a full disk later.
    fn reserve(&self, unfinished: &Unfinished, size_bytes: u64) -> Result<()> {
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

    /// Gives the file its name, time and mode, unless an existing file must not be replaced.
    pub(super) fn finish(
        &self,
        unfinished: Unfinished,
        modified: Option<Timestamp>,
    ) -> Result<Placed> {
        if self.keeps_files
            && let Some(placed) = self.compare(&unfinished)?
        {
            return Ok(placed);
        }
        let options = Persist {
            synced: self.synced,
            only_if_new: self.keeps_files,
        };
        unfinished
            .temp
            .persist(modified, self.mode_of_replaced, options)
            .map_err(|error| error.into_error("write", &self.shown))?;
        Ok(Placed::InPlace)
    }

    /// Compares the complete file with the one that is there; `None` if none is.
    fn compare(&self, unfinished: &Unfinished) -> Result<Option<Placed>> {
        let opened = self
            .tree
            .parent_of(&self.target, Create::No)
            .and_then(|dir| dir.open_file(self.target.name()));
        let there = match opened {
            Ok((file, _)) => file,
            Err(TreeError::Missing(_)) => return Ok(None),
            Err(error) => return Err(error.into_error("read", &self.shown)),
        };
        let same = same_content(&there, &unfinished.temp.file)
            .map_err(|error| Error::io("read", &self.shown, &error))?;
        Ok(Some(if same {
            Placed::SameIsThere
        } else {
            Placed::OtherIsThere
        }))
    }
}

fn same_content(one: &File, other: &File) -> io::Result<bool> {
    let size = one.metadata()?.len();
    if other.metadata()?.len() != size {
        return Ok(false);
    }
    let (mut left, mut right) = (vec![0; CHUNK_BYTES], vec![0; CHUNK_BYTES]);
    let mut at = 0;
    while at < size {
        let length = usize::try_from(size - at).unwrap_or(usize::MAX);
        let length = length.min(CHUNK_BYTES);
        let (Some(left), Some(right)) = (left.get_mut(..length), right.get_mut(..length)) else {
            return Ok(false);
        };
        one.read_exact_at(left, at)?;
        other.read_exact_at(right, at)?;
        if left != right {
            return Ok(false);
        }
        at += length as u64;
    }
    Ok(true)
}
