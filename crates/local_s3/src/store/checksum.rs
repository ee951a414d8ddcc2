//! The checksums that S3 knows besides MD5: computing, joining and naming them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc_fast::{CrcAlgorithm, Digest as Crc, checksum_combine};
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// A checksum algorithm that S3 keeps beside an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// CRC-32 as in zip.
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME, the default of AWS since 2024.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// Every algorithm, in the order in which S3's documentation lists them.
    pub const ALL: [Algorithm; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The name as S3 spells it in `x-amz-checksum-algorithm`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header that carries a value of this algorithm.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm of that name, in any case.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    pub(crate) fn digest_of_crc(self, value: u64) -> Vec<u8> {
        let bytes = value.to_be_bytes();
        match self {
            Self::Crc64Nvme => bytes.to_vec(),
            _ => bytes.iter().skip(4).copied().collect(),
        }
    }
}

/// One checksum of an object or a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Which algorithm.
    pub algorithm: Algorithm,
    /// The raw digest, big endian for a CRC.
    pub digest: Vec<u8>,
    /// `Some(n)`: a checksum of the checksums of `n` parts (S3's COMPOSITE);
    /// `None`: of all bytes (FULL_OBJECT).
    pub parts: Option<usize>,
}

impl Checksum {
    /// The value as headers and XML carry it: base64, with `-N` if composite.
    #[must_use]
    pub fn text(&self) -> String {
        let value = STANDARD.encode(&self.digest);
        match self.parts {
            Some(parts) => format!("{value}-{parts}"),
            None => value,
        }
    }

    /// `FULL_OBJECT` or `COMPOSITE`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.parts.is_some() {
            "COMPOSITE"
        } else {
            "FULL_OBJECT"
        }
    }

    /// The checksum of `bytes`.
    #[must_use]
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        let mut running = Running::new(algorithm);
        running.update(bytes);
        running.finish()
    }

    /// The checksum of all bytes of parts of which only digests and lengths are known;
    /// possible for CRCs only, `None` for the others.
    #[must_use]
    pub fn joined(algorithm: Algorithm, parts: &[(Vec<u8>, u64)]) -> Option<Self> {
        let crc = algorithm.crc()?;
        let mut value = Crc::new(crc).finalize();
        for (digest, length) in parts {
            value = checksum_combine(crc, value, number(digest), *length);
        }
        Some(Self {
            algorithm,
            digest: algorithm.digest_of_crc(value),
            parts: None,
        })
    }

    /// The checksum of checksums that S3 gives to multipart objects of type COMPOSITE.
    #[must_use]
    pub fn composite(algorithm: Algorithm, parts: &[(Vec<u8>, u64)]) -> Self {
        let mut running = Running::new(algorithm);
        for (digest, _) in parts {
            running.update(digest);
        }
        Self {
            parts: Some(parts.len()),
            ..running.finish()
        }
    }
}

/// The number in a big-endian digest of at most eight bytes.
fn number(digest: &[u8]) -> u64 {
    digest
        .iter()
        .fold(0, |value, byte| (value << 8) | u64::from(*byte))
}

/// A checksum in the making.
pub(crate) struct Running {
    algorithm: Algorithm,
    state: State,
}

enum State {
    Crc(Box<Crc>),
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Running {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let state = match (algorithm.crc(), algorithm) {
            (Some(crc), _) => State::Crc(Box::new(Crc::new(crc))),
            (None, Algorithm::Sha1) => State::Sha1(Sha1::new()),
            (None, _) => State::Sha256(Sha256::new()),
        };
        Self { algorithm, state }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(crc) => crc.update(bytes),
            State::Sha1(sha) => sha.update(bytes),
            State::Sha256(sha) => sha.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Checksum {
        let digest = match self.state {
            State::Crc(crc) => self.algorithm.digest_of_crc(crc.finalize()),
            State::Sha1(sha) => sha.finalize().to_vec(),
            State::Sha256(sha) => sha.finalize().to_vec(),
        };
        Checksum {
            algorithm: self.algorithm,
            digest,
            parts: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_check_string() {
        let of = |algorithm| hex::encode(Checksum::of(algorithm, b"123456789").digest);
        assert_eq!(of(Algorithm::Crc32), "cbf43926");
        assert_eq!(of(Algorithm::Crc32c), "e3069283");
        assert_eq!(of(Algorithm::Crc64Nvme), "ae8b14860a799888");
    }

    #[test]
    fn joining_parts_gives_the_checksum_of_the_whole() {
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme] {
            let parts = [
                (Checksum::of(algorithm, b"hello ").digest, 6),
                (Checksum::of(algorithm, b"world").digest, 5),
            ];
            assert_eq!(
                Checksum::joined(algorithm, &parts),
                Some(Checksum::of(algorithm, b"hello world"))
            );
        }
        assert_eq!(Checksum::joined(Algorithm::Sha1, &[]), None);
    }
}
