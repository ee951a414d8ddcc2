//! One open directory and the names in it. Names are single components.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, fstatvfs, fsync, mkdirat, openat, statat};
use rustix::io::Errno;

use super::{Create, FileKind, FileState, TreeError};
use crate::keypath::NAME_MAX_BYTES;

/// A handle is enough: the right to list a directory is not needed to write into it.
#[cfg(target_os = "linux")]
pub(crate) const HANDLE: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
pub(crate) const HANDLE: OFlags = OFlags::RDONLY;

/// An open directory of the tree.
#[derive(Debug)]
pub(crate) struct Dir {
    handle: OwnedFd,
    /// The path as the user typed the target, for messages only.
    shown: PathBuf,
    /// The longest name here, in bytes; less than 255 on some encrypting file systems.
    name_max: usize,
}

impl Dir {
    pub(super) fn open_target(target: &Path) -> Result<Self, TreeError> {
        // An empty path is the current directory, as everywhere in `std::path`.
        let path = if target.as_os_str().is_empty() {
            Path::new(".")
        } else {
            target
        };
        let flags = HANDLE | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = openat(CWD, path, flags, Mode::empty()).map_err(|errno| match errno {
            Errno::NOENT => TreeError::Missing(target.into()),
            Errno::NOTDIR if path.symlink_metadata().is_ok() => TreeError::InTheWay {
                path: target.into(),
                found: FileKind::File,
            },
            errno => TreeError::io("open", target, errno),
        })?;
        let name_max = longest_name(handle.as_fd());
        Ok(Self {
            handle,
            shown: target.into(),
            name_max,
        })
    }

    /// The path for messages: the target as typed, and the way down.
    pub(crate) fn path(&self) -> &Path {
        &self.shown
    }

    /// Opens a directory in this one, never through a link.
    pub(super) fn subdirectory(&self, name: &str, create: Create) -> Result<Self, TreeError> {
        match self.open_subdirectory(name) {
            Err(TreeError::Missing(_)) if create == Create::Yes => {
                self.make_dir(name)?;
                self.open_subdirectory(name)
            }
            opened => opened,
        }
    }

    fn open_subdirectory(&self, name: &str) -> Result<Self, TreeError> {
        let flags = HANDLE | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match openat(&self.handle, name, flags, Mode::empty()) {
            Ok(handle) => Ok(Self {
                handle,
                shown: self.shown.join(name),
                name_max: self.name_max,
            }),
            Err(Errno::NOENT) => Err(TreeError::Missing(self.shown.join(name))),
            // ELOOP or ENOTDIR for a link, depending on the system; ENOTDIR for all else.
            Err(errno @ (Errno::LOOP | Errno::NOTDIR | Errno::MLINK)) => match self.stat(name)? {
                Some(state) if state.kind != FileKind::Directory => {
                    Err(self.in_the_way(name, state.kind))
                }
                _ => Err(TreeError::io("open", self.shown.join(name), errno)),
            },
            Err(errno) => Err(TreeError::io("open", self.shown.join(name), errno)),
        }
    }

    /// Makes a directory, mode 0777 less umask; one that is there already is fine.
    ///
    /// # Errors
    /// Something else has this name, or the system refuses.
    pub(crate) fn make_dir(&self, name: &str) -> Result<(), TreeError> {
        match mkdirat(&self.handle, name, Mode::from_raw_mode(0o777)) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => match self.stat(name)? {
                Some(state) if state.kind != FileKind::Directory => {
                    Err(self.in_the_way(name, state.kind))
                }
                _ => Ok(()),
            },
            Err(errno) => Err(TreeError::io(
                "create the directory",
                self.shown.join(name),
                errno,
            )),
        }
    }

    /// What has this name, without following a link; `None` if nothing has.
    ///
    /// # Errors
    /// The system refuses, for example because the name is too long for this disk.
    pub(crate) fn stat(&self, name: &str) -> Result<Option<FileState>, TreeError> {
        match statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileState::from_stat(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(TreeError::io("look at", self.shown.join(name), errno)),
        }
    }

    /// Opens a regular file for reading, and says what it is now.
    ///
    /// # Errors
    /// It is not there, a link, or not a regular file; or the system refuses.
    pub(crate) fn open_file(&self, name: &str) -> Result<(File, FileState), TreeError> {
        // NONBLOCK: whoever puts a FIFO here between a look and this call must not hang us.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = || self.shown.join(name);
        let handle =
            openat(&self.handle, name, flags, Mode::empty()).map_err(|errno| match errno {
                Errno::NOENT => TreeError::Missing(path()),
                Errno::LOOP | Errno::MLINK => self.in_the_way(name, FileKind::Symlink),
                // A socket, or a FIFO or device that nobody serves.
                Errno::NXIO | Errno::NODEV | Errno::OPNOTSUPP => {
                    self.in_the_way(name, FileKind::Special)
                }
                errno => TreeError::io("open", path(), errno),
            })?;
        let stat = fstat(&handle).map_err(|errno| TreeError::io("look at", path(), errno))?;
        let state = FileState::from_stat(&stat);
        match state.kind {
            FileKind::File => Ok((File::from(handle), state)),
            other => Err(self.in_the_way(name, other)),
        }
    }

    /// Bytes that may still be written here; `None` if the disk does not say.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        let disk = fstatvfs(&self.handle).ok()?;
        // Some network and virtual file systems count no blocks at all.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// The number of the device that this directory is on.
    pub(super) fn disk(&self) -> Result<u64, TreeError> {
        match fstat(&self.handle) {
            Ok(stat) => Ok(FileState::from_stat(&stat).dev),
            Err(errno) => Err(TreeError::io("look at", self.path(), errno)),
        }
    }

    /// Waits until the names in this directory are on the disk.
    pub(super) fn sync(&self) -> Result<(), TreeError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // A handle that can be synced needs the right to list; where that is missing, or the file
        // system syncs no directories, there is nothing more to be done.
        let opened = openat(&self.handle, ".", flags, Mode::empty());
        let synced = opened.and_then(fsync);
        match synced {
            Ok(()) | Err(Errno::ACCESS | Errno::INVAL | Errno::NOTSUP) => Ok(()),
            Err(errno) => Err(TreeError::io("sync", self.path(), errno)),
        }
    }

    pub(super) fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    pub(super) fn name_max(&self) -> usize {
        self.name_max
    }

    pub(super) fn in_the_way(&self, name: &str, found: FileKind) -> TreeError {
        TreeError::InTheWay {
            path: self.shown.join(name),
            found,
        }
    }
}

/// What the disk says, if it makes sense: VFAT counts more than its names can have, and a
/// network file system may say nothing.
fn longest_name(handle: BorrowedFd<'_>) -> usize {
    let said = fstatvfs(handle)
        .ok()
        .and_then(|disk| usize::try_from(disk.f_namemax).ok());
    said.filter(|&bytes| bytes >= 64)
        .map_or(NAME_MAX_BYTES, |bytes| bytes.min(NAME_MAX_BYTES))
}
