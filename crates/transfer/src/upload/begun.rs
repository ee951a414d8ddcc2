//! Which multipart uploads were created and may be left in the bucket.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// The keys of uploads that may be left. A key is removed when its upload cannot be left any more.
/// Clones share them.
#[derive(Clone, Default)]
pub(super) struct Begun(Arc<Mutex<BTreeSet<String>>>);

impl Begun {
    pub(super) fn keys(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
