//! The keys that this run has uploaded, as far as it knows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use transfer::keypath::RelativePath;

/// The uploaded directory, and the keys that have arrived.
///
/// Both are needed: a file may be removed after it was uploaded, and a signal may end an upload whose object has
/// arrived.
#[derive(Clone, Debug)]
pub(crate) struct SentKeys {
    directory: PathBuf,
    keys: Arc<Mutex<HashSet<String>>>,
}

impl SentKeys {
    /// An empty set for this directory.
    pub(crate) fn from(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            keys: Arc::default(),
        }
    }

    /// Records that an object has arrived.
    pub(crate) fn add(&self, key: &str) {
        self.keys().insert(key.to_owned());
    }

    /// Whether an object has arrived.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys().contains(key)
    }

    /// Whether the directory contains a file or directory of this name.
    pub(crate) fn is_there(&self, name: &str) -> bool {
        RelativePath::parse(name).is_ok() && self.directory.join(name).exists()
    }

    fn keys(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
