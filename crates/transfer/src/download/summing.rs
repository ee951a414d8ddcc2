//! Sums up a large object while its pieces come: each piece where it arrives if the proof
//! allows that, else all of them in order on a thread of its own.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::parts::{self, MIB, Parts};
use crate::proof::{Expected, Joiner, Lanes, PieceHasher, PieceSum, Verdict, Verifier};

/// The size of the pieces that large objects are fetched in, unless their proof wants another. A
/// dozen of them fit into the memory of a run, and Ceph stores objects in stripes of this size.
pub(super) const PIECE_BYTES: u64 = 4 * MIB;

/// The largest part that is fetched in one piece so that it can be summed where it arrives.
const LARGEST_PIECE_BYTES: u64 = 16 * MIB;

/// Pieces that may wait for their turn; the run's room for bytes sets the real limit.
const WAITING_PIECES: usize = 32;

/// The bytes of a piece, and the room that they take.
pub(super) type Held = (Vec<Bytes>, Option<OwnedSemaphorePermit>);

/// How one object is summed up.
pub(super) enum Summing {
    /// Not at all: there is nothing to compare with.
    Nothing,
    /// Each piece where it arrives.
    ByPiece(Box<Mutex<Joiner>>),
    /// All bytes in order: the sum cannot be put together from those of pieces.
    InOrder {
        pieces: mpsc::Sender<Held>,
        verdict: JoinHandle<Verdict>,
    },
}

impl Summing {
    /// Begins to sum up an object of `size_bytes`, and says in which pieces to fetch it.
    pub(super) fn begin(expected: Expected, size_bytes: u64, lanes: &Lanes) -> (Self, Parts) {
        if expected == Expected::Nothing {
            return (Self::Nothing, parts::download(size_bytes, PIECE_BYTES));
        }
        let piece_bytes = expected
            .piece_size(PIECE_BYTES, LARGEST_PIECE_BYTES)
            .unwrap_or(PIECE_BYTES);
        let pieces = parts::download(size_bytes, piece_bytes);
        let summing = match Joiner::new(expected, pieces) {
            Ok(joiner) => Self::ByPiece(Box::new(Mutex::new(joiner))),
            Err(expected) => Self::in_order(Verifier::new(expected, lanes)),
        };
        (summing, pieces)
    }

    fn in_order(mut verifier: Verifier) -> Self {
        let (pieces, mut received) = mpsc::channel::<Held>(WAITING_PIECES);
        let verdict = spawn_blocking(move || {
            while let Some((chunks, _room)) = received.blocking_recv() {
                verifier.update(&chunks);
            }
            verifier.finish()
        });
        Self::InOrder { pieces, verdict }
    }

    /// What sums up one piece where it arrives; `None` if it is not summed there.
    pub(super) fn hasher(&self, lanes: &Lanes) -> Option<PieceHasher> {
        match self {
            Self::ByPiece(joiner) => Some(
                joiner
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .hasher(lanes),
            ),
            Self::Nothing | Self::InOrder { .. } => None,
        }
    }

    /// Whether the bytes are still needed after they were written.
    pub(super) fn needs_bytes(&self) -> bool {
        matches!(self, Self::InOrder { .. })
    }

    /// Takes in the sum of a piece; its index counts from 0.
    pub(super) fn add(&self, index: u64, sum: PieceSum) {
        if let Self::ByPiece(joiner) = self {
            joiner
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(index, sum);
        }
    }

    /// Takes in the bytes of the next piece in order.
    pub(super) async fn feed(&self, piece: Held) {
        if let Self::InOrder { pieces, .. } = self {
            // A closed channel means that the thread is gone: `finish` will say so.
            let _ = pieces.send(piece).await;
        }
    }

    /// The verdict; `None` if the thread ended before it came to one.
    pub(super) async fn finish(self) -> Option<Verdict> {
        match self {
            Self::Nothing => Some(Verdict::Unproved),
            Self::ByPiece(joiner) => Some(
                joiner
                    .into_inner()
                    .unwrap_or_else(PoisonError::into_inner)
                    .finish(),
            ),
            Self::InOrder { pieces, verdict } => {
                drop(pieces);
                verdict.await.ok()
            }
        }
    }
}
