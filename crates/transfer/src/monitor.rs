//! What the engine says while it works. It only speaks: nothing that a monitor does changes
//! what is moved.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use common::Error;

use crate::item::Item;

/// Listens to a run.
pub trait Monitor: Send + Sync {
    /// So many files and bytes more are known to be moved.
    fn planned(&self, files: u64, bytes: u64);
    /// Moving this object or file, of this size, has begun.
    fn started(&self, subject: &str, bytes: u64);
    /// So many bytes more were moved.
    fn moved(&self, bytes: u64);
    /// So many bytes that were said to be moved have to be moved again.
    fn moved_back(&self, bytes: u64);
    /// So many files more are done, whether well or not.
    fn finished(&self, files: u64);
    /// Nothing more will be planned.
    fn listing_done(&self);
    /// Something that a person should know and that is no failure.
    fn warning(&self, text: &str);
    /// What became of one object or file. It counts as finished.
    fn item(&self, _item: &Item) {}
    /// A failure that is about no single object, such as a listing that breaks off.
    fn failure(&self, _error: &Error) {}
}

/// The monitor's ear for warnings by itself.
pub fn warns(monitor: &Arc<dyn Monitor>) -> Arc<dyn Fn(String) + Send + Sync> {
    let monitor = Arc::clone(monitor);
    Arc::new(move |text: String| monitor.warning(&text))
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Monitor for Silent {
    fn planned(&self, _files: u64, _bytes: u64) {}
    fn started(&self, _subject: &str, _bytes: u64) {}
    fn moved(&self, _bytes: u64) {}
    fn moved_back(&self, _bytes: u64) {}
    fn finished(&self, _files: u64) {}
    fn listing_done(&self) {}
    fn warning(&self, _text: &str) {}
}

/// Remembers what it heard, for tests.
#[derive(Debug, Default)]
pub struct Recording {
    planned_files: AtomicU64,
    planned_bytes: AtomicU64,
    moved_bytes: AtomicU64,
    finished_files: AtomicU64,
    listing_done: AtomicBool,
    started: Mutex<Vec<String>>,
    warnings: Mutex<Vec<String>>,
}

impl Recording {
    /// Files planned so far.
    pub fn planned_files(&self) -> u64 {
        self.planned_files.load(Ordering::Relaxed)
    }

    /// Bytes planned so far.
    pub fn planned_bytes(&self) -> u64 {
        self.planned_bytes.load(Ordering::Relaxed)
    }

    /// Bytes moved so far, less those that have to be moved again.
    pub fn moved_bytes(&self) -> u64 {
        self.moved_bytes.load(Ordering::Relaxed)
    }

    /// Files done so far.
    pub fn finished_files(&self) -> u64 {
        self.finished_files.load(Ordering::Relaxed)
    }

    /// Whether the end of the listing was heard.
    pub fn heard_listing_done(&self) -> bool {
        self.listing_done.load(Ordering::Relaxed)
    }

    /// What was begun, in order.
    pub fn started_subjects(&self) -> Vec<String> {
        self.started
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The warnings, in order.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Monitor for Recording {
    fn planned(&self, files: u64, bytes: u64) {
        self.planned_files.fetch_add(files, Ordering::Relaxed);
        self.planned_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn started(&self, subject: &str, _bytes: u64) {
        self.started
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(subject.to_owned());
    }

    fn moved(&self, bytes: u64) {
        self.moved_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn moved_back(&self, bytes: u64) {
        self.moved_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    fn finished(&self, files: u64) {
        self.finished_files.fetch_add(files, Ordering::Relaxed);
    }

    fn listing_done(&self) {
        self.listing_done.store(true, Ordering::Relaxed);
    }

    fn warning(&self, text: &str) {
        self.warnings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.to_owned());
    }
}
