//! What the engine says while it works. It only speaks: nothing that a monitor does changes
//! what is moved.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use common::Error;

use crate::item::Item;

/// Listens to a run.
pub trait Monitor: Send + Sync {
    /// Counts what is planned and what is done.
    fn counts(&self) -> &Counts;
    /// Something that a person should know and that is no failure.
    fn warning(&self, text: &str);
    /// What became of one object or file. It has to be counted as finished.
    fn item(&self, item: &Item);
    /// A failure that is about no single object, such as a listing that breaks off.
    fn failure(&self, error: &Error);
}

/// What is planned and what is done so far, in files and bytes.
#[derive(Debug, Default)]
pub struct Counts {
    pub(crate) planned_files: AtomicU64,
    pub(crate) planned_bytes: AtomicU64,
    pub(crate) finished_files: AtomicU64,
    pub(crate) moved_bytes: AtomicU64,
    pub(crate) compared_bytes: AtomicU64,
    pub(crate) is_planned: AtomicBool,
}

impl Counts {
    /// Adds files and bytes that will be moved or compared.
    pub fn planned(&self, files: u64, bytes: u64) {
        self.planned_files.fetch_add(files, Relaxed);
        self.planned_bytes.fetch_add(bytes, Relaxed);
    }

    /// Nothing more will be planned.
    pub(crate) fn listing_done(&self) {
        self.is_planned.store(true, Relaxed);
    }

    /// Adds bytes that were moved.
    pub fn moved(&self, bytes: u64) {
        self.moved_bytes.fetch_add(bytes, Relaxed);
    }

    /// Subtracts bytes that have to be moved again.
    pub(crate) fn moved_back(&self, bytes: u64) {
        self.moved_bytes.fetch_sub(bytes, Relaxed);
    }

    /// Adds bytes that were compared.
    pub fn compared(&self, bytes: u64) {
        self.compared_bytes.fetch_add(bytes, Relaxed);
    }

    /// Subtracts bytes that turned out different and have to be moved.
    pub(crate) fn compared_back(&self, bytes: u64) {
        self.compared_bytes.fetch_sub(bytes, Relaxed);
    }

    /// Adds files that are finished, successfully or not.
    pub fn finished(&self, files: u64) {
        self.finished_files.fetch_add(files, Relaxed);
    }
}

/// The monitor's ear for warnings by itself.
pub fn warns(monitor: &Arc<dyn Monitor>) -> Arc<dyn Fn(String) + Send + Sync> {
    let monitor = Arc::clone(monitor);
    Arc::new(move |text: String| monitor.warning(&text))
}
