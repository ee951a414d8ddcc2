//! The bytes of an object: kept, computed from the offset, or forgotten but for their length.

use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use md5::{Digest, Md5};

/// Length of one block of synthetic content. Every block starts with its seed and number
/// and goes on with the same random table, so sending one needs no copy and no arithmetic,
/// and two blocks that were swapped are still noticed.
const BLOCK: u64 = 1024 * 1024;

/// Length of the head of a block: seed and number, eight bytes each, little endian.
const STAMP: u64 = 16;

/// What an object holds.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// Bytes in memory, in pieces; each with the offset of its end.
    Kept(Arc<[(u64, Bytes)]>),
    /// Computed from seed and offset.
    Synthetic { size: u64, seed: u64, table: Bytes },
    /// Only the length is known: a sink forgets what it was sent.
    Forgotten { size: u64 },
}

impl Content {
    pub(crate) fn kept(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        let mut end = 0;
        let with_ends = |piece: Bytes| {
            end += piece.len() as u64;
            (end, piece)
        };
        Self::Kept(
            pieces
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .map(with_ends)
                .collect(),
        )
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Kept(pieces) => pieces.last().map_or(0, |(end, _)| *end),
            Self::Synthetic { size, .. } | Self::Forgotten { size } => *size,
        }
    }

    pub(crate) fn is_forgotten(&self) -> bool {
        matches!(self, Self::Forgotten { .. })
    }

    /// The bytes of `range` (clipped to the content), piece by piece and without copying.
    /// A forgotten content has none.
    pub(crate) fn pieces(&self, range: Range<u64>) -> Pieces {
        Pieces {
            content: self.clone(),
            at: range.start,
            end: range.end.min(self.len()),
        }
    }

    /// Several contents one after the other. One that was forgotten, or that is
    /// synthetic beside others, cannot be joined and makes the whole forgotten.
    pub(crate) fn joined(parts: &[Content]) -> Self {
        if let [only] = parts {
            return only.clone();
        }
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                Self::Kept(kept) => pieces.extend(kept.iter().map(|(_, piece)| piece.clone())),
                Self::Synthetic { .. } | Self::Forgotten { .. } => {
                    return Self::Forgotten {
                        size: parts.iter().map(Self::len).sum(),
                    };
                }
            }
        }
        Self::kept(pieces)
    }

    /// The MD5 of all bytes; `None` if they were forgotten.
    pub(crate) fn md5(&self) -> Option<[u8; 16]> {
        if self.is_forgotten() && self.len() > 0 {
            return None;
        }
        let mut md5 = Md5::new();
        for piece in self.pieces(0..self.len()) {
            md5.update(&piece);
        }
        Some(md5.finalize().into())
    }
}

/// The table that all synthetic blocks share: one block of a fixed random sequence.
pub(crate) fn synthetic_table() -> Bytes {
    let mut table = BytesMut::with_capacity(BLOCK as usize);
    let mut state = 0_u64;
    while (table.len() as u64) < BLOCK {
        // splitmix64: short, well mixed, and the same on every machine.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        table.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    table.freeze()
}

fn stamp(seed: u64, block: u64) -> [u8; STAMP as usize] {
    ((u128::from(block) << 64) | u128::from(seed)).to_le_bytes()
}

/// The pieces of a range of a [`Content`].
#[derive(Debug)]
pub(crate) struct Pieces {
    content: Content,
    at: u64,
    end: u64,
}

impl Pieces {
    /// How many bytes are still to come.
    pub(crate) fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.at)
    }
}

impl Iterator for Pieces {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.at >= self.end {
            return None;
        }
        let (from, piece) = match &self.content {
            Content::Forgotten { .. } => return None,
            Content::Kept(pieces) => {
                let index = pieces.partition_point(|(end, _)| *end <= self.at);
                let (end, piece) = pieces.get(index)?;
                (end - piece.len() as u64, piece.clone())
            }
            Content::Synthetic { seed, table, .. } => {
                let block = self.at / BLOCK;
                if self.at % BLOCK < STAMP {
                    (block * BLOCK, Bytes::copy_from_slice(&stamp(*seed, block)))
                } else {
                    (block * BLOCK, table.clone())
                }
            }
        };
        let start = usize::try_from(self.at - from)
            .unwrap_or(usize::MAX)
            .min(piece.len());
        let stop = usize::try_from(self.end - from)
            .unwrap_or(usize::MAX)
            .min(piece.len());
        self.at = from + stop as u64;
        Some(piece.slice(start..stop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content: &Content, range: Range<u64>) -> Vec<u8> {
        content
            .pieces(range)
            .flat_map(|piece| piece.to_vec())
            .collect()
    }

    #[test]
    fn a_range_of_pieces_is_the_range_of_the_whole() {
        let content = Content::kept([
            Bytes::from_static(b"abc"),
            Bytes::from_static(b"defg"),
            Bytes::from_static(b"h"),
        ]);
        for start in 0..8 {
            for end in start..9 {
                let expected = &b"abcdefgh"[start..end.min(8)];
                assert_eq!(
                    read(&content, start as u64..end as u64),
                    expected,
                    "{start}..{end}"
                );
            }
        }
    }

    #[test]
    fn synthetic_content_is_the_same_however_it_is_cut() {
        let size = 2 * BLOCK + 5;
        let content = Content::Synthetic {
            size,
            seed: 7,
            table: synthetic_table(),
        };
        let whole = read(&content, 0..size);
        assert_eq!(whole.len() as u64, size);
        for range in [
            0..3,
            10..40,
            BLOCK - 3..BLOCK + 20,
            2 * BLOCK..size,
            5..size,
        ] {
            let expected = &whole[range.start as usize..range.end as usize];
            assert_eq!(read(&content, range), expected);
        }
    }
}
