//! Counts the bytes of one object as they move, so that they can be taken back when they have
//! to be moved again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::monitor::Monitor;

/// The bytes of one object, or of one part of it; clones count together.
#[derive(Clone)]
pub(crate) struct Meter {
    monitor: Arc<dyn Monitor>,
    moved_bytes: Arc<AtomicU64>,
}

impl Meter {
    /// A meter that has counted nothing.
    pub(crate) fn new(monitor: &Arc<dyn Monitor>) -> Self {
        Self {
            monitor: Arc::clone(monitor),
            moved_bytes: Arc::default(),
        }
    }

    /// So many bytes more have moved.
    pub(crate) fn moved(&self, bytes: u64) {
        self.moved_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.monitor.moved(bytes);
    }

    /// What was counted so far has to be moved again.
    pub(crate) fn take_back(&self) {
        self.monitor
            .moved_back(self.moved_bytes.swap(0, Ordering::Relaxed));
    }

    /// Begins an attempt at a request: what an earlier one sent does not count.
    pub(crate) fn begin(&self) -> Arc<dyn Fn(u64) + Send + Sync> {
        self.take_back();
        let meter = self.clone();
        Arc::new(move |bytes| meter.moved(bytes))
    }
}
