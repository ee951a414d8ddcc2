//! A file that gets its final name only when it is complete and checked.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, fchmod, fstat, fsync, futimens, openat, renameat,
    renameat_with, statat, unlinkat,
};
use rustix::io::Errno;

use super::lock::Lock;
use super::state::{is_same, mode_bits, modified_at};
use super::{Dir, FileKind, FileState, TreeError};
use crate::keypath::{TempTag, fits_beside};

/// After this many attempts at an exclusive name we report that another run is busy with the file.
const TRIES: usize = 16;

/// How a file gets its final name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Persist {
    /// Content and name are on the disk when the call returns.
    pub synced: bool,
    /// Only if no file has the name.
    pub only_if_new: bool,
}

/// An unfinished file. It is removed if it is dropped without [`TempFile::persist`]. If the process
/// is killed, it stays under its temp name, unlocked.
///
/// All runs use the same temp name for the same object. A lock tells whether another run is writing
/// the file or a killed run left it. But some disks have no locks, and on others only the same
/// machine sees them, so the name proves nothing. Therefore the file gets a unique name before it
/// is renamed or removed, and is then compared with the open file.
#[derive(Debug)]
pub(crate) struct TempFile {
    /// The file, for reading and writing.
    pub file: Arc<File>,
    dir: Arc<Dir>,
    name: String,
    temp_name: String,
    /// Whether `temp_name` is unique, so that no other run uses it.
    is_name_unique: bool,
    mode: u32,
    persisted: bool,
}

impl TempFile {
    pub(super) fn create(
        dir: &Arc<Dir>,
        name: &str,
        tag: TempTag,
        mode_of_replaced: Option<u32>,
    ) -> Result<Self, TreeError> {
        let temp_name = fits_beside(name, tag, dir.name_max());
        // A file that replaces a private file is private from the beginning. A later run must be
        // able to open it.
        let mode = mode_of_replaced.map_or(0o666, |mode| mode & 0o666 | 0o600);
        let temp_file =
            |handle: OwnedFd, temp_name: String, is_name_unique| -> Result<_, TreeError> {
                let stat = fstat(&handle).map_err(|errno| {
                    TreeError::io("look at", dir.path().join(&temp_name), errno)
                })?;
                let file = Self {
                    file: Arc::new(File::from(handle)),
                    dir: Arc::clone(dir),
                    name: name.to_owned(),
                    temp_name,
                    is_name_unique,
                    mode: FileState::from_stat(&stat).mode,
                    persisted: false,
                };
                Ok((file, stat.st_nlink > 0))
            };
        for _ in 0..TRIES {
            if let Some(handle) = create(dir, &temp_name, mode)? {
                let lock = lock(dir, &handle, &temp_name)?;
                let (mut file, is_named) = temp_file(handle, temp_name.clone(), false)?;
                match lock {
                    // Another run may have removed the file as a stale one before we got the lock.
                    // It locked the file first, so now the file has no name.
                    Lock::Held if !is_named => {}
                    Lock::Held => return Ok(file),
                    Lock::Unsupported => {
                        file.take_unique_name()?;
                        return Ok(file);
                    }
                }
            } else if remove_stale(dir, &temp_name)? == Lock::Unsupported {
                // We cannot know whether another run is writing that file.
                let secret = fits_beside(name, TempTag::random(), dir.name_max());
                if let Some(handle) = create(dir, &secret, mode)? {
                    return temp_file(handle, secret, true).map(|(file, _)| file);
                }
            }
        }
        Err(TreeError::Busy(dir.path().join(temp_name)))
    }

