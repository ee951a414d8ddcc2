//! How many requests a second, once a service has refused some because there were too many.
//!
//! 1. A service that counts requests refuses whatever is above its rate, however few are under way at a time, so
//!    after the first refusal they are sent at even intervals.
//! 2. The first rate is a low guess, which doubles until something is refused again.
//! 3. Between two refusals a service carries out as many requests as it allows, whatever it had saved up before:
//!    that count, over that time, is the rate to go back to.
//! 4. From there the rate closes in on the one that was refused, half of the way at a time, and stays below it for
//!    a while before it is raised again.
//! 5. A few refusals in a hundred are no reason to slow down: a line that shakes brings some at any rate.

use super::counted::Counted;

/// The lowest rate, in requests a second, and the highest: above it the interval says nothing any more.
const LOWEST: f64 = 10.0;
const HIGHEST: f64 = 100_000.0;

/// The share of refusals above which the rate is lowered, and below which it may be raised.
const TOLERATED: f64 = 0.025;
const HARDLY_ANY: f64 = 0.01;

/// The share is a mean over about so many requests.
const REMEMBERED: f64 = 64.0;

/// This share refused of those that began since the last change, and so many: the rate is far too high.
const FAR_TOO_MANY: f64 = 0.3;
const FEW: f64 = 3.0;

/// So many refused in a row: nothing is known of the right rate.
const NOTHING_ELSE: u32 = 8;

/// Before it doubles or closes in, a rate must have brought so many successes, in at least so many seconds.
const TRIED: f64 = 4.0;
const TRIED_S: f64 = 0.15;

/// When the rate and the one that was refused are so close, the rate stays a little below, for so long.
const CLOSE: f64 = 0.06;
const BELOW: f64 = 0.97;
const STAY_S: f64 = 5.0;

/// So much a second it is raised afterwards, and more the longer it goes well.
const RAISE_PER_S: f64 = 0.01;

/// A service that has carried out so many requests a second does not refuse this share of them for their number.
const CARRIED: f64 = 0.6;

/// So many of these, and the refusals have another cause.
const UNEXPLAINED: u32 = 10;

/// So much of being late is made up for, at one request a second and at most.
const LATE_S_PER_RATE: f64 = 0.000_001;
const LONGEST_LATE_S: f64 = 0.001;

/// Between a rate that was carried, if that is known, and one that may be too high.
fn between(carried: f64, high: f64) -> f64 {
    match carried > 0.0 {
        true => (carried * high).sqrt(),
        false => high,
    }
}

/// How the rate is to be raised.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Raise {
    /// It doubles.
    Double,
    /// It closes in on one that was refused; this one was not.
    CloseIn { good: f64, refused: f64 },
    /// It stays until then, and goes up slowly afterwards.
    Slowly { from_s: f64 },
}

/// Requests a second. Without a refusal so far there is no limit to them.
#[derive(Debug)]
pub(super) struct Rate {
    per_s: Option<f64>,
    next_s: f64,
    counted: Counted,
    /// The most that was counted.
    carried: f64,
    unexplained: u32,
    tolerated: f64,
    refused_share: f64,
    /// When the rate was changed last; what began before says nothing about the present one.
    changed_s: f64,
    tried: f64,
    refused: f64,
    in_a_row: u32,
    was_waited_for: bool,
    raise: Raise,
}

