//! The directories used last, kept open.

use std::sync::Arc;

use super::Dir;
use common::spare_files;

/// Enough for the deepest path that keys can name and its neighbours in key order; fewer where few
/// files may be open.
const KEPT: usize = 32;

/// Least recently used directories are closed first. A list: of so few entries the newest,
/// which is nearly always the one asked for, is found at once.
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

    /// The directory with this path, if it is open; it becomes the newest.
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

    /// Keeps a directory open, closing the one unused for longest.
    pub(super) fn keep(&mut self, path: &str, dir: &Arc<Dir>) {
        // Two tasks may have opened the same one.
        self.newest_last.retain(|(kept, _)| &**kept != path);
        if self.newest_last.len() >= self.most {
            self.newest_last.remove(0);
        }
        self.newest_last.push((path.into(), Arc::clone(dir)));
    }
}
