//! How many requests a second a service carried out.

/// A count says something from so many on, in at least so many seconds.
const COUNTED: f64 = 8.0;
const COUNTED_S: f64 = 0.25;

/// The count goes back one to two times so far.
const BACK_S: f64 = 1.0;

/// How many had succeeded at a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    at_s: f64,
    succeeded: f64,
}

/// Successes, counted from one moment to another.
#[derive(Debug, Default)]
pub(super) struct Counted {
    succeeded: f64,
    from: Count,
    /// From when on is counted next.
    next: Count,
}

impl Counted {
    pub(super) fn succeeded(&mut self) {
        self.succeeded += 1.0;
    }

    /// The rate until now; 0 where it says nothing.
    pub(super) fn rate(&self, now_s: f64) -> f64 {
        let is_enough = self.succeeded - self.from.succeeded >= COUNTED;
        match is_enough && now_s - self.from.at_s >= COUNTED_S {
            true => self.at_least(now_s, COUNTED_S),
            false => 0.0,
        }
    }

    /// The rate until now, as if it had taken at least so long.
    pub(super) fn at_least(&self, now_s: f64, time_s: f64) -> f64 {
        (self.succeeded - self.from.succeeded) / (now_s - self.from.at_s).max(time_s)
    }

    /// Counts from here on.
    pub(super) fn from(&mut self, now_s: f64) {
        self.next = Count {
            at_s: now_s,
            succeeded: self.succeeded,
        };
        self.from = self.next;
    }

    /// Counts from here on when this moment is far enough back.
    pub(super) fn soon_from(&mut self, now_s: f64) {
        if now_s - self.next.at_s >= BACK_S {
            let from = self.next;
            self.from(now_s);
            self.from = from;
        }
    }
}
