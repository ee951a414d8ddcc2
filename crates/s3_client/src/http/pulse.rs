//! When something last moved in the whole client, for giving up.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A single operation in trouble fails more often than this: at most 60 s of pause, asked for by
/// the server, and 30 s of silence lie between two of its failures.
const FORGOTTEN_AFTER_MILLIS: u64 = 100_000;

/// The life signs of one endpoint, shared by all requests of a client.
#[derive(Debug)]
pub struct Pulse {
    epoch: Instant,
    answered: AtomicBool,
    /// Body bytes that moved.
    bytes: AtomicU64,
    /// Milliseconds after `epoch` at which the present trouble began, plus one; 0: no trouble.
    trouble: AtomicU64,
    /// The same for the last failure that was noted.
    last: AtomicU64,
}

impl Pulse {
    /// Nothing answered yet, no trouble yet.
    pub fn new() -> Self {
        Self {
            epoch: Instant::now(),
            answered: AtomicBool::new(false),
            bytes: AtomicU64::new(0),
            trouble: AtomicU64::new(0),
            last: AtomicU64::new(0),
        }
    }

    /// Something completed, or so many body bytes moved: whatever trouble there was is over.
    pub fn moved(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        // The load keeps the cache line shared in the normal case.
        if self.trouble.load(Relaxed) != 0 {
            self.trouble.store(0, Relaxed);
        }
    }

    /// How many body bytes have moved so far, both ways.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// The endpoint answered a request, with whatever status.
    pub(crate) fn response_came(&self) {
        if !self.answered.load(Relaxed) {
            self.answered.store(true, Relaxed);
        }
    }

    /// Whether the endpoint has answered at all.
    pub(crate) fn has_answered(&self) -> bool {
        self.answered.load(Relaxed)
    }

    /// Notes a failure and tells for how long there has been nothing but failures. One that was
    /// noted long ago does not count: something was given up then, and nobody has tried since.
    pub(crate) fn trouble_for(&self) -> Duration {
        let now = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1;
        self.failed_at(now)
    }

    fn failed_at(&self, now: u64) -> Duration {
        let last = self.last.swap(now, Relaxed);
        if now.saturating_sub(last) > FORGOTTEN_AFTER_MILLIS {
            self.trouble.store(0, Relaxed);
        }
        let began = match self.trouble.compare_exchange(0, now, Relaxed, Relaxed) {
            Ok(_) => now,
            Err(earlier) => earlier,
        };
        Duration::from_millis(now.saturating_sub(began))
    }
}

impl Default for Pulse {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_counts_from_the_first_failure_and_ends_when_something_moves() {
        let pulse = Pulse::new();
        assert_eq!(pulse.trouble_for(), Duration::ZERO);
        std::thread::sleep(Duration::from_millis(15));
        assert!(pulse.trouble_for() >= Duration::from_millis(10));
        pulse.moved(0);
        assert_eq!(pulse.trouble_for(), Duration::ZERO);
    }

    #[test]
    fn a_failure_of_long_ago_does_not_shorten_the_patience_with_the_next_one() {
        let pulse = Pulse::new();
        assert_eq!(pulse.failed_at(1), Duration::ZERO);
        assert_eq!(pulse.failed_at(90_001), Duration::from_secs(90));
        assert_eq!(pulse.failed_at(130_001), Duration::from_secs(130));
        assert_eq!(pulse.failed_at(300_001), Duration::ZERO);
        assert_eq!(pulse.failed_at(310_001), Duration::from_secs(10));
    }
}
