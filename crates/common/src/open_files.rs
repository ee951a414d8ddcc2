//! The number of files that this process may open. It limits how many requests run at a time.

use rustix::process::{Resource, getrlimit};

/// For standard streams, runtime, signals, and the directories that are read or written.
const NEEDED: u64 = 16;

/// How many files may be open besides those that every program needs.
pub fn spare_files() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    let spare = limit.map(|limit| limit.saturating_sub(NEEDED));
    spare
        .and_then(|spare| usize::try_from(spare).ok())
        .unwrap_or(usize::MAX)
}
