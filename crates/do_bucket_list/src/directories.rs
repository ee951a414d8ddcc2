//! What is in each directory, in all, while a listing in byte order goes by: all keys of a directory
//! follow each other, so only the directories around the last key are kept.

use crate::totals::Count;

/// The directories that are not complete yet, the outermost first.
pub(crate) struct Directories {
    /// How many levels are told apart.
    depth: usize,
    /// Where names begin to be told apart: after the last `/` of the prefix.
    start: usize,
    open: Vec<(String, Count)>,
}

impl Directories {
    pub(crate) fn new(depth: usize, start: usize) -> Self {
        Self {
            depth,
            start,
            open: Vec::new(),
        }
    }

    /// Counts an object in its directories. `done` gets each directory that is complete, the inner
    /// ones first.
    pub(crate) fn add(&mut self, name: &str, bytes: u64, mut done: impl FnMut(&str, Count)) {
        while let Some((directory, count)) = self.open.pop() {
            if name.starts_with(&directory) {
                self.open.push((directory, count));
                break;
            }
            done(&directory, count);
        }
        while self.open.len() < self.depth {
            let start = self.open.last().map_or(self.start, |(open, _)| open.len());
            let Some(length) = name.get(start..).and_then(|rest| rest.find('/')) else {
                break;
            };
            let directory = name.get(..=start + length).unwrap_or(name);
            self.open.push((directory.to_owned(), Count::default()));
        }
        for (_, count) in &mut self.open {
            count.add(bytes);
        }
    }

    /// The listing is complete.
    pub(crate) fn end(&mut self, mut done: impl FnMut(&str, Count)) {
        while let Some((directory, count)) = self.open.pop() {
            done(&directory, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_directory_is_told_once_and_holds_what_begins_with_it(
            names in proptest::collection::btree_set("p/([ab/-]{0,6})", 0..60), depth in 0_usize..4,
        ) {
            let mut sums = Directories::new(depth, "p/".len());
            let mut told = BTreeMap::new();
            let mut again = false;
            let mut tell = |name: &str, count: Count| again |= told.insert(name.to_owned(), count).is_some();
            for name in &names {
                sums.add(name, 1, &mut tell);
            }
            sums.end(&mut tell);
            prop_assert!(!again);
            let mut expected: BTreeMap<String, Count> = BTreeMap::new();
            for name in &names {
                let slashes = name.match_indices('/').skip(1).take(depth);
                for (at, _) in slashes {
                    expected.entry(name[..=at].to_owned()).or_default().add(1);
                }
            }
            prop_assert_eq!(told, expected);
        }
    }
}
