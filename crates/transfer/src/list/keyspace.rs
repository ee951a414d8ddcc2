//! Arithmetic on keys: how fast a listing moves through them, and which key is so many pages
//! further on. All of it estimates; nothing that is listed rests on them.

use super::alphabet::{Alphabet, is_plain};

/// Characters that are worth reckoning with: more would be below the precision of an `f64`.
const DIGITS: usize = 12;

/// The longest key, and so the longest name to start after.
const KEY_BYTES: usize = 1024;

/// A page in this many parts: as exactly as a split is placed.
const PARTS_OF_A_PAGE: f64 = 4.0;

/// The keys below one prefix.
#[derive(Debug, Default)]
pub(super) struct Keyspace {
    prefix: String,
    alphabet: Alphabet,
}

/// How far a page reaches: this part of all that can stand from this column on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    column: usize,
    step: f64,
}

impl Keyspace {
    pub(super) fn below(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            alphabet: Alphabet::default(),
        }
    }

    /// Takes note of a key.
    pub(super) fn note(&mut self, key: &str) {
        if let Some(rest) = key.strip_prefix(&self.prefix) {
            self.alphabet.note(rest);
        }
    }

    /// The pace of a listing that came from one key to another in so many pages.
    pub(super) fn pace(&self, from: &str, to: &str, pages: f64) -> Option<Pace> {
        let from: Vec<char> = from.strip_prefix(&self.prefix)?.chars().collect();
        let to: Vec<char> = to.strip_prefix(&self.prefix)?.chars().collect();
        let column = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let way = self.fraction(&to, column) - self.fraction(&from, column);
        let step = way / pages;
        (step > 0.0 && step.is_finite()).then_some(Pace { column, step })
    }

    /// The key that is about `pages` after `key`; `None` if that is beyond all that can be, or
    /// could not be asked for.
    pub(super) fn ahead(&self, key: &str, pace: Pace, pages: f64) -> Option<String> {
        let rest: Vec<char> = key.strip_prefix(&self.prefix)?.chars().collect();
        let mut column = pace.column;
        let mut way = pace.step * pages;
        let mut place = self.fraction(&rest, column) + way;
        while place >= 1.0 {
            column = column.checked_sub(1)?;
            let current = rest.get(column).copied();
            let chars = self.alphabet.at(column, current);
            let size = self.alphabet.size(chars);
            place = (current.map_or(0.0, |c| self.alphabet.rank(chars, c)) + place) / size;
            way /= size;
        }
        let mut split = self.prefix.clone();
        for place in 0..column {
            let lowest = || self.alphabet.nth(self.alphabet.at(place, None), 0.0);
            split.push(rest.get(place).copied().unwrap_or_else(lowest));
        }
        let mut grain = way / pages / PARTS_OF_A_PAGE;
        for column in column..column + DIGITS {
            let chars = self.alphabet.at(column, rest.get(column).copied());
            let size = self.alphabet.size(chars);
            place *= size;
            split.push(self.alphabet.nth(chars, place));
            place -= place.floor();
            grain *= size;
            if grain >= 1.0 {
                break;
            }
        }
        let usable = split.len() <= KEY_BYTES && split.chars().all(is_plain);
        (usable && split.as_str() > key).then_some(split)
    }

    /// Where a key stands among all that could stand from `column` on, from 0 to 1.
    fn fraction(&self, rest: &[char], column: usize) -> f64 {
        let (mut sum, mut unit) = (0.0, 1.0);
        for (index, c) in rest.iter().enumerate().skip(column).take(DIGITS) {
            let chars = self.alphabet.at(index, Some(*c));
            let size = self.alphabet.size(chars);
            unit /= size;
            sum += self.alphabet.rank(chars, *c) * unit;
            if unit < f64::EPSILON {
                break;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn knowing(prefix: &str, keys: &[String]) -> Keyspace {
        let mut space = Keyspace::below(prefix);
        keys.iter().for_each(|key| space.note(key));
        space
    }

    #[test]
    fn numbered_keys_are_counted_on() {
        let keys: Vec<String> = (0..5000)
            .map(|n| format!("p/{:05}/{n:08}.bin", n / 1000))
            .collect();
        let space = knowing("p/", &keys);
        let pace = space.pace(&keys[0], &keys[4999], 5.0).unwrap();
        let ahead = space.ahead(&keys[4999], pace, 6.0).unwrap();
        assert!(
            ahead.as_str() > "p/00008" && ahead.as_str() < "p/00012",
            "{ahead}"
        );
    }

    proptest! {
        #[test]
        fn a_split_is_a_plain_key_further_on_below_the_prefix(
            keys in proptest::collection::btree_set("\\PC{0,6}|[a-c/]{0,6}|[\\x00-\\x7f]{0,4}", 2..20),
            prefix in "\\PC{0,2}",
            pages in 0.1..50.0_f64,
        ) {
            let keys: Vec<String> = keys.iter().map(|key| format!("{prefix}{key}")).collect();
            let space = knowing(&prefix, &keys);
            let last = keys.last().unwrap();
            if let Some(pace) = space.pace(&keys[0], last, 1.0)
                && let Some(split) = space.ahead(last, pace, pages)
            {
                prop_assert!(split > *last && split.starts_with(&prefix));
                prop_assert!(split.chars().all(is_plain));
            }
        }
    }
}
