//! How many attempts have failed at the operations that are under way, for the progress line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The numbers of failed attempts, and how many operations have each.
#[derive(Debug, Default)]
pub(crate) struct Retrying(Mutex<BTreeMap<u32, usize>>);

impl Retrying {
    /// The highest number of failed attempts at one operation.
    pub(crate) fn most(&self) -> u32 {
        let counts = self.counts();
        counts.last_key_value().map_or(0, |(failed, _)| *failed)
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<u32, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The failed attempts at one operation; dropped, the operation has ended.
#[derive(Debug)]
pub(crate) struct Failed {
    number: u32,
    all: Arc<Retrying>,
}

impl Failed {
    pub(crate) fn none(all: &Arc<Retrying>) -> Self {
        Self {
            number: 0,
            all: Arc::clone(all),
        }
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// One more attempt failed.
    pub(crate) fn add(&mut self) {
        self.forget();
        self.number = self.number.saturating_add(1);
        *self.all.counts().entry(self.number).or_default() += 1;
    }

    fn forget(&self) {
        let mut counts = self.all.counts();
        if let Some(operations) = counts.get_mut(&self.number) {
            *operations -= 1;
            if *operations == 0 {
                counts.remove(&self.number);
            }
        }
    }
}

impl Drop for Failed {
    fn drop(&mut self) {
        if self.number > 0 {
            self.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operation_with_most_failures_counts_until_it_ends() {
        let all = Arc::default();
        let (mut one, mut two) = (Failed::none(&all), Failed::none(&all));
        assert_eq!(all.most(), 0);
        one.add();
        two.add();
        two.add();
        assert_eq!((all.most(), two.number()), (2, 2));
        drop(two);
        assert_eq!(all.most(), 1);
        drop(one);
        assert_eq!(all.most(), 0);
    }
}
