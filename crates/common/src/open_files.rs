//! How many files this process may open, which bounds what is done at a time.

use rustix::process::{Resource, getrlimit};

/// Standard streams, runtime, signals, and the directories that are walked or written to.
const NEEDED: u64 = 16;

/// How many files may be open beside what every program needs.
pub fn spare_files() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    let spare = limit.map(|limit| limit.saturating_sub(NEEDED));
    spare
        .and_then(|spare| usize::try_from(spare).ok())
        .unwrap_or(usize::MAX)
}