    /// The final path, for messages.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join(&self.name)
    }

    /// Gives the file its final name and replaces any file that has it. First sets the modification
    /// time and the mode of the replaced file, so that the file is complete when the name appears.
    /// Set-user-id and set-group-id are not copied: they were given to other content.
    ///
    /// If a disk supports neither (vfat, some network disks), a warning goes to the log.
    ///
    /// # Errors
    /// A directory has the name; with `only_if_new`, anything has the name; a system call failed.
    /// The unfinished file is then removed.
    pub(crate) fn persist(
        mut self,
        mtime: Option<Timestamp>,
        mode_of_replaced: Option<u32>,
        options: Persist,
    ) -> Result<(), TreeError> {
        self.take_unique_name()?;
        let failed = |doing, errno: Errno| TreeError::io(doing, self.path(), errno);
        if let Some(mode) = mode_of_replaced
            .map(|mode| mode & 0o1777)
            .filter(|mode| *mode != self.mode)
        {
            self.grumble("mode", fchmod(&self.file, mode_bits(mode)));
        }
        if let Some(mtime) = mtime {
            self.grumble("time", futimens(&self.file, &modified_at(mtime)));
        }
        if options.synced {
            fsync(&self.file).map_err(|errno| failed("sync", errno))?;
        }
        self.rename(options.only_if_new)
            .map_err(|errno| match errno {
                Errno::EXIST if options.only_if_new => TreeError::Io {
                    doing: "write",
                    path: self.path(),
                    source: std::io::Error::other(
                        "a file of this name was created in the meantime",
                    ),
                },
                Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST => {
                    self.dir.in_the_way(&self.name, FileKind::Directory)
                }
                errno => failed("write", errno),
            })?;
        self.persisted = true;
        if options.synced {
            self.dir.sync()
        } else {
            Ok(())
        }
    }

    /// Gives the file a unique temp name, and checks that the name belongs to this file.
    fn take_unique_name(&mut self) -> Result<(), TreeError> {
        if self.is_name_unique {
            return Ok(());
        }
        let dir = self.dir.handle();
        let secret = fits_beside(&self.name, TempTag::random(), self.dir.name_max());
        let taken = || TreeError::Taken(self.dir.path().join(&self.temp_name));
        if fstat(&self.file).is_ok_and(|stat| stat.st_nlink == 0) {
            return Err(taken());
        }
        match renameat(dir, &self.temp_name, dir, &secret) {
            Ok(()) => {}
            Err(Errno::NOENT) => return Err(taken()),
            Err(errno) => return Err(TreeError::io("write", self.path(), errno)),
        }
        let is_ours = self.has_name(&secret);
        if !matches!(is_ours, Ok(true)) {
            // It is another run's file, so it gets its name back. If that fails, the other run will
            // notice that its file is gone, as we did here.
            let back = RenameFlags::NOREPLACE;
            let _ = renameat_with(dir, &secret, dir, &self.temp_name, back);
        }
        match is_ours {
            Ok(true) => {
                self.temp_name = secret;
                self.is_name_unique = true;
                Ok(())
            }
            Ok(false) => Err(taken()),
            Err(errno) => Err(TreeError::io("look at", self.path(), errno)),
        }
    }

    /// Whether the name belongs to this file. The name is opened, not only looked up: NFS answers a
    /// lookup from its cache.
    fn has_name(&self, name: &str) -> Result<bool, Errno> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let named = openat(self.dir.handle(), name, flags, Mode::empty())?;
        Ok(is_same(&fstat(&named)?, &fstat(&self.file)?))
    }

    fn rename(&self, only_if_new: bool) -> Result<(), Errno> {
        let dir = self.dir.handle();
        if only_if_new {
            match renameat_with(
                dir,
                &self.temp_name,
                dir,
                &self.name,
                RenameFlags::NOREPLACE,
            ) {
                // Not every file system supports this. The plan has already checked that the name
                // is free.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                renamed => return renamed,
            }
        }
        renameat(dir, &self.temp_name, dir, &self.name)
    }

    fn grumble(&self, what: &str, outcome: Result<(), Errno>) {
        if let Err(errno) = outcome {
            log::warn!("{}: cannot set its {what}: {errno}", self.path().display());
        }
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.persisted && self.take_unique_name().is_ok() {
            // A failure here has no remedy.
            let _ = unlinkat(self.dir.handle(), &self.temp_name, AtFlags::empty());
        }
    }
}

/// Creates the file; `None` if the name is taken.
fn create(dir: &Arc<Dir>, temp_name: &str, mode: u32) -> Result<Option<OwnedFd>, TreeError> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    match openat(dir.handle(), temp_name, flags, mode_bits(mode)) {
        Ok(handle) => Ok(Some(handle)),
        Err(Errno::EXIST) => Ok(None),
        Err(errno) => Err(TreeError::io("create", dir.path().join(temp_name), errno)),
    }
}

/// Removes the temp file of a killed run. A file that another run has locked is not removed;
/// without locks, no file is.
fn remove_stale(dir: &Arc<Dir>, temp_name: &str) -> Result<Lock, TreeError> {
    let path = || dir.path().join(temp_name);
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let handle = match openat(dir.handle(), temp_name, flags, Mode::empty()) {
        Ok(handle) => handle,
        Err(Errno::NOENT) => return Ok(Lock::Held),
        Err(errno) => {
            return Err(match dir.stat(temp_name)? {
                Some(state) if state.kind != FileKind::File => {
                    dir.in_the_way(temp_name, state.kind)
                }
                _ => TreeError::io("open", path(), errno),
            });
        }
    };
    let opened = fstat(&handle).map_err(|errno| TreeError::io("look at", path(), errno))?;
    let kind = FileState::from_stat(&opened).kind;
    if kind != FileKind::File {
        return Err(dir.in_the_way(temp_name, kind));
    }
    if lock(dir, &handle, temp_name)? == Lock::Unsupported {
        return Ok(Lock::Unsupported);
    }
    // The run that had the lock may have given the file its final name meanwhile.
    match statat(dir.handle(), temp_name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(named) if is_same(&named, &opened) => {
            unlinkat(dir.handle(), temp_name, AtFlags::empty())
                .or_else(|errno| {
                    if errno == Errno::NOENT {
                        Ok(())
                    } else {
                        Err(errno)
                    }
                })
                .map_err(|errno| TreeError::io("remove", path(), errno))?;
        }
        _ => {}
    }
    Ok(Lock::Held)
}

fn lock(dir: &Arc<Dir>, handle: &impl AsFd, temp_name: &str) -> Result<Lock, TreeError> {
    match Lock::try_on(handle) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => Err(TreeError::Busy(dir.path().join(temp_name))),
        Err(errno) => Err(TreeError::io("lock", dir.path().join(temp_name), errno)),
    }
}
