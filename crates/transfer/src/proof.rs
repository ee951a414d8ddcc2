//! Whether the bytes that came are the bytes that were stored.
//!
//! A proof is a sum that the service names: an `x-amz-checksum-*`, the MD5 in an ETag, or the
//! MD5 over the MD5s of the parts of a multipart upload, whose part size has to be guessed if
//! nobody says it. [`best_proof`] chooses, a [`Verifier`] hashes while the bytes come in.

mod etag;
mod expected;
mod lanes;
mod pieces;
mod sum;
mod verifier;

pub use etag::{EtagProof, candidates};
pub use expected::{Expected, best_proof, listed_proof};
pub use lanes::{Lanes, Stream};
pub use pieces::{Joiner, PieceHasher, PieceSum};
pub use sum::{Sum, SumKind};
pub use verifier::{Mismatch, Verdict, Verifier};

#[cfg(test)]
mod tests;
