//! The decisions of the limiter: pure, with time as an input.

use std::time::Duration;

use super::concurrency::{Concurrency, FIRST};
use super::rate::Rate;

/// The longest pause that a service gets by asking for it.
const LONGEST_RETRY_AFTER_S: f64 = 60.0;

/// Whether one more request may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It counts as begun.
    Now,
    /// Not before so long.
    In(Duration),
    /// When another one has ended.
    WhenOneEnds,
}

/// Who may begin, and what follows from what became of it. Times are since any one moment.
#[derive(Debug)]
pub(super) struct Control {
    under_way: usize,
    bytes: u64,
    concurrency: Concurrency,
    rate: Rate,
}

impl Control {
    pub(super) fn new(most: usize) -> Self {
        Self {
            under_way: 0,
            bytes: 0,
            concurrency: Concurrency::new(most),
            rate: Rate::new(),
        }
    }

    /// So many bytes have moved by now, over all requests.
    pub(super) fn start(&mut self, now: Duration, bytes: u64) -> Start {
        self.moved(now, bytes);
        if self.under_way >= self.concurrency.limit() {
            self.concurrency.fell_short();
            return Start::WhenOneEnds;
        }
        let next = Duration::from_secs_f64(self.rate.next_s());
        if now < next {
            self.rate.waits();
            return Start::In(next.saturating_sub(now));
        }
        self.rate
            .begins(now.as_secs_f64(), self.concurrency.typical_s());
        self.under_way = self.under_way.saturating_add(1);
        Start::Now
    }

    /// A request is over that began then; so many bytes have moved by now, over all requests.
    pub(super) fn end(&mut self, now: Duration, began: Duration, bytes: u64) {
        self.under_way = self.under_way.saturating_sub(1);
        let took_s = now.saturating_sub(began).as_secs_f64();
        self.concurrency.ended(took_s);
        self.moved(now, bytes);
    }

    fn moved(&mut self, now: Duration, bytes: u64) {
        let moved = bytes.saturating_sub(self.bytes);
        self.bytes = bytes;
        self.concurrency.moved(now.as_secs_f64(), moved);
    }

    /// The endpoint has answered, whatever it said; whether that is the first time.
    pub(super) fn answered(&mut self, now: Duration) -> bool {
        self.concurrency.answered(now.as_secs_f64())
    }

    /// A request that began then was carried out, or refused for a reason of its own.
    pub(super) fn succeeded(&mut self, now: Duration, began: Duration) {
        self.rate.succeeded(began.as_secs_f64());
        self.concurrency
            .succeeded(now.as_secs_f64(), self.rate.per_s().map(|_| self.needed()));
    }

    /// A request that began then was refused because there are too many.
    pub(super) fn refused(
        &mut self,
        now: Duration,
        began: Duration,
        retry_after: Option<Duration>,
    ) {
        let (now_s, began_s) = (now.as_secs_f64(), began.as_secs_f64());
        let pause_until_s =
            retry_after.map(|pause| now_s + pause.as_secs_f64().min(LONGEST_RETRY_AFTER_S));
        self.rate.refused(now_s, began_s, pause_until_s);
        self.concurrency.cut(now_s, began_s, self.needed());
    }

    /// How many may be under way because the rate needs them.
    fn needed(&self) -> usize {
        let per_s = self.rate.per_s().unwrap_or_default();
        (per_s * self.concurrency.typical_s() * 2.0).ceil() as usize + 2
    }

    /// A request that began then came to nothing because nothing moved for too long. A few requests
    /// are no reason for that: if the service is silent, one after the other would only be silent longer.
    pub(super) fn timed_out(&mut self, now: Duration, began: Duration) {
        self.concurrency
            .cut(now.as_secs_f64(), began.as_secs_f64(), FIRST);
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    pub(super) fn limit(&self) -> usize {
        self.concurrency.limit()
    }
}
