//! Noticing that the other end has fallen silent, or as good as silent.

use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

use super::error::{Error, Stage};

/// Notices when a body has been silent for too long. One timer per response, armed anew only when
/// it fires: an active connection pays for a clock reading, not for timers.
#[derive(Default)]
pub(super) struct Silence {
    timer: Option<Pin<Box<Sleep>>>,
}

impl Silence {
    /// Ends at `deadline`.
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

/// A drip is judged over so many times the limit of silence: two minutes, if that is 30 s.
const DRIP_LIMITS: u32 = 4;

/// What brings less in that time only drips. An honest line cannot: however slow, it carries
/// segments of 536 bytes or more, and one of them within every limit of silence makes 2 KiB.
const DRIP_BYTES: u64 = 1024;

/// Notices a body that drips: a byte now and then breaks every silence and never gets anywhere.
pub(super) struct Drip {
    window: Duration,
    waited: Duration,
    bytes: u64,
}

impl Drip {
    pub(super) fn new(limit: Duration) -> Self {
        Self {
            window: limit.saturating_mul(DRIP_LIMITS),
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// So many bytes came after so long a wait; true if that is no more than a drip. Only time
    /// spent waiting counts: a reader that was busy itself must not blame the connection.
    pub(super) fn goes_on(&mut self, waited: Duration, bytes: u64) -> bool {
        self.waited = self.waited.saturating_add(waited);
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes >= DRIP_BYTES {
            self.waited = Duration::ZERO;
            self.bytes = 0;
        }
        self.waited >= self.window
    }

    /// What to say then.
    pub(super) fn error(&self, authority: &str) -> Error {
        let seconds = self.window.as_secs_f64();
        let cause = format!("{authority} sent {} bytes in {seconds} s", self.bytes);
        Error::new(Stage::Silence(self.window), cause)
    }
}

/// The failure of a connection on which nothing moves.
pub(super) fn silent(authority: &str, limit: Duration) -> Error {
    let cause = format!("{authority} was silent for {} s", limit.as_secs_f64());
    Error::new(Stage::Silence(limit), cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_slower_than_any_is_taken_for_a_drip() {
        let given_up = |seconds: u64, bytes: u64| {
            let mut drip = Drip::new(Duration::from_secs(30));
            (0..200).any(|_| drip.goes_on(Duration::from_secs(seconds), bytes))
        };
        assert!(given_up(1, 1));
        assert!(given_up(29, 100));
        // The smallest segments of TCP, as far apart as silence allows.
        assert!(!given_up(29, 536));
        // A modem that a hundred requests share.
        assert!(!given_up(1, 20));
    }
}
