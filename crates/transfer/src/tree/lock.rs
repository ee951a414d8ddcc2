//! Locks unfinished files, to tell those of a running process from those of a killed one.

use std::os::fd::AsFd;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// The result of locking a file that no other run has locked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    Held,
    /// Some network file systems and sandboxes have no locks.
    Unsupported,
}

impl Lock {
    /// Locks the file until it is closed; `None` if another run holds the lock.
    pub(super) fn try_on(file: &impl AsFd) -> Result<Option<Self>, Errno> {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(Self::Held)),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(Errno::NOTSUP | Errno::NOSYS | Errno::NOLCK | Errno::INVAL) => {
                Ok(Some(Self::Unsupported))
            }
            Err(errno) => Err(errno),
        }
    }
}
