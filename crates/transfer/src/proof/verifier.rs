//! Hashes the bytes while they arrive in order.

use bytes::Bytes;

use super::lanes::Lanes;
use super::{Expected, Sum, SumKind};

/// The result of hashing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The bytes are those that were stored. Holds the name of the proof.
    Proved(&'static str),
    /// The bytes are different.
    Mismatch(Mismatch),
    /// There was nothing to compare with.
    Unproved,
}

/// Sums that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// The kind of the sum.
    pub name: &'static str,
    /// The sum from the service, in hex, with `-N` for a sum over N parts.
    pub expected: String,
    /// The sum of the bytes. If it is the same in two attempts, the same bytes arrived twice.
    pub actual: String,
    /// The part size was a guess, so the bytes may be right and the guess wrong.
    pub guessed: bool,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} is {} there, {} in what came",
            self.name, self.expected, self.actual
        )
    }
}

/// Gets all bytes of an object in order, and tells whether they are the right ones.
#[derive(Clone, Debug)]
pub(crate) struct Verifier {
    expected: Expected,
    hashing: Hashing,
}

#[derive(Clone, Debug)]
enum Hashing {
    Nothing,
    Whole(Sum),
    /// One hasher for each possible part size.
    Parts(Vec<PartsSum>),
}

impl Verifier {
    /// Starts hashing for this proof.
    pub(crate) fn new(expected: Expected, lanes: &Lanes) -> Self {
        let hashing = match &expected {
            Expected::Nothing => Hashing::Nothing,
            Expected::Whole { kind, .. } => Hashing::Whole(Sum::in_lanes(*kind, lanes)),
            Expected::Parts { kind, sizes, .. } => Hashing::Parts(
                sizes
                    .iter()
                    .map(|size| PartsSum::new(*kind, *size, lanes))
                    .collect(),
            ),
        };
        Self { expected, hashing }
    }

    /// Adds the next bytes. This uses the CPU for long: do not call it on a thread that serves
    /// connections.
    pub(crate) fn update(&mut self, chunks: &[Bytes]) {
        match &mut self.hashing {
            Hashing::Nothing => {}
            Hashing::Whole(sum) => sum.update_all(chunks),
            Hashing::Parts(sums) => sums.iter_mut().for_each(|sum| sum.update(chunks)),
        }
    }

    /// The verdict over all bytes.
    pub(crate) fn finish(self) -> Verdict {
        let actual = match self.hashing {
            Hashing::Nothing => Vec::new(),
            Hashing::Whole(sum) => vec![(sum.finish(), None)],
            Hashing::Parts(sums) => sums
                .into_iter()
                .map(PartsSum::finish)
                .map(|(digest, parts)| (digest, Some(parts)))
                .collect(),
        };
        self.expected.judge(&actual)
    }
}

impl Expected {
    /// Compares the results, one for each part size.
    pub(crate) fn judge(&self, actual: &[(Vec<u8>, Option<u64>)]) -> Verdict {
        let (digest, count, guessed) = match self {
            Self::Nothing => return Verdict::Unproved,
            Self::Whole { digest, .. } => (digest, None, false),
            Self::Parts {
                digest,
                parts,
                guessed,
                ..
            } => (digest, Some(u64::from(*parts)), *guessed),
        };
        if actual
            .iter()
            .any(|(other, parts)| other == digest && *parts == count)
        {
            return Verdict::Proved(self.name());
        }
        let text = |digest: &[u8], parts: Option<u64>| {
            hex::encode(digest) + &parts.map_or_else(String::new, |parts| format!("-{parts}"))
        };
        Verdict::Mismatch(Mismatch {
            name: self.name(),
            expected: text(digest, count),
            actual: actual
                .first()
                .map_or_else(String::new, |(digest, parts)| text(digest, *parts)),
            guessed,
        })
    }
}

/// A sum over the sums of parts of one size.
#[derive(Clone, Debug)]
struct PartsSum {
    kind: SumKind,
    lanes: Lanes,
    part_size: u64,
    left_in_part: u64,
    part: Sum,
    over: Sum,
    parts: u64,
}

impl PartsSum {
    fn new(kind: SumKind, part_size: u64, lanes: &Lanes) -> Self {
        let part_size = part_size.max(1);
        Self {
            kind,
            lanes: lanes.clone(),
            part_size,
            left_in_part: part_size,
            part: Sum::in_lanes(kind, lanes),
            over: Sum::new(kind),
            parts: 0,
        }
    }

    fn update(&mut self, chunks: &[Bytes]) {
        let mut of_part = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            let mut chunk = chunk.clone();
            while chunk.len() as u64 >= self.left_in_part {
                let rest = usize::try_from(self.left_in_part).unwrap_or(usize::MAX);
                of_part.push(chunk.split_to(rest.min(chunk.len())));
                self.part.update_all(&std::mem::take(&mut of_part));
                self.end_part();
            }
            self.left_in_part -= chunk.len() as u64;
            of_part.push(chunk);
        }
        self.part.update_all(&of_part);
    }

    fn end_part(&mut self) {
        let part = std::mem::replace(&mut self.part, Sum::in_lanes(self.kind, &self.lanes));
        self.over.update(&part.finish());
        self.parts += 1;
        self.left_in_part = self.part_size;
    }

    /// The sum and the number of parts. An empty object has one empty part.
    fn finish(mut self) -> (Vec<u8>, u64) {
        if self.left_in_part < self.part_size || self.parts == 0 {
            self.end_part();
        }
        (self.over.finish(), self.parts)
    }
}
