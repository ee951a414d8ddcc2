//! How many files and connections may be open at a time.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for the most jobs: a connection each, and twice as many files with their directories.
/// macOS refuses more than this.
const WANTED: u64 = 10_240;

/// Raises the soft limit, which is 1,024 on many machines and 256 on macOS, as far as the hard one
/// allows. A system that refuses leaves it as it was.
pub(super) fn allow_many() {
    let limit = getrlimit(Resource::Nofile);
    if let Some(raised) = raised(limit)
        && let Err(errno) = setrlimit(Resource::Nofile, raised)
    {
        log::debug!(
            "the limit of open files stays at {:?}: {errno}",
            limit.current
        );
    }
}

/// The limit to ask for; `None` where the present one suffices or cannot be raised.
fn raised(limit: Rlimit) -> Option<Rlimit> {
    // No number means no limit.
    let current = limit.current?;
    let wanted = limit.maximum.map_or(WANTED, |most| most.min(WANTED));
    (current < wanted).then_some(Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
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
        assert_eq!(soft(Some(1024), Some(1_048_576)), Some(WANTED));
        assert_eq!(soft(Some(256), None), Some(WANTED));
        assert_eq!(soft(Some(1024), Some(4096)), Some(4096));
        assert_eq!(soft(Some(1024), Some(1024)), None);
        assert_eq!(soft(Some(20_000), Some(20_000)), None);
        assert_eq!(soft(None, None), None);
    }

    #[test]
    fn the_limit_of_this_process_is_raised() {
        allow_many();
        assert_eq!(raised(getrlimit(Resource::Nofile)), None);
    }
}
