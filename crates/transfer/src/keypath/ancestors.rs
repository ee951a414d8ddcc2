//! Of `a` and `a/b` only one can be on a disk.

/// Refuses a key below a name that an earlier key uses for a file. Fed in byte order, where
/// the file comes first, so that the first in key order stands by plan and not by race.
///
/// Keeps only the keys that are string prefixes of the current one, as lengths into it.
#[derive(Debug, Default)]
pub struct AncestorGuard {
    current: String,
    /// Lengths of the earlier keys that `current` starts with, shortest first.
    prefixes: Vec<usize>,
}

impl AncestorGuard {
    /// Whether `path`, the next in byte order, may have its name. A trailing `/` marks a
    /// directory. Only what is accepted is to be fed: a key that a filter left out or that was
    /// refused for another reason takes no name.
    pub fn admits(&mut self, path: &str) -> bool {
        while self
            .prefixes
            .last()
            .is_some_and(|&len| !shares(&self.current, len, path))
        {
            self.prefixes.pop();
        }
        // A prefix that ends in `/` is a directory marker, which things may be below.
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

/// Whether the first `len` bytes of both are the same.
fn shares(current: &str, len: usize, path: &str) -> bool {
    let head = current.as_bytes().get(..len);
    head.is_some() && head == path.as_bytes().get(..len)
}
