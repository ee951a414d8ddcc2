//! Finds keys such as `a` and `a/b`, of which a disk can only hold one.

/// Refuses a key below a name that an earlier key uses for a file. Keys must come in byte order.
/// Then the file always comes first and wins, whatever the timing.
///
/// Keeps only those keys that the current key begins with, as lengths.
#[derive(Debug, Default)]
pub struct AncestorGuard {
    current: String,
    /// Lengths of the earlier keys that `current` begins with, shortest first.
    prefixes: Vec<usize>,
}

impl AncestorGuard {
    /// Whether `path`, the next in byte order, can exist on the disk. A trailing `/` marks a
    /// directory. Pass only paths that are accepted otherwise: a key that a filter left out or that
    /// was refused for another reason does not block others.
    pub fn admits(&mut self, path: &str) -> bool {
        while self
            .prefixes
            .last()
            .is_some_and(|&len| !shares(&self.current, len, path))
        {
            self.prefixes.pop();
        }
        // A prefix that ends in `/` is a directory, so other keys may be below it.
        let below_file = self.prefixes.iter().any(|&len| {
            let byte = |at: usize| path.as_bytes().get(at);
            byte(len) == Some(&b'/') && len.checked_sub(1).and_then(byte) != Some(&b'/')
        });
        if below_file {
            return false;
        }
        self.current.clear();
        self.current.push_str(path);
        self.prefixes.push(path.len());
        true
    }
}

/// Whether both begin with the same `len` bytes.
fn shares(current: &str, len: usize, path: &str) -> bool {
    let head = current.as_bytes().get(..len);
    head.is_some() && head == path.as_bytes().get(..len)
}
