//! The most recently used directories, kept open.

use std::sync::Arc;

use super::Dir;
use common::spare_files;

/// Enough for the deepest path of a key and its neighbours in key order. Fewer if this process may
/// open only few files.
const KEPT: usize = 32;

/// The least recently used directory is closed first. A list is enough: the requested directory is
/// nearly always the newest entry.
#[derive(Debug)]
pub(super) struct Recent {
    newest_last: Vec<(Box<str>, Arc<Dir>)>,
    most: usize,
}

impl Recent {
    pub(super) fn new() -> Self {
        Self {
            newest_last: Vec::with_capacity(KEPT),
            most: KEPT.min(spare_files() / 8).max(1),
        }
    }

    /// The directory with this path, if it is open. It becomes the newest entry.
    pub(super) fn get(&mut self, path: &str) -> Option<Arc<Dir>> {
        let at = self
            .newest_last
            .iter()
            .rposition(|(kept, _)| &**kept == path)?;
        if at + 1 < self.newest_last.len() {
            let entry = self.newest_last.remove(at);
            self.newest_last.push(entry);
        }
        self.newest_last.last().map(|(_, dir)| Arc::clone(dir))
    }

    /// Keeps a directory open. Closes the least recently used one if there are too many.
    pub(super) fn keep(&mut self, path: &str, dir: &Arc<Dir>) {
        // Two tasks may have opened the same directory.
        self.newest_last.retain(|(kept, _)| &**kept != path);
        if self.newest_last.len() >= self.most {
            self.newest_last.remove(0);
        }
        self.newest_last.push((path.into(), Arc::clone(dir)));
    }
}
