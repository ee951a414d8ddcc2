//! Keys as points on a line from 0 to 1, to measure the distance between two keys and to find a key between
//! them.
//!
//! The first byte of a key chooses a part of the line, the second byte a part of that part, and so on. At each
//! place the bytes that were seen in the same column share nearly all of the width evenly. After a long common
//! prefix widths are too small for an `f64`, so distances are logarithms. These are estimates only: they decide
//! which requests are sent, never what is listed.

use std::cell::OnceCell;

use super::shares::{Bytes, Shares};

/// The smallest distance of two keys after their common prefix: the precision of an `f64`.
const MIN_DISTANCE: f64 = 1e-18;

/// A key is spelled until its error is below this part of the distance.
const PRECISION: f64 = 0.1;

/// The longest key that S3 allows.
const KEY_BYTES: usize = 1024;

/// What is known about the keys below one prefix.
#[derive(Debug)]
pub(super) struct Space {
    prefix: String,
    /// The bytes that were seen at each place.
    columns: Vec<Bytes>,
    /// For each byte the shares of the columns in which it was seen; computed when first needed.
    shares: Vec<OnceCell<Shares>>,
    /// The shares for a byte that was never seen.
    even: Shares,
}

impl Space {
    pub(super) fn below(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            columns: Vec::new(),
            shares: vec![OnceCell::new(); 256],
            even: Shares::new(Bytes::default()),
        }
    }

    /// Records which bytes these keys have in which column.
    pub(super) fn note<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        let mut is_new = false;
        for key in keys {
            let Some(rest) = key.strip_prefix(&self.prefix) else {
                continue;
            };
            let rest = rest.as_bytes();
            let rest = rest.get(..KEY_BYTES).unwrap_or(rest);
            if self.columns.len() < rest.len() {
                self.columns.resize(rest.len(), Bytes::default());
            }
            for (column, byte) in self.columns.iter_mut().zip(rest) {
                is_new |= !column.contains(*byte);
                column.insert(*byte);
            }
        }
        if is_new {
            self.shares.fill(OnceCell::new());
        }
    }

    /// The bytes of all columns that contain `byte`. A sorted listing shows all low digits early and the high
    /// digits late, so one column tells what another one will hold.
    fn beside(&self, byte: u8) -> Bytes {
        let columns = self.columns.iter().filter(|column| column.contains(byte));
        let mut beside = columns.copied().fold(Bytes::default(), Bytes::with);
        beside.insert(byte);
        if (b'0'..=b'9').any(|digit| beside.contains(digit)) {
            (b'0'..=b'9').for_each(|digit| beside.insert(digit));
        }
        beside
    }

    fn shares(&self, byte: u8) -> &Shares {
        let shares = self.shares.get(usize::from(byte));
        shares.map_or(&self.even, |shares| {
            shares.get_or_init(|| Shares::new(self.beside(byte)))
        })
    }

    /// The logarithm of the distance between two keys. Without the second key, the distance to the end.
    pub(super) fn distance(&self, from: &str, to: Option<&str>) -> Option<f64> {
        let from = from.strip_prefix(&self.prefix)?.as_bytes();
        let Some(to) = to else {
            return Some(
                (1.0 - self.place(from, from.first().copied()))
                    .max(MIN_DISTANCE)
                    .ln(),
            );
        };
        let to = to.strip_prefix(&self.prefix)?.as_bytes();
        let common = common_length(from, to);
        let (from, begin) = (from.get(common..)?, from.get(..common)?);
        let to = to.get(common..)?;
        let first = from.first().or(to.first()).copied();
        let way = self.place(to, first) - self.place(from, first);
        Some(self.size(begin) + way.max(MIN_DISTANCE).ln())
    }

    /// The logarithm of the width of all keys that begin with `begin`.
    fn size(&self, begin: &[u8]) -> f64 {
        let widths = begin
            .iter()
            .map(|byte| self.shares(*byte).width(*byte).ln());
        widths.sum()
    }

    /// The place of a key from 0 to 1. The shares of its first byte are those of `first`.
    fn place(&self, key: &[u8], first: Option<u8>) -> f64 {
        let (mut sum, mut width) = (0.0, 1.0);
        let mut seen_from = first;
        for byte in key {
            let shares = self.shares(seen_from.take().unwrap_or(*byte));
            sum += width * shares.begin(*byte);
            width *= shares.width(*byte);
            if width < MIN_DISTANCE {
                break;
            }
        }
        sum
    }

    /// A key at about this distance (a logarithm) after `from` and before `to`, if there is one.
    pub(super) fn after(&self, from: &str, to: Option<&str>, distance: f64) -> Option<String> {
        let rest = from.strip_prefix(&self.prefix)?.as_bytes();
        let common = match to {
            Some(to) => common_length(rest, to.strip_prefix(&self.prefix)?.as_bytes()),
            None => 0,
        };
        let (length, place, step) = self.level(rest, common, distance);
        let point = self.spell(rest, length, place + step, step);
        let point = sendable(&point);
        let fits = point.len() + self.prefix.len() <= KEY_BYTES;
        let point = format!("{}{point}", self.prefix);
        (fits && point.as_str() > from && to.is_none_or(|to| point.as_str() < to)).then_some(point)
    }

    /// The length of the longest prefix of a key, at least `common`, after which `distance` still fits behind
    /// the key; the place of the key below that prefix; and the distance as a part of the prefix's width.
    fn level(&self, key: &[u8], common: usize, distance: f64) -> (usize, f64, f64) {
        // The place of the key below each of its prefixes.
        let mut places = vec![0.0];
        for byte in key.iter().skip(common).rev() {
            let shares = self.shares(*byte);
            let place = places.last().copied().unwrap_or_default();
            places.push(shares.begin(*byte) + shares.width(*byte) * place);
        }
        let mut place = places.pop().unwrap_or_default();
        let mut size = self.size(key.get(..common).unwrap_or(key));
        let mut length = common;
        for byte in key.iter().skip(common) {
            let inner = size + self.shares(*byte).width(*byte).ln();
            let Some(left) = places.pop().map(|place| 1.0 - place) else {
                break;
            };
            if length + 1 >= key.len() || inner + left.max(MIN_DISTANCE).ln() < distance {
                break;
            }
            place = 1.0 - left;
            size = inner;
            length += 1;
        }
        (length, place, (distance - size).min(0.0).exp())
    }

    /// The key at `place` below the first `length` bytes of `key`.
    fn spell(&self, key: &[u8], length: usize, place: f64, step: f64) -> Vec<u8> {
        let mut place = place.min(1.0 - f64::EPSILON);
        let mut point = key.get(..length).unwrap_or(key).to_vec();
        let mut width = 1.0;
        while point.len() < KEY_BYTES {
            let beside = key.get(point.len()).copied();
            let shares = self.shares(beside.unwrap_or(b'a'));
            let byte = shares.at(place);
            if !shares.seen.contains(byte) {
                // Among bytes that were never seen, the first one is as good as any.
                let seen_before = (b' '..byte).rev().find(|byte| shares.seen.contains(*byte));
                point.push(seen_before.map_or(b' ', |byte| byte + 1));
                if point.as_slice() > key {
                    break;
                }
                point.pop();
            }
            place = ((place - shares.begin(byte)) / shares.width(byte).max(MIN_DISTANCE))
                .clamp(0.0, 1.0 - f64::EPSILON);
            width *= shares.width(byte);
            point.push(byte);
            if point.as_slice() > key && width < PRECISION * step || width < MIN_DISTANCE * step {
                break;
            }
        }
        point
    }
}

