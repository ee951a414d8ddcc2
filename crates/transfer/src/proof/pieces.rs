//! Hashing pieces that arrive in any order, each where it arrives, on as many cores as there
//! are. Possible for CRCs, whose neighbours can be joined, and for sums over parts of one known
//! size, if every piece is such a part.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::lanes::Lanes;
use super::{Expected, Sum, SumKind, Verdict};
use crate::parts::Parts;

/// The sum of one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PieceSum {
    digest: Vec<u8>,
    len: u64,
}

impl PieceSum {
    /// A sum that was made elsewhere, over `len` bytes.
    pub(crate) fn new(digest: Vec<u8>, len: u64) -> Self {
        Self { digest, len }
    }
}

/// Hashes one piece, in order within the piece.
#[derive(Clone, Debug)]
pub(crate) struct PieceHasher {
    sum: Sum,
    len: u64,
}

impl PieceHasher {
    /// Takes in the next bytes of the piece.
    pub(crate) fn update(&mut self, chunks: &[Bytes]) {
        self.sum.update_all(chunks);
        self.len += chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
    }

    /// The sum of the piece.
    pub(crate) fn finish(self) -> PieceSum {
        PieceSum {
            digest: self.sum.finish(),
            len: self.len,
        }
    }
}

/// Joins the sums of the pieces of one object, as they come.
#[derive(Debug)]
pub(crate) struct Joiner {
    expected: Expected,
    kind: SumKind,
    pieces: Parts,
    joined: Joined,
    /// The next piece that can be joined.
    next: u64,
    /// Pieces that came before their turn.
    waiting: BTreeMap<u64, PieceSum>,
}

#[derive(Debug)]
enum Joined {
    Crc(u64),
    Over(Sum),
}

impl Joiner {
    /// For an object that arrives in these pieces; gives the proof back if they have to be
    /// hashed in order (see [`super::Verifier`]).
    ///
    /// # Errors
    /// The proof, unchanged.
    pub(crate) fn new(expected: Expected, pieces: Parts) -> Result<Self, Expected> {
        let found = match &expected {
            Expected::Whole { kind, .. } => kind.crc().map(|_| (*kind, Joined::Crc(0))),
            Expected::Parts { kind, sizes, .. } => {
                let alike = sizes.as_slice() == [pieces.part_size()] && pieces.total() > 0;
                alike.then(|| (*kind, Joined::Over(Sum::new(*kind))))
            }
            Expected::Nothing => None,
        };
        match found {
            Some((kind, joined)) => Ok(Self {
                expected,
                kind,
                pieces,
                joined,
                next: 0,
                waiting: BTreeMap::new(),
            }),
            None => Err(expected),
        }
    }

    /// Which sums of pieces it takes.
    pub(crate) fn kind(&self) -> SumKind {
        self.kind
    }

    /// A hasher for one piece.
    pub(crate) fn hasher(&self, lanes: &Lanes) -> PieceHasher {
        PieceHasher {
            sum: Sum::in_lanes(self.kind, lanes),
            len: 0,
        }
    }

    /// Takes in the sum of the piece with this index, counted from 0. Each is to be added once.
    pub(crate) fn add(&mut self, index: u64, sum: PieceSum) {
        self.waiting.insert(index, sum);
        while let Some(sum) = self.waiting.remove(&self.next) {
            match (&mut self.joined, self.kind.crc()) {
                (Joined::Crc(so_far), Some(kind)) => {
                    *so_far = kind.join(*so_far, number(&sum.digest), sum.len);
                }
                (Joined::Over(over), _) => over.update(&sum.digest),
                // `new` makes no such pair.
                (Joined::Crc(_), None) => {}
            }
            self.next += 1;
        }
    }

    /// The verdict over all pieces; a piece that never came is a mismatch.
    pub(crate) fn finish(self) -> Verdict {
        let complete = self.next == self.pieces.count() && self.waiting.is_empty();
        let digest = match self.joined {
            _ if !complete => Vec::new(),
            Joined::Crc(value) => super::sum::crc_bytes(self.kind, value),
            Joined::Over(over) => over.finish(),
        };
        let count = matches!(self.expected, Expected::Parts { .. }).then(|| self.pieces.count());
        self.expected.judge(&[(digest, count)])
    }
}

impl Expected {
    /// The piece size, near `wanted` bytes, in which an object can be fetched so that every
    /// piece is hashed where it arrives; `None` if it has to be hashed in order.
    pub(crate) fn piece_size(&self, wanted: u64, largest: u64) -> Option<u64> {
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

/// The sum as the number that was written big-endian.
fn number(digest: &[u8]) -> u64 {
    digest
        .iter()
        .fold(0, |value, &byte| (value << 8) | u64::from(byte))
}
