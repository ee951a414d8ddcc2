//! The directories used last, kept open.

use std::sync::Arc;

use super::Dir;

/// Enough for the deepest path that keys can name and its neighbours in key order, and far
/// below any limit of open files.
const KEPT: usize = 32;

/// Least recently used directories are closed first. A list: of so few entries the newest,
/// which is nearly always the one asked for, is found at once.
#[derive(Debug)]
pub(super) struct Recent(Vec<(Box<str>, Arc<Dir>)>);

impl Recent {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(KEPT))
    }

    /// The directory with this path, if it is open; it becomes the newest.
    pub(super) fn get(&mut self, path: &str) -> Option<Arc<Dir>> {
        let at = self.0.iter().rposition(|(kept, _)| &**kept == path)?;
        if at + 1 < self.0.len() {
            let entry = self.0.remove(at);
            self.0.push(entry);
        }
        self.0.last().map(|(_, dir)| Arc::clone(dir))
    }

    /// Keeps a directory open, closing the one unused for longest.
    pub(super) fn keep(&mut self, path: &str, dir: &Arc<Dir>) {
        // Two tasks may have opened the same one.
        self.0.retain(|(kept, _)| &**kept != path);
        if self.0.len() >= KEPT {
            self.0.remove(0);
        }
        self.0.push((path.into(), Arc::clone(dir)));
    }
}
