//! Counts the bytes of one object as they move or are compared, so that they can be taken back
//! when they have to be moved again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::monitor::Monitor;

/// The bytes of one object, or of one part of it; clones count together.
#[derive(Clone)]
pub(crate) struct Meter {
    monitor: Arc<dyn Monitor>,
    counted: Counted,
    bytes: Arc<AtomicU64>,
}

#[derive(Clone, Copy)]
enum Counted {
    Moved,
    Compared,
}

impl Meter {
    /// A meter of bytes that move.
    pub(crate) fn new(monitor: &Arc<dyn Monitor>) -> Self {
        Self {
            monitor: Arc::clone(monitor),
            counted: Counted::Moved,
            bytes: Arc::default(),
        }
    }

    /// A meter of bytes that are compared.
    pub(crate) fn comparing(monitor: &Arc<dyn Monitor>) -> Self {
        Self {
            counted: Counted::Compared,
            ..Self::new(monitor)
        }
    }

    /// Adds bytes.
    pub(crate) fn add(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
        match self.counted {
            Counted::Moved => self.monitor.counts().moved(bytes),
            Counted::Compared => self.monitor.counts().compared(bytes),
        }
    }

    /// What was counted so far has to be done again, or something else has to be done.
    pub(crate) fn take_back(&self) {
        let bytes = self.bytes.swap(0, Relaxed);
        match self.counted {
            Counted::Moved => self.monitor.counts().moved_back(bytes),
            Counted::Compared => self.monitor.counts().compared_back(bytes),
        }
    }

    /// Begins an attempt at a request: what an earlier one sent does not count.
    pub(crate) fn begin(&self) -> Arc<dyn Fn(u64) + Send + Sync> {
        self.take_back();
        let meter = self.clone();
        Arc::new(move |bytes| meter.add(bytes))
    }
}
