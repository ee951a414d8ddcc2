//! A file that nobody sees under its final name before it is complete and checked.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use rustix::fs::{
    AtFlags, FlockOperation, Mode, OFlags, RawMode, RenameFlags, Stat, Timespec, Timestamps,
    UTIME_OMIT, fchmod, flock, fstat, fsync, futimens, openat, renameat, renameat_with, statat,
    unlinkat,
};
use rustix::io::Errno;

use super::{Dir, FileKind, FileState, TreeError};
use crate::keypath::{TempTag, fits_beside};

/// How often a name may change hands between two system calls before we call it busy.
const TRIES: usize = 16;

/// How a file gets its final name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Care {
    /// Content and name are on the disk when the call returns.
    pub synced: bool,
    /// Only if nothing has the name.
    pub only_if_new: bool,
}

/// An unfinished file, locked. Dropped without [`TempFile::persist`] it is gone; killed, it
/// stays under its temp name, unlocked.
#[derive(Debug)]
pub struct TempFile {
    /// The file, for reading and writing.
    pub file: Arc<File>,
    dir: Arc<Dir>,
    name: String,
    temp_name: String,
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
        for _ in 0..TRIES {
            match create_locked(dir, &temp_name, mode)? {
                Some((handle, mode)) => {
                    return Ok(Self {
                        file: Arc::new(File::from(handle)),
                        dir: Arc::clone(dir),
                        name: name.to_owned(),
                        temp_name,
                        mode,
                        persisted: false,
                    });
                }
                None => remove_stale(dir, &temp_name)?,
            }
        }
        Err(TreeError::Busy(dir.path().join(temp_name)))
    }

    /// The final path, for messages.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join(&self.name)
    }

    /// Gives the file its final name, over what had it: modification time and the mode of the
    /// replaced file first, so that the name never shows anything unfinished. Set-user-id and
    /// set-group-id are not taken over: they were given to other content.
    ///
    /// A disk that keeps neither (vfat, some network disks) costs a word in the log, not the file.
    ///
    /// # Errors
    /// A directory has the name, or the system refuses; the file is then gone.
    pub fn persist(
        self,
        mtime: Option<Timestamp>,
        mode_of_replaced: Option<u32>,
    ) -> Result<(), TreeError> {
        self.persist_with(mtime, mode_of_replaced, Care::default())
    }

    /// The same with more care than usual.
    ///
    /// # Errors
    /// As [`TempFile::persist`]; with `only_if_new` also anything that has the name.
    pub fn persist_with(
        mut self,
        mtime: Option<Timestamp>,
        mode_of_replaced: Option<u32>,
        care: Care,
    ) -> Result<(), TreeError> {
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
        if care.synced {
            fsync(&self.file).map_err(|errno| failed("sync", errno))?;
        }
        self.rename(care.only_if_new).map_err(|errno| match errno {
            Errno::EXIST if care.only_if_new => TreeError::Io {
                doing: "write",
                path: self.path(),
                source: std::io::Error::other("something with this name appeared meanwhile"),
            },
            Errno::ISDIR | Errno::NOTEMPTY | Errno::EXIST => {
                self.dir.in_the_way(&self.name, FileKind::Directory)
            }
            errno => failed("write", errno),
        })?;
        self.persisted = true;
        if care.synced { self.dir.sync() } else { Ok(()) }
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

    /// What the file is now: its size, and the times that a later run will see.
    ///
    /// # Errors
    /// The system refuses.
    pub fn state(&self) -> Result<FileState, TreeError> {
        match fstat(&self.file) {
            Ok(stat) => Ok(FileState::from_stat(&stat)),
            Err(errno) => Err(TreeError::io("look at", self.path(), errno)),
        }
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        if !self.persisted {
            // Nothing can be done about a failure here; the next run replaces the file.
            let _ = unlinkat(self.dir.handle(), &self.temp_name, AtFlags::empty());
        }
    }
}

/// Creates and locks the file; `None` if the name is taken.
///
/// Between the two calls another run may take the file for a stale one. That run locks it
/// before it removes it, so either we meet its lock or we see that the file has no name left.
fn create_locked(
    dir: &Arc<Dir>,
    temp_name: &str,
    mode: u32,
) -> Result<Option<(OwnedFd, u32)>, TreeError> {
    let path = || dir.path().join(temp_name);
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let handle = match openat(dir.handle(), temp_name, flags, mode_bits(mode)) {
        Ok(handle) => handle,
        Err(Errno::EXIST) => return Ok(None),
        Err(errno) => return Err(TreeError::io("create", path(), errno)),
    };
    lock(dir, &handle, temp_name)?;
    let stat = fstat(&handle).map_err(|errno| TreeError::io("look at", path(), errno))?;
    let is_named = stat.st_nlink > 0;
    Ok(is_named.then(|| (handle, FileState::from_stat(&stat).mode)))
}

/// Removes what a killed run left under a temp name, if no living one holds its lock.
fn remove_stale(dir: &Arc<Dir>, temp_name: &str) -> Result<(), TreeError> {
    let path = || dir.path().join(temp_name);
    let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let handle = match openat(dir.handle(), temp_name, flags, Mode::empty()) {
        Ok(handle) => handle,
        Err(Errno::NOENT) => return Ok(()),
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
    lock(dir, &handle, temp_name)?;
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
                .map_err(|errno| TreeError::io("remove", path(), errno))
        }
        _ => Ok(()),
    }
}

fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

fn lock(dir: &Arc<Dir>, handle: &impl AsFd, temp_name: &str) -> Result<(), TreeError> {
    match flock(handle, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(()),
        Err(Errno::WOULDBLOCK) => Err(TreeError::Busy(dir.path().join(temp_name))),
        // Some network file systems know no locks; O_EXCL still keeps two runs apart.
        Err(Errno::NOTSUP | Errno::NOSYS | Errno::NOLCK | Errno::INVAL) => Ok(()),
        Err(errno) => Err(TreeError::io("lock", dir.path().join(temp_name), errno)),
    }
}

fn mode_bits(mode: u32) -> Mode {
    // Narrower on macOS, where 12 bits fit too.
    Mode::from_raw_mode(mode as RawMode)
}

/// Modification time alone; before 1970 the nanoseconds still count upwards.
fn modified_at(mtime: Timestamp) -> Timestamps {
    let seconds = mtime.as_nanosecond().div_euclid(1_000_000_000);
    let rest = mtime.as_nanosecond().rem_euclid(1_000_000_000);
    let unchanged = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_OMIT,
    };
    Timestamps {
        last_access: unchanged,
        last_modification: Timespec {
            tv_sec: seconds.try_into().unwrap_or_default(),
            tv_nsec: rest.try_into().unwrap_or_default(),
        },
    }
}
