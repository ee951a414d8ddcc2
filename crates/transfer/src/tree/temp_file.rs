//! A file that nobody sees under its final name before it is complete and checked.

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

/// How often a name may change hands between two system calls before we call it busy.
const TRIES: usize = 16;

/// How a file gets its final name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Persist {
    /// Content and name are on the disk when the call returns.
    pub synced: bool,
    /// Only if nothing has the name.
    pub only_if_new: bool,
}

/// An unfinished file. Dropped without [`TempFile::persist`] it is gone; killed, it stays under
/// its temp name, unlocked.
///
/// All runs give the unfinished copy of one object the same name, and a lock tells a copy that is
/// being written from one that a killed run left. But some disks have no locks, and on others
/// only the same machine sees them. So the name proves nothing: before the file is renamed or
/// removed, it gets a name that no other run knows, and is then compared with the open file.
#[derive(Debug)]
pub(crate) struct TempFile {
    /// The file, for reading and writing.
    pub file: Arc<File>,
    dir: Arc<Dir>,
    name: String,
    temp_name: String,
    /// No other run knows `temp_name`.
    set_aside: bool,
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
        // What replaces a private file is private while it comes, too; a later run must be able to
        // open it.
        let mode = mode_of_replaced.map_or(0o666, |mode| mode & 0o666 | 0o600);
        let temp_file = |handle: OwnedFd, temp_name: String, set_aside| -> Result<_, TreeError> {
            let stat = fstat(&handle)
                .map_err(|errno| TreeError::io("look at", dir.path().join(&temp_name), errno))?;
            let file = Self {
                file: Arc::new(File::from(handle)),
                dir: Arc::clone(dir),
                name: name.to_owned(),
                temp_name,
                set_aside,
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
                    // Before the lock was ours, another run may have taken the file for a stale
                    // one. It locked it before it removed it, so now it has no name left.
                    Lock::Held if !is_named => {}
                    Lock::Held => return Ok(file),
                    Lock::Unsupported => {
                        file.set_aside()?;
                        return Ok(file);
                    }
                }
            } else if remove_stale(dir, &temp_name)? == Lock::Unsupported {
                // Nothing tells whether another run is writing that one.
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

    /// Gives the file its final name, over what had it: modification time and the mode of the
    /// replaced file first, so that the name never shows anything unfinished. Set-user-id and
    /// set-group-id are not taken over: they were given to other content.
    ///
    /// A disk that keeps neither (vfat, some network disks) costs a warning in the log, not the file.
    ///
    /// # Errors
    /// A directory has the name, with `only_if_new` anything has it, or the system refuses; the file
    /// is then gone.
    pub(crate) fn persist(
        mut self,
        mtime: Option<Timestamp>,
        mode_of_replaced: Option<u32>,
        options: Persist,
    ) -> Result<(), TreeError> {
        self.set_aside()?;
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

    /// Gives the file a temp name that no other run knows, and makes sure that it is this file
    /// that has it.
    fn set_aside(&mut self) -> Result<(), TreeError> {
        if self.set_aside {
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
            // Another run's file: it gets its name back. If that fails, that run sees that its
            // file is gone, as we do here.
            let back = RenameFlags::NOREPLACE;
            let _ = renameat_with(dir, &secret, dir, &self.temp_name, back);
        }
        match is_ours {
            Ok(true) => {
                self.temp_name = secret;
                self.set_aside = true;
                Ok(())
            }
            Ok(false) => Err(taken()),
            Err(errno) => Err(TreeError::io("look at", self.path(), errno)),
        }
    }

    /// Whether it is this file that has the name. The name is opened and not only looked at: NFS
    /// answers a mere look from what it remembers.
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
                // Not every file system can do it; the plan has seen that the name is free.
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
        if !self.persisted && self.set_aside().is_ok() {
            // Nothing can be done about a failure here.
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

/// Removes what a killed run left under a temp name, if no living one holds its lock. Without
/// locks nothing is removed.
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
    // Whoever had the lock until now may have given the file its final name.
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
