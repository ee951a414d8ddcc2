//! Looking at and opening a file that is to be sent.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstat, openat, statat};
use rustix::io::Errno;

use super::{Cause, Links, LocalFile, WalkFailure};
use crate::tree::{FileKind, FileState};

/// What the file is now. Links are followed if the walk follows them.
pub(super) fn state(path: &Path, links: Links) -> io::Result<FileState> {
    let flags = match links {
        Links::Follow => AtFlags::empty(),
        Links::Skip => AtFlags::SYMLINK_NOFOLLOW,
    };
    Ok(FileState::from_stat(&statat(CWD, path, flags)?))
}

/// Opens a file that the walk found, and says what it is now: compare with
/// [`LocalFile::state`], and again after reading.
///
/// # Errors
/// It is another file by now, or the system refuses.
pub fn open(file: &LocalFile, links: Links) -> Result<(File, FileState), WalkFailure> {
    let failed = |cause| WalkFailure::new(&file.path, cause);
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    if links == Links::Skip {
        flags |= OFlags::NOFOLLOW;
    }
    let handle = openat(CWD, &file.path, flags, Mode::empty()).map_err(|errno| match errno {
        Errno::LOOP | Errno::NXIO => failed(Cause::Replaced),
        errno => failed(Cause::Io(errno.into())),
    })?;
    let stat = fstat(&handle).map_err(|errno| failed(Cause::Io(errno.into())))?;
    let state = FileState::from_stat(&stat);
    // An editor that saves by rename makes another file; it may be sent, a FIFO may not.
    match state.kind {
        FileKind::File => Ok((File::from(handle), state)),
        _ => Err(failed(Cause::Replaced)),
    }
}
