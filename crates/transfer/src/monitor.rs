//! What the engine says while it works. It only speaks: nothing that a monitor does changes
//! what is moved.

use std::sync::Arc;

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