impl Rate {
    pub(super) fn new() -> Self {
        Self {
            per_s: None,
            next_s: 0.0,
            counted: Counted::default(),
            carried: 0.0,
            unexplained: 0,
            tolerated: TOLERATED,
            refused_share: 0.0,
            changed_s: 0.0,
            tried: 0.0,
            refused: 0.0,
            in_a_row: 0,
            was_waited_for: false,
            raise: Raise::Double,
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

    /// A request begins.
    pub(super) fn begins(&mut self, now_s: f64) {
        if let Some(per_s) = self.per_s {
            // Our timers are a little late; made up for where that is nothing to the service.
            let late_s = (LATE_S_PER_RATE * per_s).min(LONGEST_LATE_S);
            self.next_s = self.next_s.max(now_s - late_s) + 1.0 / per_s;
        }
    }

    pub(super) fn succeeded(&mut self, now_s: f64, began_s: f64) {
        self.counted.succeeded();
        self.in_a_row = 0;
        self.refused_share -= self.refused_share / REMEMBERED;
        if self.refused_share < HARDLY_ANY {
            self.unexplained = 0;
        }
        let Some(per_s) = self.per_s else {
            self.counted.soon_from(now_s);
            return;
        };
        if began_s <= self.changed_s {
            return;
        }
        self.tried += 1.0;
        let tried_s = now_s - self.changed_s;
        if !self.was_waited_for || self.tried < TRIED || tried_s < TRIED_S {
            return;
        }
        match self.raise {
            Raise::Double => self.change(now_s, per_s * 2.0),
            Raise::CloseIn { refused, .. } if refused - per_s > refused * CLOSE => {
                self.raise = Raise::CloseIn {
                    good: per_s,
                    refused,
                };
                self.change(now_s, between(per_s, refused));
            }
            Raise::CloseIn { refused, .. } => self.stay(now_s, per_s.min(refused * BELOW), STAY_S),
            Raise::Slowly { from_s } => {
                if now_s > from_s && self.refused_share < self.tolerated.min(HARDLY_ANY) {
                    let faster = RAISE_PER_S * ((now_s - from_s) / 2.0).exp2().min(100.0);
                    self.change(now_s, per_s * (1.0 + faster * tried_s.min(1.0)));
                }
            }
        }
    }

    /// A request was refused that began then; the service wants a pause until then.
    pub(super) fn refused(&mut self, now_s: f64, began_s: f64, pause_until_s: Option<f64>) {
        self.refused_share += (1.0 - self.refused_share) / REMEMBERED;
        self.in_a_row = self.in_a_row.saturating_add(1);
        match self.per_s {
            None => {
                // A low guess: a quarter of what succeeded a moment ago, whatever that is worth.
                let recent = self.counted.at_least(now_s, TRIED_S);
                self.counted.from(now_s);
                self.change(now_s, recent / 4.0);
            }
            Some(per_s) => {
                let counted = self.counted.rate(now_s);
                self.counted.soon_from(now_s);
                if began_s > self.changed_s {
                    self.tried += 1.0;
                    self.refused += 1.0;
                    self.lower(now_s, per_s, counted, pause_until_s.is_some());
                }
            }
        }
        if let Some(until_s) = pause_until_s {
            self.next_s = self.next_s.max(until_s);
        }
    }

    fn lower(&mut self, now_s: f64, per_s: f64, counted: f64, is_pause_wanted: bool) {
        let share = self.refused / self.tried;
        if self.in_a_row >= NOTHING_ELSE {
            self.raise = Raise::Double;
            self.change(now_s, per_s / 2.0);
            return;
        }
        if self.refused >= FEW && share >= FAR_TOO_MANY {
            self.counted.from(now_s);
            self.carried = 0.0;
            self.tolerated = TOLERATED;
            self.close_in(
                now_s,
                per_s,
                between(counted, per_s * (1.0 - share).max(0.5)),
            );
            return;
        }
        self.carried = self.carried.max(counted);
        if self.tolerated > TOLERATED && self.refused_share <= self.tolerated {
            return;
        }
        if per_s < self.carried * CARRIED || per_s <= LOWEST {
            self.unexplained += 1;
            if self.unexplained >= UNEXPLAINED {
                self.unexplained = 0;
                self.tolerated = (self.refused_share * 2.0).clamp(TOLERATED * 2.0, FAR_TOO_MANY);
                self.raise = Raise::Double;
            }
            return;
        }
        match self.raise {
            Raise::Double => self.close_in(now_s, per_s, between(counted, per_s / 2.0)),
            Raise::CloseIn { good, .. } => {
                // What was saved up before a pause lets any rate through for a while.
                let good = if good < per_s && !is_pause_wanted {
                    good
                } else {
                    0.0
                };
                self.close_in(now_s, per_s, good.max(between(counted, per_s * 0.75)));
            }
            Raise::Slowly { .. } if is_pause_wanted && counted > 0.0 && per_s > 2.0 * counted => {
                self.close_in(now_s, per_s, between(counted, per_s));
            }
            Raise::Slowly { .. } if is_pause_wanted => {
                self.stay(now_s, per_s * BELOW, STAY_S * 4.0);
            }
            Raise::Slowly { .. } if self.refused_share > self.tolerated => {
                self.stay(now_s, per_s * BELOW, STAY_S);
            }
            Raise::Slowly { .. } => {}
        }
    }

    fn close_in(&mut self, now_s: f64, refused: f64, good: f64) {
        let good = good.min(refused * BELOW);
        self.raise = Raise::CloseIn { good, refused };
        self.change(now_s, good);
    }

    fn stay(&mut self, now_s: f64, per_s: f64, time_s: f64) {
        self.raise = Raise::Slowly {
            from_s: now_s + time_s,
        };
        self.refused_share = 0.0;
        self.change(now_s, per_s);
    }

    fn change(&mut self, now_s: f64, per_s: f64) {
        let per_s = per_s.clamp(LOWEST, HIGHEST);
        if self.per_s.is_none_or(|before| per_s < before) {
            // What is under way went out at shorter intervals.
            self.next_s = self.next_s.max(now_s + 1.0 / per_s);
        }
        self.per_s = Some(per_s);
        self.changed_s = now_s;
        self.tried = 0.0;
        self.refused = 0.0;
        self.was_waited_for = false;
    }
}
