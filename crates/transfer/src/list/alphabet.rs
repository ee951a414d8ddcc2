//! Which characters the keys are made of, column by column.
//!
//! Only so is the middle between two keys a place where keys may be: half-way from `00009` to
//! `00020` is `00015` to whom knows that these columns hold digits. Characters outside ASCII are
//! remembered in blocks of 64, for all columns together.

/// Columns that are told apart; what stands further right decides no split.
const COLUMNS: usize = 40;

/// Blocks of 64 characters, up to U+10FFFF, in words of 64 bits.
const WIDE_WORDS: usize = 0x11_0000 / 64 / 64;

/// Characters of a block.
const BLOCK: f64 = 64.0;

/// The first blocks of those that take two, three and four bytes, and the end.
const CLASSES: [usize; 4] = [0x80 / 64, 0x800 / 64, 0x1_0000 / 64, 0x11_0000 / 64];

/// The characters that may stand at a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chars {
    ascii: u128,
    wide: bool,
}

impl Chars {
    fn contains(self, c: char) -> bool {
        if c.is_ascii() {
            self.ascii >> (c as u32) & 1 == 1
        } else {
            self.wide
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            ascii: self.ascii | other.ascii,
            wide: self.wide || other.wide,
        }
    }
}

/// What stands in each column of some keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(Vec<Chars>);

impl Columns {
    fn note(&mut self, column: usize, c: char) -> Option<Chars> {
        if column == self.0.len() {
            self.0.push(Chars::default());
        }
        let chars = self.0.get_mut(column)?;
        if c.is_ascii() {
            chars.ascii |= 1 << (c as u32);
        } else {
            chars.wide = true;
        }
        Some(*chars)
    }

    fn at(&self, column: usize) -> Chars {
        self.0.get(column).copied().unwrap_or_default()
    }

    /// What stands beside `c` in any column.
    fn beside(&self, c: char) -> Chars {
        let kin = self.0.iter().filter(|chars| chars.contains(c));
        kin.fold(Chars::default(), |sum, chars| sum.with(*chars))
    }
}

/// The characters seen so far.
#[derive(Debug, Default)]
pub(super) struct Alphabet {
    columns: Columns,
    wide: Vec<u64>,
    /// How many blocks come before each word of `wide`.
    before: Vec<u32>,
    /// How often one of ASCII stood where others stand, too ...
    narrow_seen: f64,
    /// ... and how often those of two, three and four bytes: the blocks of a class are taken to be
    /// as common as each other, but the 1,920 characters of two bytes as a whole may well be as
    /// common as the million of four.
    seen: [f64; 3],
    uncounted: bool,
    /// What each class counts in characters of ASCII, and the blocks before it.
    classes: [(f64, f64); 3],
}

impl Alphabet {
    /// Takes note of what follows the prefix in a key, for good and in `near`.
    pub(super) fn note(&mut self, rest: &str, near: &mut Columns) {
        for (column, c) in rest.chars().take(COLUMNS).enumerate() {
            near.note(column, c);
            let Some(chars) = self.columns.note(column, c) else {
                return;
            };
            if c.is_ascii() {
                self.narrow_seen += f64::from(u8::from(chars.wide));
                continue;
            }
            let block = c as usize / 64;
            if let Some(seen) = self.seen.get_mut(class_of(block)) {
                *seen += 1.0;
            }
            self.wide.resize(WIDE_WORDS, 0);
            let bit = 1 << (block % 64);
            if let Some(word) = self.wide.get_mut(block / 64)
                && *word & bit == 0
            {
                *word |= bit;
                self.uncounted = true;
            }
        }
    }

    /// To be called when some keys were noted.
    pub(super) fn weigh(&mut self) {
        if self.wide.is_empty() {
            return;
        }
        if std::mem::take(&mut self.uncounted) {
            self.count();
        }
        let ascii = self.columns.0.iter().filter(|chars| chars.wide);
        let ascii = ascii.fold(0, |sum, chars| sum | chars.ascii).count_ones();
        // So often does one of ASCII come; if none does, one of the others is the measure.
        let mut unit = self.narrow_seen / f64::from(ascii.max(1));
        if unit == 0.0 {
            unit = self.seen.iter().sum::<f64>() / self.blocks_below(usize::MAX).max(1.0) / BLOCK;
        }
        for (class, first) in CLASSES.iter().enumerate().take(3) {
            let below = self.blocks_below(*first);
            if let (Some(place), Some(seen)) = (self.classes.get_mut(class), self.seen.get(class)) {
                *place = (seen / unit, below);
            }
        }
    }

    fn count(&mut self) {
        let mut sum = 0;
        self.before.clear();
        for word in &self.wide {
            self.before.push(sum);
            sum += word.count_ones();
        }
        self.before.push(sum);
    }

    /// What may stand in a column where `current` stands in a key: whatever stands beside
    /// `current` in any column, since a sorted listing shows the high digits of its keys late and
    /// the low ones early. The keys that are `near` know best: in another directory the same
    /// columns may be words.
    pub(super) fn at(&self, near: &Columns, column: usize, current: Option<char>) -> Chars {
        let Some(c) = current else {
            let own = near.at(column);
            return if own == Chars::default() {
                self.columns.at(column)
            } else {
                own
            };
        };
        let kin = near.beside(c);
        if kin.ascii.count_ones() > 1 || kin.wide {
            return kin;
        }
        let all = self.columns.beside(c);
        all.with(self.columns.at(column))
    }

