//! The progress timeout: a connection that receives nothing, or less than the minimum rate.

use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::error::{Error, Stage};

/// The timer of one response. It is set again only after it fires, so that an active connection
/// reads the clock but does not touch the timer.
#[derive(Default)]
pub(super) struct ProgressTimer {
    timer: Option<Pin<Box<Sleep>>>,
}

impl ProgressTimer {
    /// Waits until `deadline`.
    pub(super) async fn until(&mut self, deadline: Instant) {
        loop {
            if deadline <= Instant::now() {
                return;
            }
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(deadline.into())));
            if timer.is_elapsed() || timer.deadline() > deadline.into() {
                timer.as_mut().reset(deadline.into());
            }
            timer.as_mut().await;
        }
    }
}

/// The minimum rate is measured over this many progress timeouts: two minutes if one is 30 s.
const RATE_TIMEOUTS: u32 = 4;

/// The minimum rate is this many bytes in that time. The slowest working connection carries more:
/// segments have at least 536 bytes, and one segment within every timeout makes 2 KiB.
const MINIMUM_BYTES: u64 = 1024;

/// Measures whether a body arrives at the minimum rate. Single bytes now and then satisfy the
/// progress timeout, but the body never ends.
pub(super) struct MinimumRate {
    window: Duration,
    waited: Duration,
    bytes: u64,
}

impl MinimumRate {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            window: limit.saturating_mul(RATE_TIMEOUTS),
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Counts `bytes` that arrived after a wait of `waited`. Returns true if the rate is below the
    /// minimum. Only time spent waiting counts, because a busy reader is no fault of the connection.
    pub(super) fn is_too_slow(&mut self, waited: Duration, bytes: u64) -> bool {
        self.waited = self.waited.saturating_add(waited);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= MINIMUM_BYTES {
            self.waited = Duration::ZERO;
            self.bytes = 0;
        }
        self.waited >= self.window
    }

    /// The error for a body below the minimum rate.
    pub(super) fn error(&self, authority: &str) -> Error {
        let seconds = self.window.as_secs_f64();
        let cause = format!("{authority} sent {} bytes in {seconds} s", self.bytes);
        Error::new(Stage::NoProgress(self.window), cause)
    }
}

/// The error for a connection that makes no progress.
pub(super) fn no_progress(authority: &str, limit: Duration) -> Error {
    let cause = format!("{authority} was silent for {} s", limit.as_secs_f64());
    Error::new(Stage::NoProgress(limit), cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_slower_than_any_working_connection_is_below_the_minimum_rate() {
        let is_too_slow = |seconds: u64, bytes: u64| {
            let mut rate = MinimumRate::new(Duration::from_secs(30));
            (0..200).any(|_| rate.is_too_slow(Duration::from_secs(seconds), bytes))
        };
        assert!(is_too_slow(1, 1));
        assert!(is_too_slow(29, 100));
        // The smallest segments of TCP, as far apart as the progress timeout allows.
        assert!(!is_too_slow(29, 536));
        // A modem shared by a hundred requests.
        assert!(!is_too_slow(1, 20));
    }
}
