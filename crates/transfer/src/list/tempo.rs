//! How many requests at a time are of any use: no more than keep the reader of the listing busy.
//!
//! Beyond that they cost memory and processor time and gain nothing. While pages wait for the
//! reader, the time it takes for one is known; in the time of an answer it takes so many.

use std::time::Duration;

/// What comes from several places comes out in order only now and then: so much more is needed.
const SPARE: f64 = 2.0;

/// Requests that are always allowed, if so many are wanted at all.
const LEAST: usize = 2;

/// An answer that was faster than all others counts less as time goes by.
const FORGETTING: f64 = 1.02;

/// What has been measured of both sides.
#[derive(Debug)]
pub(super) struct Tempo {
    jobs: usize,
    /// The shortest time to an answer: longer ones have waited for each other.
    answer: Option<f64>,
    /// What the reader takes for a page.
    page: Option<f64>,
}

impl Tempo {
    /// `jobs` are the most that are allowed.
    pub(super) fn new(jobs: usize) -> Self {
        Self {
            jobs,
            answer: None,
            page: None,
        }
    }

    /// An answer came after this time.
    pub(super) fn answered(&mut self, after: Duration) {
        let before = self.answer.map_or(f64::MAX, |time| time * FORGETTING);
        self.answer = Some(after.as_secs_f64().min(before));
    }

    /// The reader took a page that had waited for it, this time after the one before.
    pub(super) fn taken(&mut self, after: Duration) {
        let after = after.as_secs_f64();
        self.page = Some(self.page.map_or(after, |time| time + (after - time) / 8.0));
    }

    /// Requests that are of use at a time.
    pub(super) fn jobs(&self) -> usize {
        let (Some(answer), Some(page)) = (self.answer, self.page) else {
            return self.jobs;
        };
        let pages = SPARE * answer / page.max(f64::EPSILON);
        self.jobs.min(LEAST.max(pages.ceil() as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_answers_are_asked_for_early_and_a_slow_reader_gets_few() {
        let mut tempo = Tempo::new(32);
        assert_eq!(tempo.jobs(), 32);
        tempo.answered(Duration::from_millis(50));
        tempo.taken(Duration::from_millis(2));
        assert_eq!(tempo.jobs(), 32);
        tempo.answered(Duration::from_millis(3));
        assert_eq!(tempo.jobs(), 3);
        tempo.taken(Duration::from_secs(9));
        assert_eq!(tempo.jobs(), 2);
        assert_eq!(Tempo::new(1).jobs(), 1);
    }
}
