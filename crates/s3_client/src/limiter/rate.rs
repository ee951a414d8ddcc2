//! How many requests a second, once a service has refused some because there were too many.
//!
//! 1. A service that counts requests refuses whatever is above its rate, however few are under way at a time, so
//!    after the first refusal requests begin at even intervals.
//! 2. The first rate is a low guess. It doubles until a request is refused again.
//! 3. Between two refusals a service carries out as many requests as it allows, whatever it had saved up before.
//!    That count, over that time, is the rate to go back to.
//! 4. From there the rate comes back to the one that was refused, quickly at first and then slowly, and passes it when
//!    enough requests have succeeded to pay for the refusals. If it passes unharmed, it doubles again.
//! 5. While nothing but refusals comes, requests begin at longer and longer intervals. If a much lower rate is refused
//!    too, the refusals have another cause: the rate goes back up, and more refusals are tolerated.

/// The lowest rate, in requests a second, and the highest: above it the interval says nothing any more.
const LOWEST: f64 = 1.0;
const HIGHEST: f64 = 100_000.0;

/// The first guess is this share of what succeeded before, or at least so much.
const GUESS: f64 = 0.5;
const LEAST_GUESS: f64 = 10.0;

/// What was counted counts as if it took at least so many seconds. It is counted on until it is so long.
const COUNTED_S: f64 = 0.25;
const LONG_COUNT_S: f64 = 2.0;

/// How much of a refused rate remains: at least so much, and at most.
const LOWERED: f64 = 0.75;
const BELOW: f64 = 0.97;

/// The rate doubles in this time, or in two round trips.
const DOUBLES_S: f64 = 0.5;

/// Refusals for each success that are wanted, and how many at most if they come whatever the rate. A second of pause
/// counts like the requests that it held back.
const TOLERATED: f64 = 0.015;
const MOST_TOLERATED: f64 = 0.3;

/// This share of a rate is so much less that refusals should have ended.
const MUCH_LESS: f64 = 0.75;

/// While all are refused, the interval between two requests grows to this.
const LONGEST_GAP_S: f64 = 0.25;

/// So much of being late is made up for, at 1,000 requests a second and at most. At a lower rate it is less: there the
/// service may allow no two requests at shorter intervals.
const LATE_S: f64 = 0.001;

/// Requests a second. Without a refusal so far there is no limit to them.
#[derive(Debug)]
pub(super) struct Rate {
    per_s: Option<f64>,
    next_s: f64,
    /// Requests that succeeded so far, and what that was at the refusal from which on is counted.
    succeeded: f64,
    succeeded_then: f64,
    counted_from_s: f64,
    /// The rate that was refused last, and what it was lowered to. They are the same until a second refusal.
    refused_per_s: f64,
    lowered_to: f64,
    lowered_s: f64,
    /// Requests that were refused or held back since.
    lost: f64,
    /// How long requests have waited for their turn since.
    used_s: f64,
    /// How many that began since were refused, as long as none has succeeded.
    in_a_row: Option<i32>,
    was_waited_for: bool,
    /// The most that was counted, and the share of refusals that has to be accepted.
    carried: f64,
    tolerated: f64,
}

impl Rate {
    pub(super) fn new() -> Self {
        Self {
            per_s: None,
            next_s: 0.0,
            succeeded: 0.0,
            succeeded_then: 0.0,
            counted_from_s: 0.0,
            refused_per_s: 0.0,
            lowered_to: 0.0,
            lowered_s: 0.0,
            lost: 0.0,
            used_s: 0.0,
            in_a_row: None,
            was_waited_for: false,
            carried: 0.0,
            tolerated: TOLERATED,
        }
    }

    /// Requests a second, if they are limited.
    pub(super) fn per_s(&self) -> Option<f64> {
        self.per_s
    }

    /// When the next request may begin, in the future or the past.
    pub(super) fn next_s(&self) -> f64 {
        self.next_s
    }

    /// A request has to wait for its turn.
    pub(super) fn waits(&mut self) {
        self.was_waited_for = true;
    }

