//! What moved in the last seconds: the rate that is shown, and whether anything moves at all.

use std::collections::VecDeque;
use std::time::Duration;

/// The rate is that of the last so many seconds.
const WINDOW: Duration = Duration::from_secs(5);

/// More samples than frames a second would only cost memory.
const SAMPLE_EVERY: Duration = Duration::from_millis(200);

/// Nothing moved for so long: worth saying.
const SILENCE: Duration = Duration::from_secs(5);

/// Bytes so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bytes {
    pub(super) moved: u64,
    pub(super) compared: u64,
}

impl Bytes {
    fn all(self) -> u64 {
        self.moved + self.compared
    }
}

/// Samples of the last seconds. Times are those since the run began.
#[derive(Debug, Default)]
pub(super) struct Recent {
    samples: VecDeque<(Duration, Bytes)>,
    /// When anything last changed: bytes, or files that ended.
    changed: Duration,
    last: (Bytes, u64),
}

/// What the samples show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) bytes_per_second: u64,
    pub(super) is_comparing: bool,
    pub(super) silent_for: Option<Duration>,
}

impl Recent {
    /// Takes in how much is done by `now`.
    pub(super) fn sample(&mut self, now: Duration, bytes: Bytes, finished_files: u64) -> Shown {
        // Bytes that are taken back, to be moved again, are no sign of life.
        let (before, finished_before) = self.last;
        if bytes.all() > before.all() || finished_files != finished_before {
            self.changed = now;
        }
        self.last = (bytes, finished_files);
        while self.samples.len() > 1
            && self
                .samples
                .get(1)
                .is_some_and(|(then, _)| now.saturating_sub(*then) >= WINDOW)
        {
            self.samples.pop_front();
        }
        if self
            .samples
            .back()
            .is_none_or(|(then, _)| now.saturating_sub(*then) >= SAMPLE_EVERY)
        {
            self.samples.push_back((now, bytes));
        }
        let (since, before) = self.samples.front().copied().unwrap_or_default();
        let moved = bytes.moved.saturating_sub(before.moved);
        let compared = bytes.compared.saturating_sub(before.compared);
        let seconds = now.saturating_sub(since).as_secs_f64().max(0.1);
        let silence = now.saturating_sub(self.changed);
        Shown {
            bytes_per_second: ((moved + compared) as f64 / seconds) as u64,
            is_comparing: compared > moved,
            silent_for: (silence >= SILENCE).then_some(silence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn moved(moved: u64) -> Bytes {
        Bytes { moved, compared: 0 }
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut recent = Recent::default();
        for second in 0..100 {
            recent.sample(
                at(f64::from(second)),
                moved(1000 * u64::from(second as u32)),
                0,
            );
        }
        for second in 0..10 {
            recent.sample(
                at(100.0 + f64::from(second)),
                moved(100_000 + 10 * second as u64),
                0,
            );
        }
        assert_eq!(
            recent.sample(at(110.0), moved(100_100), 0).bytes_per_second,
            10
        );
    }

    #[test]
    fn reading_files_without_sending_any_is_comparing() {
        let mut recent = Recent::default();
        recent.sample(at(0.0), Bytes::default(), 0);
        let both = |moved, compared| Bytes { moved, compared };
        assert!(recent.sample(at(1.0), both(10, 100), 0).is_comparing);
        assert!(!recent.sample(at(2.0), both(1000, 100), 0).is_comparing);
    }

    #[test]
    fn silence_is_told_after_a_while_and_ends_when_a_file_does() {
        let mut recent = Recent::default();
        recent.sample(at(1.0), moved(10), 0);
        assert_eq!(recent.sample(at(5.0), moved(10), 0).silent_for, None);
        let silent_for = recent.sample(at(13.0), moved(10), 0).silent_for;
        assert_eq!(silent_for, Some(at(12.0)));
        let taken_back = recent.sample(at(14.0), moved(0), 0).silent_for;
        assert_eq!(taken_back, Some(at(13.0)));
        assert_eq!(recent.sample(at(15.0), moved(0), 1).silent_for, None);
    }

    #[test]
    fn what_is_taken_back_is_no_negative_rate() {
        let mut recent = Recent::default();
        recent.sample(at(0.0), moved(500), 0);
        assert_eq!(recent.sample(at(1.0), moved(100), 0).bytes_per_second, 0);
    }
}
