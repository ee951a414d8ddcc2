//! The content of an object.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

/// The content of an object: pieces in memory, each with the offset of its end.
#[derive(Clone, Debug)]
pub(crate) struct Content(Arc<[(u64, Bytes)]>);

impl Content {
    pub(crate) fn of(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        let mut end = 0;
        let with_ends = |piece: Bytes| {
            end += piece.len() as u64;
            (end, piece)
        };
        let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        Self(pieces.map(with_ends).collect())
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.last().map_or(0, |(end, _)| *end)
    }

    /// All pieces, without a copy.
    pub(crate) fn whole(&self) -> Pieces {
        self.pieces(0..self.len())
    }

    /// The pieces of a range, without a copy.
    pub(crate) fn pieces(&self, range: Range<u64>) -> Pieces {
        Pieces {
            content: self.clone(),
            at: range.start,
            end: range.end.min(self.len()),
        }
    }
}

/// The pieces of a range of a [`Content`].
#[derive(Debug)]
pub(crate) struct Pieces {
    content: Content,
    at: u64,
    end: u64,
}

impl Pieces {
    /// The number of bytes that remain.
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
        let pieces = &self.content.0;
        let index = pieces.partition_point(|(end, _)| *end <= self.at);
        let (end, piece) = pieces.get(index)?;
        let from = end - piece.len() as u64;
        let start = usize::try_from(self.at - from).ok()?;
        let stop = usize::try_from(self.end.min(*end) - from).ok()?;
        self.at = from + stop as u64;
        Some(piece.slice(start..stop))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_pieces_is_the_range_of_the_whole() {
        let content = Content::of([
            Bytes::from_static(b"abc"),
            Bytes::from_static(b"defg"),
            Bytes::from_static(b"h"),
        ]);
        for start in 0..8 {
            for end in start..9 {
                let expected = &b"abcdefgh"[start..end.min(8)];
                let read: Vec<u8> = content
                    .pieces(start as u64..end as u64)
                    .flat_map(|piece| piece.to_vec())
                    .collect();
                assert_eq!(read, expected, "{start}..{end}");
            }
        }
    }
}
