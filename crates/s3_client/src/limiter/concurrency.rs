//! How many requests at a time: more as long as more of them bring more.

/// Requests at a time once the endpoint has answered.
pub(super) const FIRST: usize = 8;

/// Up to so many it doubles without a look at what that brings: it is little for any service.
const FEW: usize = 32;

/// A request counts as much as so many bytes: small objects are made of requests, large ones of bytes.
const BYTES_PER_REQUEST: f64 = 32.0 * 1024.0;

/// What is measured takes as long as a request usually does, within these limits.
const SHORTEST_SPAN_S: f64 = 0.02;
const LONGEST_SPAN_S: f64 = 1.0;

/// And as much must have been done as there may be requests under way, or it is mere chance; but not for longer.
const LONGEST_MEASURED_S: f64 = 5.0;

/// Twice as many requests must bring at least so many times as much, or there were enough before.
const DOUBLE_GAIN: f64 = 1.25;

/// Later on the limit is raised now and then by a quarter, which must bring so much more to stay.
const STEP: f64 = 1.25;
const STEP_GAIN: f64 = 1.08;

/// The pause after a step that brought nothing, which doubles each time.
const FIRST_PAUSE_S: f64 = 0.5;
const LONGEST_PAUSE_S: f64 = 8.0;

/// What is done about the limit at present.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    /// Nothing has answered yet.
    FirstContact,
    /// It doubles while that brings enough.
    Doubling,
    /// It is raised by a step now and then.
    Steps,
}

/// The limit before the last raise, and what it brought.
#[derive(Clone, Copy, Debug)]
struct Before {
    limit: usize,
    work_per_s: f64,
}

/// The limit on requests at a time.
#[derive(Debug)]
pub(super) struct Concurrency {
    most: usize,
    limit: usize,
    phase: Phase,
    /// How long a request takes, on average.
    typical_s: f64,
    /// Work done so far.
    work: f64,
    /// Since when the present limit is measured; in the future while the last change takes effect.
    measured_since_s: f64,
    work_then: f64,
    /// Whether a request had to wait for another to end meanwhile.
    was_short: bool,
    before: Option<Before>,
    pause_s: f64,
    next_step_s: f64,
    /// When the limit was cut last, and what it was before, until it is so high again.
    cut_s: f64,
    uncut: Option<usize>,
}

impl Concurrency {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            limit: 1,
            phase: Phase::FirstContact,
            typical_s: 0.0,
            work: 0.0,
            measured_since_s: 0.0,
            work_then: 0.0,
            was_short: false,
            before: None,
            pause_s: FIRST_PAUSE_S,
            next_step_s: 0.0,
            cut_s: 0.0,
            uncut: None,
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// How long a request takes, on average, in seconds.
    pub(super) fn typical_s(&self) -> f64 {
        self.typical_s
    }

    /// The endpoint has answered; whether that is the first time.
    pub(super) fn answered(&mut self, now_s: f64) -> bool {
        let is_first = self.phase == Phase::FirstContact;
        if is_first {
            self.phase = Phase::Doubling;
            self.set(now_s, FIRST);
        }
        is_first
    }

    /// A request had to wait until another one ends.
    pub(super) fn fell_short(&mut self) {
        self.was_short = true;
    }

    /// A request has ended that took so long.
    pub(super) fn ended(&mut self, took_s: f64) {
        self.typical_s = match self.typical_s {
            0.0 => took_s,
            typical => typical + (took_s - typical) / 16.0,
        };
    }

    /// So many bytes have moved since the last time. Looks at what the present limit has brought.
    pub(super) fn moved(&mut self, now_s: f64, bytes: u64) {
        self.work += bytes as f64 / BYTES_PER_REQUEST;
        self.consider(now_s);
    }

    /// A request was carried out. Where a rate is held, so many are needed: then as many as there were before
    /// the cut are no longer too many.
    pub(super) fn succeeded(&mut self, now_s: f64, needed: Option<usize>) {
        self.work += 1.0;
        if let (Some(uncut), Some(needed)) = (self.uncut, needed)
            && needed.min(uncut) > self.limit
        {
            self.set(now_s, needed.min(uncut));
        }
        if self.uncut.is_some_and(|uncut| self.limit >= uncut) {
            self.uncut = None;
        }
    }

