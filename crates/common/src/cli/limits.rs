//! The limits of this process: open files, threads, memory. They are raised if that is allowed. If
//! a limit is too low, one message says so at the start.

use std::sync::mpsc;
use std::thread;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::error::{Error, Result};

/// Enough for the highest `--jobs`: one connection each, and twice as many files with their
/// directories. macOS refuses more than this.
const FILES_WANTED: u64 = 10_240;

/// Standard streams, runtime and signals need 13. The others are for a connection, a file and its
/// directories.
const FILES_NEEDED: u64 = 20;

/// Memory for the program, its threads and one request.
const BYTES_NEEDED: u64 = 96 * MIB;

const MIB: u64 = 1024 * 1024;

/// Raises the soft limit of open files, which is 1,024 on many machines and 256 on macOS, as far as
/// the hard limit allows. If the system refuses, the limit does not change.
///
/// # Errors
/// Exit 3: the limit is too low to work with.
pub(super) fn allow_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let mut allowed = limit.current;
    if let Some(raised) = raised(limit) {
        match setrlimit(Resource::Nofile, raised) {
            Ok(()) => allowed = raised.current,
            Err(errno) => log::debug!("the limit of open files stays at {allowed:?}: {errno}"),
        }
    }
    match allowed.filter(|&files| files < FILES_NEEDED) {
        None => Ok(()),
        Some(files) => Err(Error::settings(format!(
            "this process may open {files} files at a time, {FILES_NEEDED} are needed"
        ))
        .with_hint("raise the limit, for example with `ulimit -n 256`")),
    }
}

/// The limit to ask for; `None` if the present one is high enough or cannot be raised.
fn raised(limit: Rlimit) -> Option<Rlimit> {
    // No number means no limit.
    let current = limit.current?;
    let wanted = limit
        .maximum
        .map_or(FILES_WANTED, |most| most.min(FILES_WANTED));
    (current < wanted).then_some(Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    })
}

/// Checks how much memory this process may map (`ulimit -v`), if that is limited.
///
/// # Errors
/// Exit 3: the limit is too low to work with.
pub(super) fn memory() -> Result<Option<u64>> {
    let limit = getrlimit(Resource::As).current;
    match limit.filter(|&bytes| bytes < BYTES_NEEDED) {
        None => Ok(limit),
        Some(bytes) => Err(Error::settings(format!(
            "this process may use {} MiB of memory, {} MiB are needed",
            bytes / MIB,
            BYTES_NEEDED / MIB
        ))
        .with_hint("raise the limit, for example with `ulimit -v 1048576`")),
    }
}

/// Tries to run this many threads at the same time.
///
/// # Errors
/// Exit 3: the system refuses.
pub(super) fn try_threads(count: usize) -> Result<()> {
    thread::scope(|scope| {
        let mut waiting = Vec::with_capacity(count);
        for _ in 0..count {
            let (end, ended) = mpsc::channel::<()>();
            waiting.push(end);
            thread::Builder::new()
                // The thread ends when its sender is dropped.
                .spawn_scoped(scope, move || {
                    let _ended = ended.recv();
                })
                .map_err(|error| {
                    let cause = Error::io("start", "", &error).cause();
                    Error::settings(format!("{count} threads cannot be started: {cause}"))
                        .with_hint(
                            "raise the limits of processes and memory (`ulimit -u`, `ulimit -v`)",
                        )
                })?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soft(current: Option<u64>, maximum: Option<u64>) -> Option<u64> {
        raised(Rlimit { current, maximum }).and_then(|limit| limit.current)
    }

    #[test]
    fn the_soft_limit_is_raised_as_far_as_the_hard_one_allows_and_never_lowered() {
        assert_eq!(soft(Some(1024), Some(1_048_576)), Some(FILES_WANTED));
        assert_eq!(soft(Some(256), None), Some(FILES_WANTED));
        assert_eq!(soft(Some(1024), Some(4096)), Some(4096));
        assert_eq!(soft(Some(1024), Some(1024)), None);
        assert_eq!(soft(Some(20_000), Some(20_000)), None);
        assert_eq!(soft(None, None), None);
    }

    #[test]
    fn the_limit_of_this_process_is_raised() {
        allow_files().unwrap();
        assert_eq!(raised(getrlimit(Resource::Nofile)), None);
    }

    #[test]
    fn threads_that_can_be_had_are_tried_and_ended() {
        try_threads(20).unwrap();
    }
}
