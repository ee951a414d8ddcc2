//! Hashes ranges that arrive in any order, on all cores. This works for CRCs, because neighbouring
//! CRCs can be joined, and for sums over parts of one known size, if every range is one part.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::lanes::Lanes;
use super::{Expected, Sum, SumKind, Verdict};
use crate::parts::Parts;

/// The sum of one range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RangeSum {
    digest: Vec<u8>,
    len: u64,
}

impl RangeSum {
    /// A sum over `len` bytes that was computed elsewhere.
    pub(crate) fn new(digest: Vec<u8>, len: u64) -> Self {
        Self { digest, len }
    }
}

/// Hashes one range. The bytes of a range must come in order.
#[derive(Clone, Debug)]
pub(crate) struct RangeHasher {
    sum: Sum,
    len: u64,
}

impl RangeHasher {
    /// Adds the next bytes of the range.
    pub(crate) fn update(&mut self, chunks: &[Bytes]) {
        self.sum.update_all(chunks);
        self.len += chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
    }

    /// The sum of the range.
    pub(crate) fn finish(self) -> RangeSum {
        RangeSum {
            digest: self.sum.finish(),
            len: self.len,
        }
    }
}

/// Joins the sums of the ranges of one object, in any order.
#[derive(Debug)]
pub(crate) struct Joiner {
    expected: Expected,
    kind: SumKind,
    ranges: Parts,
    joined: Joined,
    /// The next range that can be joined.
    next: u64,
    /// Ranges that arrived before the ones in front of them.
    waiting: BTreeMap<u64, RangeSum>,
}

#[derive(Debug)]
enum Joined {
    Crc(u64),
    Over(Sum),
}

impl Joiner {
    /// For an object that arrives in these ranges. Returns the proof if they must be hashed in
    /// order (see [`super::Verifier`]).
    ///
    /// # Errors
    /// The proof, unchanged.
    pub(crate) fn new(expected: Expected, ranges: Parts) -> Result<Self, Expected> {
        let found = match &expected {
            Expected::Whole { kind, .. } => kind.crc().map(|_| (*kind, Joined::Crc(0))),
            Expected::Parts { kind, sizes, .. } => {
                let alike = sizes.as_slice() == [ranges.part_size()] && ranges.total() > 0;
                alike.then(|| (*kind, Joined::Over(Sum::new(*kind))))
            }
            Expected::Nothing => None,
        };
        match found {
            Some((kind, joined)) => Ok(Self {
                expected,
                kind,
                ranges,
                joined,
                next: 0,
                waiting: BTreeMap::new(),
            }),
            None => Err(expected),
        }
    }

    /// Which sums the ranges need.
    pub(crate) fn kind(&self) -> SumKind {
        self.kind
    }

    /// A hasher for one range.
    pub(crate) fn hasher(&self, lanes: &Lanes) -> RangeHasher {
        RangeHasher {
            sum: Sum::in_lanes(self.kind, lanes),
            len: 0,
        }
    }

    /// Adds the sum of the range with this index, counted from 0. Add each range once.
    pub(crate) fn add(&mut self, index: u64, sum: RangeSum) {
        self.waiting.insert(index, sum);
        while let Some(sum) = self.waiting.remove(&self.next) {
            match (&mut self.joined, self.kind.crc()) {
                (Joined::Crc(so_far), Some(kind)) => {
                    *so_far = kind.join(*so_far, number(&sum.digest), sum.len);
                }
                (Joined::Over(over), _) => over.update(&sum.digest),
                // `new` never combines these two.
                (Joined::Crc(_), None) => {}
            }
            self.next += 1;
        }
    }

    /// The verdict over all ranges. A missing range counts as a mismatch.
    pub(crate) fn finish(self) -> Verdict {
        let complete = self.next == self.ranges.count() && self.waiting.is_empty();
        let digest = match self.joined {
            _ if !complete => Vec::new(),
            Joined::Crc(value) => super::sum::crc_bytes(self.kind, value),
            Joined::Over(over) => over.finish(),
        };
        let count = matches!(self.expected, Expected::Parts { .. }).then(|| self.ranges.count());
        self.expected.judge(&[(digest, count)])
    }
}

impl Expected {
    /// The range size, near `wanted` bytes, with which each range of an object can be hashed by
    /// itself; `None` if the object must be hashed in order.
    pub(crate) fn range_size(&self, wanted: u64, largest: u64) -> Option<u64> {
        match self {
            Self::Whole { kind, .. } => kind.crc().map(|_| wanted),
            Self::Parts { sizes, .. } => match sizes.as_slice() {
                [size] => Some(*size).filter(|size| *size <= largest),
                _ => None,
            },
            Self::Nothing => None,
        }
    }
}

/// Reads the sum as a big-endian number.
fn number(digest: &[u8]) -> u64 {
    digest
        .iter()
        .fold(0, |value, &byte| (value << 8) | u64::from(byte))
}
