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

/// The characters seen so far.
#[derive(Debug, Default)]
pub(super) struct Alphabet {
    columns: Vec<Chars>,
    wide: Vec<u64>,
    /// How many blocks come before each word of `wide`.
    before: Vec<u32>,
}

impl Alphabet {
    /// Takes note of what follows the prefix in a key.
    pub(super) fn note(&mut self, rest: &str) {
        for (column, c) in rest.chars().take(COLUMNS).enumerate() {
            if column == self.columns.len() {
                self.columns.push(Chars::default());
            }
            let Some(chars) = self.columns.get_mut(column) else {
                return;
            };
            if c.is_ascii() {
                chars.ascii |= 1 << (c as u32);
                continue;
            }
            chars.wide = true;
            self.wide.resize(WIDE_WORDS, 0);
            let block = c as usize / 64;
            let bit = 1 << (block % 64);
            if let Some(word) = self.wide.get_mut(block / 64)
                && *word & bit == 0
            {
                *word |= bit;
                self.count();
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

    /// What may stand in a column where `current` stands in a key: what did stand there, and
    /// whatever stands beside `current` anywhere, since a sorted listing shows the high digits
    /// of its keys late and the low ones early.
    pub(super) fn at(&self, column: usize, current: Option<char>) -> Chars {
        let own = self.columns.get(column).copied().unwrap_or_default();
        if current.is_none() && own != Chars::default() {
            return own;
        }
        let kin = |chars: &&Chars| current.is_none_or(|c| chars.contains(c));
        let all = self.columns.iter().filter(kin);
        all.fold(own, |sum, chars| sum.with(*chars))
    }

    /// How many characters these are; at least one, so that it can be divided by.
    pub(super) fn size(&self, chars: Chars) -> f64 {
        let ascii = f64::from(chars.ascii.count_ones());
        let wide = if chars.wide {
            self.wide_below(usize::MAX)
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
        ascii + self.wide_below(c as usize / 64) + f64::from(c as u32 % 64)
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
        for (index, word) in self.wide.iter().enumerate().filter(|_| chars.wide) {
            let mut word = *word;
            while word != 0 {
                if left < 64 {
                    let block = index * 64 + word.trailing_zeros() as usize;
                    let c = u32::try_from(block * 64 + left)
                        .ok()
                        .and_then(char::from_u32);
                    return c.filter(|c| is_plain(*c)).unwrap_or('\u{a0}');
                }
                left -= 64;
                word &= word - 1;
            }
        }
        '~'
    }

    fn wide_below(&self, block: usize) -> f64 {
        let word = block / 64;
        let Some(before) = self.before.get(word).or(self.before.last()) else {
            return 0.0;
        };
        let bits = self
            .wide
            .get(word)
            .map_or(0, |bits| bits & ((1 << (block % 64)) - 1));
        f64::from(before + bits.count_ones()) * BLOCK
    }
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
        let mut alphabet = Alphabet::default();
        for number in 0..1000 {
            alphabet.note(&format!("0{number:03}/x"));
        }
        let digits = alphabet.at(0, Some('0'));
        assert_eq!(alphabet.size(digits), 10.0);
        assert_eq!(alphabet.rank(digits, '7'), 7.0);
        assert_eq!(alphabet.nth(digits, 9.5), '9');
        assert_eq!(alphabet.size(alphabet.at(4, Some('/'))), 1.0);
    }

    #[test]
    fn ranks_are_in_byte_order_all_over_utf_8() {
        let mut alphabet = Alphabet::default();
        alphabet.note("az\u{e9}\u{4e00}\u{d7ff}\u{e000}\u{fffd}\u{10ffff}");
        let chars = alphabet.at(0, None).with(alphabet.at(2, None));
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
