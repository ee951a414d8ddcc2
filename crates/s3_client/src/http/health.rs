//! The health of the endpoint: whether it has answered, and for how long requests only fail.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Two failures further apart than this do not belong together. Failures of one operation are closer:
/// between them are at most a pause of 60 s, which the server asked for, and a timeout of 30 s.
const FORGOTTEN_AFTER_MILLIS: u64 = 100_000;

/// The health of one endpoint, shared by all requests of a client.
#[derive(Debug)]
pub(crate) struct Health {
    epoch: Instant,
    answered: AtomicBool,
    /// Body bytes sent and received.
    body_bytes: AtomicU64,
    /// When the first failure since the last progress happened: milliseconds after `epoch`, plus one;
    /// 0 if there was none.
    failing_since: AtomicU64,
    /// When the last failure happened, in the same unit.
    last_failure: AtomicU64,
}

impl Health {
    /// No response yet, no failure yet.
    pub(crate) fn new() -> Self {
        Self {
            epoch: Instant::now(),
            answered: AtomicBool::new(false),
            body_bytes: AtomicU64::new(0),
            failing_since: AtomicU64::new(0),
            last_failure: AtomicU64::new(0),
        }
    }

    /// Records that a request was completed, or that `bytes` of a body were transferred: earlier
    /// failures no longer count.
    pub(crate) fn record_progress(&self, bytes: u64) {
        self.body_bytes.fetch_add(bytes, Relaxed);
        // The load keeps the cache line shared in the normal case.
        if self.failing_since.load(Relaxed) != 0 {
            self.failing_since.store(0, Relaxed);
        }
    }

    /// How many body bytes have been sent and received so far.
    pub(crate) fn body_bytes(&self) -> u64 {
        self.body_bytes.load(Relaxed)
    }

    /// Records that the endpoint answered a request, with any status.
    pub(crate) fn record_response(&self) {
        if !self.answered.load(Relaxed) {
            self.answered.store(true, Relaxed);
        }
    }

    /// Whether the endpoint has answered at all.
    pub(crate) fn has_answered(&self) -> bool {
        self.answered.load(Relaxed)
    }

    /// Records a failure and returns for how long requests have only failed. A failure long ago does
    /// not count: its operation was given up, and nothing was tried since.
    pub(crate) fn record_failure(&self) -> Duration {
        let now = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1;
        self.failed_at(now)
    }

    fn failed_at(&self, now: u64) -> Duration {
        let last = self.last_failure.swap(now, Relaxed);
        if now.saturating_sub(last) > FORGOTTEN_AFTER_MILLIS {
            self.failing_since.store(0, Relaxed);
        }
        let began = match self
            .failing_since
            .compare_exchange(0, now, Relaxed, Relaxed)
        {
            Ok(_) => now,
            Err(earlier) => earlier,
        };
        Duration::from_millis(now.saturating_sub(began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_counts_from_the_first_failure_and_ends_with_progress() {
        let health = Health::new();
        assert_eq!(health.record_failure(), Duration::ZERO);
        std::thread::sleep(Duration::from_millis(15));
        assert!(health.record_failure() >= Duration::from_millis(10));
        health.record_progress(0);
        assert_eq!(health.record_failure(), Duration::ZERO);
    }

    #[test]
    fn a_failure_long_ago_does_not_count_for_the_next_one() {
        let health = Health::new();
        assert_eq!(health.failed_at(1), Duration::ZERO);
        assert_eq!(health.failed_at(90_001), Duration::from_secs(90));
        assert_eq!(health.failed_at(130_001), Duration::from_secs(130));
        assert_eq!(health.failed_at(300_001), Duration::ZERO);
        assert_eq!(health.failed_at(310_001), Duration::from_secs(10));
    }
}
