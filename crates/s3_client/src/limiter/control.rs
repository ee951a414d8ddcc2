//! The decisions of the limiter: pure, with time as an input.

use std::time::Duration;

/// Whether one more request may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// It counts as begun.
    Now,
    /// When another one has ended.
    WhenOneEnds,
}

/// Counts the requests under way.
#[derive(Debug)]
pub(super) struct Control {
    most: usize,
    limit: usize,
    under_way: usize,
}

impl Control {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.max(1),
            limit: 1,
            under_way: 0,
        }
    }

    pub(super) fn start(&mut self, _now: Duration) -> Start {
        if self.under_way >= self.limit {
            return Start::WhenOneEnds;
        }
        self.under_way = self.under_way.saturating_add(1);
        Start::Now
    }

    pub(super) fn end(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    pub(super) fn answered(&mut self) {
        self.limit = self.most;
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }
}