    /// A request begins; a round trip takes so long.
    pub(super) fn begins(&mut self, now_s: f64, round_trip_s: f64) {
        let Some(per_s) = self.per_s else { return };
        let mut interval_s = 1.0 / per_s;
        let was_waited_for = std::mem::take(&mut self.was_waited_for);
        if let Some(in_a_row @ 1..) = self.in_a_row {
            let longer_s = (interval_s * 2_f64.powi(in_a_row)).max(round_trip_s);
            interval_s = longer_s.min(LONGEST_GAP_S.max(interval_s));
        } else if was_waited_for {
            self.used_s += interval_s;
            self.per_s = Some(self.raised(round_trip_s).clamp(LOWEST, HIGHEST));
        }
        let late_s = LATE_S * (per_s / 1000.0).powi(2).min(1.0);
        self.next_s = self.next_s.max(now_s - late_s) + interval_s;
    }

    /// The rate after it was used for so long.
    fn raised(&self, round_trip_s: f64) -> f64 {
        let away = self.refused_per_s - self.lowered_to;
        let return_s = match away > 0.0 {
            true => (self.lost / self.tolerated / self.refused_per_s).max(2.0 * round_trip_s),
            false => 0.0,
        };
        let passed_s = self.used_s - 2.0 * return_s;
        if passed_s < 0.0 {
            return self.refused_per_s + away * (self.used_s / return_s - 1.0).powi(3);
        }
        let doubles_s = DOUBLES_S.max(2.0 * round_trip_s);
        (self.refused_per_s + away) * (passed_s / doubles_s).exp2()
    }

    pub(super) fn succeeded(&mut self, began_s: f64) {
        self.succeeded += 1.0;
        if began_s > self.lowered_s
            && let Some(1..) = self.in_a_row.take()
        {
            let interval_s = self.per_s.map_or(0.0, f64::recip);
            self.next_s = self.next_s.min(began_s + interval_s);
        }
    }

    /// A request was refused that began then; the service wants a pause until then.
    pub(super) fn refused(&mut self, now_s: f64, began_s: f64, pause_until_s: Option<f64>) {
        self.lost += 1.0;
        match self.per_s {
            None => {
                let before = GUESS * self.succeeded / now_s.max(COUNTED_S);
                self.refused_per_s = before.max(LEAST_GUESS);
                self.lower(now_s, self.refused_per_s);
                self.count_from(now_s);
            }
            // What began before knows nothing of the present rate.
            Some(_) if began_s <= self.lowered_s => {}
            Some(_) if self.in_a_row.is_some() => {
                self.in_a_row = self.in_a_row.map(|count| count.saturating_add(1));
            }
            Some(per_s) => {
                let time_s = now_s - self.counted_from_s;
                let carried = (self.succeeded - self.succeeded_then) / time_s.max(COUNTED_S);
                let is_long = time_s >= LONG_COUNT_S;
                if is_long && carried < self.carried * MUCH_LESS {
                    // A lower rate is refused as a higher one was, so the refusals have another cause. Back to the
                    // higher one, which carried more.
                    self.tolerated = (self.tolerated * 4.0).min(MOST_TOLERATED);
                    self.refused_per_s = std::mem::take(&mut self.carried);
                    self.lower(now_s, self.refused_per_s);
                } else {
                    self.refused_per_s = per_s;
                    self.lower(now_s, carried.clamp(per_s * LOWERED, per_s * BELOW));
                }
                if is_long {
                    self.carried = self.carried.max(carried);
                    self.count_from(now_s);
                }
            }
        }
        if let Some(until_s) = pause_until_s
            && until_s > self.next_s
        {
            self.lost += (until_s - self.next_s.max(now_s)) * self.refused_per_s;
            self.next_s = until_s;
        }
    }

    fn lower(&mut self, now_s: f64, per_s: f64) {
        // What is under way went out at shorter intervals.
        self.next_s = self.next_s.max(now_s + 1.0 / per_s);
        self.per_s = Some(per_s);
        self.lowered_to = per_s;
        self.lowered_s = now_s;
        self.lost = 1.0;
        self.used_s = 0.0;
        self.in_a_row = Some(0);
        self.was_waited_for = false;
    }

    fn count_from(&mut self, now_s: f64) {
        self.counted_from_s = now_s;
        self.succeeded_then = self.succeeded;
    }
}