    /// How many characters these are; at least one, so that it can be divided by.
    pub(super) fn size(&self, chars: Chars) -> f64 {
        let ascii = f64::from(chars.ascii.count_ones());
        let wide = if chars.wide {
            self.classes.iter().map(|class| class.0).sum()
        } else {
            0.0
        };
        (ascii + wide).max(1.0)
    }

    /// How many of them come before `c`.
    pub(super) fn rank(&self, chars: Chars, c: char) -> f64 {
        if c.is_ascii() {
            let below = (1_u128 << (c as u32)) - 1;
            return f64::from((chars.ascii & below).count_ones());
        }
        let ascii = f64::from(chars.ascii.count_ones());
        if !chars.wide {
            return ascii;
        }
        let block = c as usize / 64;
        let class = class_of(block);
        let Some((weight, begins)) = self.classes.get(class) else {
            return ascii;
        };
        let below: f64 = self.classes.iter().take(class).map(|class| class.0).sum();
        let place = self.blocks_below(block) - begins + f64::from(c as u32 % 64) / BLOCK;
        ascii + below + weight * place / self.blocks_in(class)
    }

    /// The one that has `rank` others before it, or one near it that no service chokes on.
    pub(super) fn nth(&self, chars: Chars, rank: f64) -> char {
        let mut left = rank.max(0.0) as usize;
        let mut ascii = chars.ascii;
        while ascii != 0 {
            if left == 0 {
                let c = char::from_u32(ascii.trailing_zeros()).unwrap_or('~');
                return if is_plain(c) {
                    c
                } else if c == '\x7f' {
                    '~'
                } else {
                    ' '
                };
            }
            left -= 1;
            ascii &= ascii - 1;
        }
        let mut left = rank - f64::from(chars.ascii.count_ones());
        for (class, (weight, begins)) in self.classes.iter().enumerate().filter(|_| chars.wide) {
            let is_last = self
                .classes
                .iter()
                .skip(class + 1)
                .all(|next| next.0 == 0.0);
            if *weight > 0.0 && (left < *weight || is_last) {
                let blocks = self.blocks_in(class);
                let place = (left.max(0.0) / weight * blocks).min(blocks - 1.0 / BLOCK);
                let c = self.in_block(begins + place.floor(), place.fract() * BLOCK);
                return c.filter(|c| is_plain(*c)).unwrap_or('\u{a0}');
            }
            left -= weight;
        }
        '~'
    }

    /// The character of this number in the block that has so many before it.
    fn in_block(&self, number: f64, place: f64) -> Option<char> {
        let number = number as u32;
        let word = self.before.partition_point(|before| *before <= number);
        let word = word.checked_sub(1)?;
        let mut bits = *self.wide.get(word)?;
        for _ in *self.before.get(word)?..number {
            bits &= bits.wrapping_sub(1);
        }
        let block = word * 64 + bits.trailing_zeros() as usize;
        char::from_u32(u32::try_from(block * 64 + place as usize).ok()?)
    }

    fn blocks_in(&self, class: usize) -> f64 {
        let end = CLASSES.get(class + 1).copied().unwrap_or(usize::MAX);
        let begins = self.classes.get(class).map_or(0.0, |class| class.1);
        (self.blocks_below(end) - begins).max(1.0)
    }

    fn blocks_below(&self, block: usize) -> f64 {
        let word = block / 64;
        let Some(before) = self.before.get(word).or(self.before.last()) else {
            return 0.0;
        };
        let bits = self
            .wide
            .get(word)
            .map_or(0, |bits| bits & ((1 << (block % 64)) - 1));
        f64::from(before + bits.count_ones())
    }
}

fn class_of(block: usize) -> usize {
    CLASSES
        .partition_point(|first| *first <= block)
        .saturating_sub(1)
}

/// Whether `c` survives being echoed in XML by a service that escapes nothing.
pub(super) fn is_plain(c: char) -> bool {
    !c.is_control() && (c as u32) & 0xfffe != 0xfffe && !('\u{fdd0}'..='\u{fdef}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_digits_is_known_by_the_other_columns_of_digits() {
        let (mut alphabet, mut near) = (Alphabet::default(), Columns::default());
        for number in 0..1000 {
            alphabet.note(&format!("0{number:03}/x"), &mut near);
        }
        let digits = alphabet.at(&near, 0, Some('0'));
        assert_eq!(alphabet.size(digits), 10.0);
        assert_eq!(alphabet.rank(digits, '7'), 7.0);
        assert_eq!(alphabet.nth(digits, 9.5), '9');
        assert_eq!(alphabet.size(alphabet.at(&near, 4, Some('/'))), 1.0);
    }

    #[test]
    fn ranks_are_in_byte_order_all_over_utf_8() {
        let (mut alphabet, mut near) = (Alphabet::default(), Columns::default());
        alphabet.note(
            "az\u{e9}\u{4e00}\u{d7ff}\u{e000}\u{fffd}\u{10ffff}",
            &mut near,
        );
        alphabet.weigh();
        let chars = alphabet
            .at(&near, 0, None)
            .with(alphabet.at(&near, 2, None));
        let ranks =
            ['a', '\u{e9}', '\u{4e00}', '\u{e000}', '\u{10fffd}'].map(|c| alphabet.rank(chars, c));
        assert!(ranks.is_sorted(), "{ranks:?}");
        for c in ['a', '\u{e9}', '\u{4e00}', '\u{e000}', '\u{10fffd}'] {
            assert_eq!(alphabet.nth(chars, alphabet.rank(chars, c)), c);
        }
        assert!(is_plain(
            alphabet.nth(chars, alphabet.rank(chars, '\u{10ffff}'))
        ));
    }
}
