//! Whether the bytes that came are the bytes that were stored.
//!
//! A proof is a sum that the service names: an `x-amz-checksum-*`, the MD5 in an ETag, or the
//! MD5 over the MD5s of the parts of a multipart upload, whose part size has to be guessed if
//! nobody says it. [`best_proof`] chooses, a [`Verifier`] hashes while the bytes come in.

mod etag;
mod expected;
mod lanes;
mod ranges;
mod sum;
mod verifier;

pub(crate) use etag::{EtagProof, candidates};
pub(crate) use expected::{Expected, best_proof, listed_proof};
pub(crate) use lanes::Lanes;
pub(crate) use ranges::{Joiner, RangeHasher, RangeSum};
pub(crate) use sum::{Sum, SumKind};
pub(crate) use verifier::{Mismatch, Verdict, Verifier};

#[cfg(test)]
mod tests;
