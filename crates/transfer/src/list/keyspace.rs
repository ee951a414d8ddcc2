//! Arithmetic on keys: how fast a listing moves through them, and which key is so many pages
//! further on. All of it estimates; nothing that is listed rests on them.

use super::alphabet::{Alphabet, Columns, is_plain};

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

    /// Takes note of the keys of a page; gives what is in their columns.
    pub(super) fn note<'a>(&mut self, keys: impl Iterator<Item = &'a str>) -> Columns {
        let mut near = Columns::default();
        for key in keys {
            if let Some(rest) = key.strip_prefix(&self.prefix) {
                self.alphabet.note(rest, &mut near);
            }
        }
        self.alphabet.weigh();
        near
    }

    /// The keys as they look from where such keys stand.
    pub(super) fn near<'a>(&'a self, near: &'a Columns) -> Near<'a> {
        Near {
            prefix: &self.prefix,
            alphabet: &self.alphabet,
            near,
        }
    }
}

/// The keys below a prefix as they look from some place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near<'a> {
    prefix: &'a str,
    alphabet: &'a Alphabet,
    near: &'a Columns,
}

impl Near<'_> {
    /// The pace of a listing that came from one key to another in so many pages.
    pub(super) fn pace(&self, from: &str, to: &str, pages: f64) -> Option<Pace> {
        let from: Vec<char> = from.strip_prefix(self.prefix)?.chars().collect();
        let to: Vec<char> = to.strip_prefix(self.prefix)?.chars().collect();
        let column = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let way = self.fraction(&to, column) - self.fraction(&from, column);
        let step = way / pages;
        (step > 0.0 && step.is_finite()).then_some(Pace { column, step })
    }

    /// Several paces, those over short ways first, as one: each holds as far as the keys are as
    /// like each other as where it was measured, and there the next takes over.
    pub(super) fn nested(paces: impl IntoIterator<Item = Option<Pace>>) -> Vec<Pace> {
        let mut nested: Vec<Pace> = Vec::new();
        for pace in paces.into_iter().flatten() {
            if nested.last().is_none_or(|last| pace.column < last.column) {
                nested.push(pace);
            }
        }
        nested
    }

    /// About how many pages it is from one key to a later one, and whether the paces reach so far.
    pub(super) fn pages(&self, from: &str, to: &str, paces: &[Pace]) -> Option<(f64, bool)> {
        let from: Vec<char> = from.strip_prefix(self.prefix)?.chars().collect();
        let to: Vec<char> = to.strip_prefix(self.prefix)?.chars().collect();
        let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let mut sum = 0.0;
        let mut inner = None;
        for pace in paces {
            let place = self.begins(&from, pace.column, inner);
            if pace.column <= common {
                let way = self.fraction(&to, pace.column) - place;
                return Some((sum + way.max(0.0) / pace.step, true));
            }
            sum += (1.0 - place).max(0.0) / pace.step;
            inner = Some(pace.column);
        }
        // Beyond all that is known it is taken to be as dense.
        let last = paces.last()?;
        let all = self.sizes(&from, common, last.column);
        let way = self.fraction(&to, common) - self.begins(&from, common, inner);
        Some((sum + way.max(0.0) * all / last.step, false))
    }

    /// The key that is about `pages` after `key`; `None` if that is beyond all that can be, or
    /// could not be asked for.
    pub(super) fn ahead(&self, key: &str, paces: &[Pace], mut pages: f64) -> Option<String> {
        let rest: Vec<char> = key.strip_prefix(self.prefix)?.chars().collect();
        let mut inner = None;
        let (last, others) = paces.split_last()?;
        for pace in others {
            let room = (1.0 - self.begins(&rest, pace.column, inner)).max(0.0) / pace.step;
            if pages <= room {
                return self.further(key, &rest, *pace, inner, pages);
            }
            pages -= room;
            inner = Some(pace.column);
        }
        self.further(key, &rest, *last, inner, pages)
    }

    /// The key that is so many pages after a key, or after all that is like it up to a column.
    fn further(
        &self,
        key: &str,
        rest: &[char],
        pace: Pace,
        inner: Option<usize>,
        pages: f64,
    ) -> Option<String> {
        let mut column = pace.column;
        let mut step = pace.step;
        let mut place = self.begins(rest, column, inner) + step * pages;
        while place >= 1.0 {
            column = column.checked_sub(1)?;
            let current = rest.get(column).copied();
            let chars = self.alphabet.at(self.near, column, current);
            let size = self.alphabet.size(chars);
            place = (current.map_or(0.0, |c| self.alphabet.rank(chars, c)) + place) / size;
            step /= size;
        }
        let mut split = self.prefix.to_owned();
        for place in 0..column {
            let lowest = || {
                self.alphabet
                    .nth(self.alphabet.at(self.near, place, None), 0.0)
            };
            split.push(rest.get(place).copied().unwrap_or_else(lowest));
        }
        let mut grain = step / PARTS_OF_A_PAGE;
        for column in column..column + DIGITS {
            let chars = self
                .alphabet
                .at(self.near, column, rest.get(column).copied());
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

    /// How many different things can stand in these columns.
    fn sizes(&self, rest: &[char], from: usize, to: usize) -> f64 {
        let size = |column| {
            let chars = self
                .alphabet
                .at(self.near, column, rest.get(column).copied());
            self.alphabet.size(chars)
        };
        (from..to).map(size).product()
    }

    /// Where a key stands, or if `inner` is given, the end of all that is like it up to there.
    fn begins(&self, rest: &[char], column: usize, inner: Option<usize>) -> f64 {
        let Some(inner) = inner else {
            return self.fraction(rest, column);
        };
        let like = rest.get(..inner).unwrap_or(rest);
        self.fraction(like, column) + 1.0 / self.sizes(rest, column, inner)
    }

    /// Where a key stands among all that could stand from `column` on, from 0 to 1.
    fn fraction(&self, rest: &[char], column: usize) -> f64 {
        let (mut sum, mut unit) = (0.0, 1.0);
        for (index, c) in rest.iter().enumerate().skip(column).take(DIGITS) {
            let chars = self.alphabet.at(self.near, index, Some(*c));
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

    fn knowing(prefix: &str, keys: &[String]) -> (Keyspace, Columns) {
        let mut space = Keyspace::below(prefix);
        let near = space.note(keys.iter().map(String::as_str));
        (space, near)
    }

    #[test]
    fn numbered_keys_are_counted_on() {
        let keys: Vec<String> = (0..5000)
            .map(|n| format!("p/{:05}/{n:08}.bin", n / 1000))
            .collect();
        let (space, near) = knowing("p/", &keys);
        let space = space.near(&near);
        let pace = space.pace(&keys[0], &keys[4999], 5.0).unwrap();
        let ahead = space.ahead(&keys[4999], &[pace], 6.0).unwrap();
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
            let (space, near) = knowing(&prefix, &keys);
            let space = space.near(&near);
            let last = keys.last().unwrap();
            if let Some(pace) = space.pace(&keys[0], last, 1.0)
                && let Some(split) = space.ahead(last, &[pace], pages)
            {
                prop_assert!(split > *last && split.starts_with(&prefix));
                prop_assert!(split.chars().all(is_plain));
            }
        }
    }
}