/// How many bytes two keys have in common from their beginning.
fn common_length(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

/// Bytes as text that can be sent: a character that is cut off is completed, and the text ends before anything
/// that a service might not echo in XML.
fn sendable(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if let Some((lead, rest)) = chunk.invalid().split_first() {
            text.extend(completed(*lead, rest));
            break;
        }
    }
    let end = text.find(|c: char| !is_sendable(c)).unwrap_or(text.len());
    text.truncate(end);
    text
}

/// The first character that begins with these bytes.
fn completed(lead: u8, rest: &[u8]) -> Option<char> {
    let (length, lowest) = match lead {
        0xc2..=0xdf => (2, 0x80),
        0xe0 => (3, 0xa0),
        0xe1..=0xef => (3, 0x80),
        0xf0 => (4, 0x90),
        0xf1..=0xf4 => (4, 0x80),
        _ => return None,
    };
    let mut bytes = vec![lead];
    bytes.extend(rest.iter().take(length - 1));
    while bytes.len() < length {
        bytes.push(if bytes.len() == 1 { lowest } else { 0x80 });
    }
    std::str::from_utf8(&bytes).ok()?.chars().next()
}

/// Whether `c` survives being echoed in XML by a service that escapes nothing.
fn is_sendable(c: char) -> bool {
    !c.is_control() && (c as u32) & 0xfffe != 0xfffe && !('\u{fdd0}'..='\u{fdef}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn knowing(prefix: &str, keys: &[String]) -> Space {
        let mut space = Space::below(prefix);
        space.note(keys.iter().map(String::as_str));
        space
    }

    #[test]
    fn a_column_of_digits_is_known_by_the_other_columns_of_digits() {
        let keys: Vec<String> = (0..2000).map(|n| format!("p/{n:08}")).collect();
        let space = knowing("p/", &keys);
        let first = space.distance(&keys[0], Some(&keys[1000])).unwrap();
        let rest = space.distance("p/00010000", Some("p/00050000")).unwrap();
        let pages = (rest - first).exp();
        assert!((38.0..42.0).contains(&pages), "{pages}");
        let half = space.after("p/00010000", Some("p/00050000"), rest - 2_f64.ln());
        assert!(half.unwrap().starts_with("p/0003"));
    }

    #[test]
    fn a_long_beginning_in_common_does_not_make_keys_alike() {
        let beginning = "organisation/".repeat(30);
        let keys: Vec<String> = (0..1000).map(|n| format!("{beginning}{n:06}")).collect();
        let space = knowing("", &keys);
        let page = space.distance(&keys[0], Some(&keys[500])).unwrap();
        let all = space
            .distance(&keys[0], Some(&format!("{beginning}005000")))
            .unwrap();
        assert!((9.0..11.0).contains(&(all - page).exp()));
    }

    proptest! {
        #[test]
        fn a_split_is_a_plain_key_between_two_others_below_the_prefix(
            keys in proptest::collection::btree_set("\\PC{0,6}|[a-c/]{0,6}|[\\x00-\\x7f]{0,4}", 2..20),
            prefix in "\\PC{0,2}",
            nearer in 0.0..60.0_f64,
        ) {
            let keys: Vec<String> = keys.iter().map(|key| format!("{prefix}{key}")).collect();
            let space = knowing(&prefix, &keys);
            let bounds = keys.iter().skip(1).map(|key| Some(key.as_str())).chain([None]);
            for (from, to) in keys.iter().zip(bounds) {
                let distance = space.distance(from, to).unwrap();
                prop_assert!(distance.is_finite());
                if let Some(split) = space.after(from, to, distance - nearer) {
                    prop_assert!(split > *from && to.is_none_or(|to| split.as_str() < to));
                    prop_assert!(split.starts_with(&prefix));
                    prop_assert!(split.strip_prefix(&prefix).unwrap().chars().all(is_sendable));
                }
            }
        }
    }
}