    /// Too many at a time, says a request that began then. It halves the limit, but not below
    /// `least`, once a round trip: what was under way by then knows nothing of it.
    pub(super) fn cut(&mut self, now_s: f64, began_s: f64, least: usize) {
        if began_s < self.cut_s {
            return;
        }
        self.cut_s = now_s;
        let uncut = *self.uncut.get_or_insert(self.limit);
        self.set(now_s, (self.limit / 2).max(least.min(self.limit)));
        self.before = None;
        // What was right before may soon be right again, but not at once.
        self.phase = match self.limit < uncut / 2 {
            true => Phase::Doubling,
            false => Phase::Steps,
        };
        self.pause_s = FIRST_PAUSE_S;
        self.next_step_s = now_s + self.pause_s;
    }

    fn set(&mut self, now_s: f64, limit: usize) {
        self.limit = limit.clamp(1, self.most);
        self.measured_since_s = now_s + self.span_s();
        self.was_short = false;
    }

    fn span_s(&self) -> f64 {
        self.typical_s.clamp(SHORTEST_SPAN_S, LONGEST_SPAN_S)
    }

    /// Looks at what the present limit has brought, if that was long enough.
    fn consider(&mut self, now_s: f64) {
        let measured_s = now_s - self.measured_since_s;
        if measured_s < 0.0 {
            self.work_then = self.work;
        }
        let done = self.work - self.work_then;
        let is_chance = done < self.limit as f64 && measured_s < LONGEST_MEASURED_S;
        if measured_s < self.span_s() || is_chance {
            return;
        }
        let now = Before {
            limit: self.limit,
            work_per_s: done / measured_s,
        };
        // Requests that began together end together, so a short look may fall between two crowds.
        let is_long = done >= self.limit as f64 * 2.0 || measured_s >= LONGEST_MEASURED_S;
        if let (Phase::Doubling, Some(before)) = (self.phase, self.before)
            && now.work_per_s < before.work_per_s * DOUBLE_GAIN
            && !is_long
        {
            return;
        }
        let was_short = std::mem::take(&mut self.was_short);
        self.measured_since_s = now_s;
        self.work_then = self.work;
        match (self.phase, self.before) {
            (Phase::FirstContact, _) => {}
            // Nobody wants more; what a raise brings cannot be told.
            _ if !was_short => self.before = None,
            (Phase::Doubling, _) if now.limit < FEW => {
                self.raise(now_s, now, now.limit.saturating_mul(2));
                self.before = None;
                self.measured_since_s = now_s;
            }
            (Phase::Doubling, before) => match before {
                Some(before) if now.work_per_s < before.work_per_s * DOUBLE_GAIN => {
                    self.phase = Phase::Steps;
                    self.back_to(now_s, before.limit);
                }
                _ => self.raise(now_s, now, now.limit.saturating_mul(2)),
            },
            (Phase::Steps, Some(before)) => {
                if now.work_per_s < before.work_per_s * STEP_GAIN {
                    self.back_to(now_s, before.limit);
                } else {
                    self.before = None;
                    self.pause_s = FIRST_PAUSE_S;
                }
            }
            (Phase::Steps, None) if now_s >= self.next_step_s => {
                let next = (now.limit as f64 * STEP).ceil() as usize;
                self.raise(now_s, now, next);
            }
            (Phase::Steps, None) => {}
        }
    }

    fn raise(&mut self, now_s: f64, now: Before, limit: usize) {
        if now.limit < self.most {
            self.before = Some(now);
            self.set(now_s, limit);
        }
    }

    fn back_to(&mut self, now_s: f64, limit: usize) {
        self.before = None;
        self.set(now_s, limit);
        self.next_step_s = now_s + self.pause_s;
        self.pause_s = (self.pause_s * 2.0).min(LONGEST_PAUSE_S);
    }
}
