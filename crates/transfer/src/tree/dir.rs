//! One open directory and the files in it. Names have a single component.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, fstatvfs, fsync, mkdirat, openat, statat};
use rustix::io::Errno;

use super::{Create, FileKind, FileState, TreeError};
use crate::keypath::NAME_MAX_BYTES;

/// This handle needs no permission to list the directory, and writing into it needs none either.
#[cfg(target_os = "linux")]
pub(crate) const HANDLE: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
pub(crate) const HANDLE: OFlags = OFlags::RDONLY;

/// An open directory of the tree.
#[derive(Debug)]
pub(crate) struct Dir {
    handle: OwnedFd,
    /// The target as the user typed it, for messages only.
    shown: PathBuf,
    /// The longest name that is possible here, in bytes; less than 255 on some encrypting file
    /// systems.
    name_max: usize,
}

impl Dir {
    pub(super) fn open_target(target: &Path) -> Result<Self, TreeError> {
        // An empty path means the current directory, as in `std::path`.
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

    /// The path for messages: the target as typed, and the path below it.
    pub(crate) fn path(&self) -> &Path {
        &self.shown
    }

    /// Opens a directory inside this one. Does not follow links.
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
            // A link gives ELOOP or ENOTDIR, depending on the system; other files give ENOTDIR.
            Err(errno @ (Errno::LOOP | Errno::NOTDIR | Errno::MLINK)) => match self.stat(name)? {
                Some(state) if state.kind != FileKind::Directory => {
                    Err(self.in_the_way(name, state.kind))
                }
                _ => Err(TreeError::io("open", self.shown.join(name), errno)),
            },
            Err(errno) => Err(TreeError::io("open", self.shown.join(name), errno)),
        }
    }

    /// Creates a directory, mode 0777 less umask. Succeeds if it exists already.
    ///
    /// # Errors
    /// A file of another kind has this name, or a system call failed.
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

    /// The state of the file with this name, without following a link; `None` if there is no such
    /// file.
    ///
    /// # Errors
    /// A system call failed, for example because the name is too long for this disk.
    pub(crate) fn stat(&self, name: &str) -> Result<Option<FileState>, TreeError> {
        match statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(FileState::from_stat(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(TreeError::io("look at", self.shown.join(name), errno)),
        }
    }

    /// Opens a regular file for reading, and returns its present state.
    ///
    /// # Errors
    /// It does not exist, is a link, or is not a regular file; or a system call failed.
    pub(crate) fn open_file(&self, name: &str) -> Result<(File, FileState), TreeError> {
        // With NONBLOCK, opening a FIFO does not wait. Somebody may have put one here after our
        // last check.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = || self.shown.join(name);
        let handle =
            openat(&self.handle, name, flags, Mode::empty()).map_err(|errno| match errno {
                Errno::NOENT => TreeError::Missing(path()),
                Errno::LOOP | Errno::MLINK => self.in_the_way(name, FileKind::Symlink),
                // A socket, or a FIFO or device without another end.
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

    /// Number of bytes that can still be written here; `None` if the disk does not tell.
    pub(crate) fn free_bytes(&self) -> Option<u64> {
        let disk = fstatvfs(&self.handle).ok()?;
        // Some network and virtual file systems report zero blocks.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// The number of the device that this directory is on.
    pub(super) fn disk(&self) -> Result<u64, TreeError> {
        match fstat(&self.handle) {
            Ok(stat) => Ok(FileState::from_stat(&stat).dev),
            Err(errno) => Err(TreeError::io("look at", self.path(), errno)),
        }
    }

    /// Waits until the names in this directory are stored on the disk.
    pub(super) fn sync(&self) -> Result<(), TreeError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        // Syncing needs a handle with permission to list. Without it, or if the file system cannot
        // sync directories, this does nothing.
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

/// The limit that the disk reports, if it is plausible: VFAT reports too much, and a network file
/// system may report none.
fn longest_name(handle: BorrowedFd<'_>) -> usize {
    let said = fstatvfs(handle)
        .ok()
        .and_then(|disk| usize::try_from(disk.f_namemax).ok());
    said.filter(|&bytes| bytes >= 64)
        .map_or(NAME_MAX_BYTES, |bytes| bytes.min(NAME_MAX_BYTES))
}
