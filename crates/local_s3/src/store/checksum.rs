//! The checksums of S3, except MD5. s3s computes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};

/// A checksum algorithm of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// The header for checksums of this algorithm.
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

    /// The algorithm of this name, in upper or lower case.
    #[must_use]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn is_crc(self) -> bool {
        !matches!(self, Self::Sha1 | Self::Sha256)
    }
}

/// One checksum of an object or a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Which algorithm.
    pub algorithm: Algorithm,
    /// The value in headers and XML: base64. A checksum of the checksums of `N` parts ends in `-N`.
    pub text: String,
}

impl Checksum {
    /// `FULL_OBJECT` or `COMPOSITE`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        if self.text.contains('-') {
            "COMPOSITE"
        } else {
            "FULL_OBJECT"
        }
    }

    /// The checksum of these pieces of an object.
    pub fn of<B: AsRef<[u8]>>(
        algorithm: Algorithm,
        pieces: impl IntoIterator<Item = B>,
    ) -> Option<Self> {
        let mut running = hasher([algorithm]);
        for piece in pieces {
            running.update(piece.as_ref());
        }
        finished(running).pop()
    }

    /// The checksum of the checksums of the parts, for multipart objects of type COMPOSITE.
    pub(crate) fn composite(algorithm: Algorithm, parts: &[Checksum]) -> Option<Self> {
        let digests = parts.iter().map(|part| STANDARD.decode(&part.text));
        let digests = digests.collect::<Result<Vec<_>, _>>().ok()?;
        let of_digests = Self::of(algorithm, digests)?;
        Some(Self {
            algorithm,
            text: format!("{}-{}", of_digests.text, parts.len()),
        })
    }
}

/// Starts to compute checksums.
pub(crate) fn hasher(algorithms: impl IntoIterator<Item = Algorithm>) -> ChecksumHasher {
    let mut hasher = ChecksumHasher::default();
    for algorithm in algorithms {
        match algorithm {
            Algorithm::Crc32 => hasher.crc32 = Some(Crc32::default()),
            Algorithm::Crc32c => hasher.crc32c = Some(Crc32c::default()),
            Algorithm::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::default()),
            Algorithm::Sha1 => hasher.sha1 = Some(Sha1::default()),
            Algorithm::Sha256 => hasher.sha256 = Some(Sha256::default()),
        }
    }
    hasher
}

/// The checksums of all bytes that the hasher was given.
pub(crate) fn finished(hasher: ChecksumHasher) -> Vec<Checksum> {
    let sums = hasher.finalize();
    let sums = [
        (Algorithm::Crc32, sums.checksum_crc32),
        (Algorithm::Crc32c, sums.checksum_crc32c),
        (Algorithm::Crc64Nvme, sums.checksum_crc64nvme),
        (Algorithm::Sha1, sums.checksum_sha1),
        (Algorithm::Sha256, sums.checksum_sha256),
    ];
    let sums = sums.into_iter();
    sums.filter_map(|(algorithm, text)| {
        Some(Checksum {
            algorithm,
            text: text?,
        })
    })
    .collect()
}
