//! The kinds of sums, and one type for computing all of them.

use bytes::Bytes;
use md5::Md5;
use s3_client::operations::ChecksumAlgorithm;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::lanes::{Lanes, Stream};
use crate::crc::{Crc, CrcKind};

/// The kind of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SumKind {
    /// CRC-32 as in zip and PNG.
    Crc32,
    /// CRC-32 Castagnoli.
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// MD5, in ETags.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl SumKind {
    /// The name as people write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The length of the sum in bytes.
    pub(crate) fn len_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// For sums that can be joined: the sum of two neighbours from their sums.
    pub(super) fn crc(self) -> Option<CrcKind> {
        match self {
            Self::Crc32 => Some(CrcKind::Crc32),
            Self::Crc32c => Some(CrcKind::Crc32c),
            Self::Crc64Nvme => Some(CrcKind::Crc64Nvme),
            Self::Md5 | Self::Sha1 | Self::Sha256 => None,
        }
    }
}

impl From<ChecksumAlgorithm> for SumKind {
    fn from(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Crc32 => Self::Crc32,
            ChecksumAlgorithm::Crc32c => Self::Crc32c,
            ChecksumAlgorithm::Crc64Nvme => Self::Crc64Nvme,
            ChecksumAlgorithm::Sha1 => Self::Sha1,
            ChecksumAlgorithm::Sha256 => Self::Sha256,
        }
    }
}

/// A sum that is being computed.
#[derive(Clone, Debug)]
pub(crate) struct Sum {
    kind: SumKind,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Crc(Crc),
    Md5(Md5),
    Md5InLanes(Box<Stream>, Lanes),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Sum {
    /// An empty sum for many bytes: MD5 is computed beside other streams.
    pub(crate) fn in_lanes(kind: SumKind, lanes: &Lanes) -> Self {
        let mut sum = Self::new(kind);
        if kind == SumKind::Md5 {
            sum.state = State::Md5InLanes(Box::new(lanes.stream()), lanes.clone());
        }
        sum
    }

    /// An empty sum for few bytes.
    pub(crate) fn new(kind: SumKind) -> Self {
        let state = match kind {
            SumKind::Crc32 => State::Crc(Crc::new(CrcKind::Crc32)),
            SumKind::Crc32c => State::Crc(Crc::new(CrcKind::Crc32c)),
            SumKind::Crc64Nvme => State::Crc(Crc::new(CrcKind::Crc64Nvme)),
            SumKind::Md5 => State::Md5(Md5::new()),
            SumKind::Sha1 => State::Sha1(Sha1::new()),
            SumKind::Sha256 => State::Sha256(Sha256::new()),
        };
        Self { kind, state }
    }

    /// Adds the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(sum) => sum.update(bytes),
            State::Md5(sum) => sum.update(bytes),
            State::Md5InLanes(sum, _) => sum.update(bytes),
            State::Sha1(sum) => sum.update(bytes),
            State::Sha256(sum) => sum.update(bytes),
        }
    }

    /// Adds the next bytes without copying. Blocks while other streams are summed too.
    pub(crate) fn update_all(&mut self, chunks: &[Bytes]) {
        match &mut self.state {
            State::Md5InLanes(sum, lanes) => lanes.update(sum, chunks),
            _ => chunks.iter().for_each(|chunk| self.update(chunk)),
        }
    }

    /// The sum, in the byte order in which S3 sends it.
    pub(crate) fn finish(self) -> Vec<u8> {
        match self.state {
            State::Crc(sum) => crc_bytes(self.kind, sum.value()),
            State::Md5(sum) => sum.finalize().to_vec(),
            State::Md5InLanes(sum, _) => sum.finish().to_vec(),
            State::Sha1(sum) => sum.finalize().to_vec(),
            State::Sha256(sum) => sum.finalize().to_vec(),
        }
    }

    /// The sum of a slice.
    #[cfg(test)]
    pub(crate) fn of(kind: SumKind, bytes: &[u8]) -> Vec<u8> {
        let mut sum = Self::new(kind);
        sum.update(bytes);
        sum.finish()
    }
}

/// A CRC of 32 bits is in the lower half.
pub(super) fn crc_bytes(kind: SumKind, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let skipped = bytes.len().saturating_sub(kind.len_bytes());
    bytes.into_iter().skip(skipped).collect()
}
