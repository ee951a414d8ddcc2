//! Opens a file to send, and reads its state.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use super::{Cause, Links, LocalFile, WalkFailure};
use crate::tree::{FileKind, FileState, HANDLE};

/// The present state of the file. Links are followed if the walk follows them.
pub(super) fn state(path: &Path, links: Links) -> io::Result<FileState> {
    let flags = match links {
        Links::Follow => AtFlags::empty(),
        Links::Skip => AtFlags::SYMLINK_NOFOLLOW,
    };
    Ok(FileState::from_stat(&statat(CWD, path, flags)?))
}

/// Opens a file that the walk found, and returns its present state. The caller compares it with
/// [`LocalFile::state`], now and after reading.
///
/// # Errors
/// It is another kind of file now, or a system call failed.
pub fn open(file: &LocalFile, links: Links) -> Result<(File, FileState), WalkFailure> {
    let failed = |cause| WalkFailure::new(&file.path, cause);
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = match links {
        Links::Skip if file.depth > 0 => open_below(file, flags | OFlags::NOFOLLOW),
        Links::Skip | Links::Follow => openat(CWD, &file.path, flags, Mode::empty()),
    };
    let handle = opened.map_err(|errno| match errno {
        Errno::LOOP | Errno::NOTDIR | Errno::NXIO => failed(Cause::Replaced),
        errno => failed(Cause::Io(errno.into())),
    })?;
    let stat = fstat(&handle).map_err(|errno| failed(Cause::Io(errno.into())))?;
    let state = FileState::from_stat(&stat);
    // An editor that saves by rename makes another file. That may be sent; a FIFO may not.
    match state.kind {
        FileKind::File => Ok((File::from(handle), state)),
        _ => Err(failed(Cause::Replaced)),
    }
}

/// Opens each directory on the path from the one above it, without following links: a directory may
/// have been replaced by a link that leads out of the tree.
fn open_below(file: &LocalFile, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let root = file.path.ancestors().nth(file.depth);
    let root = root.unwrap_or(Path::new("."));
    let way = file.path.strip_prefix(root).unwrap_or(&file.path);
    let (directories, name) = (way.parent(), way.file_name().unwrap_or_default());
    let handle = HANDLE | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut directory = openat(CWD, root, handle, Mode::empty())?;
    for name in directories.into_iter().flatten() {
        directory = openat(&directory, name, handle | OFlags::NOFOLLOW, Mode::empty())?;
    }
    openat(&directory, name, flags, Mode::empty())
}
