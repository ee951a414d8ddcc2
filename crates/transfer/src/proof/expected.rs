//! Chooses the best proof of an object's content.

use s3_client::operations::ObjectInfo;

use super::{EtagProof, SumKind, candidates};

/// The sum that the bytes must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// There is no proof; only the length can be checked.
    Nothing,
    /// A sum over all bytes.
    Whole {
        /// The kind of the sum.
        kind: SumKind,
        /// The expected value.
        digest: Vec<u8>,
    },
    /// A sum over the sums of parts.
    Parts {
        /// The kind of the sum.
        kind: SumKind,
        /// The expected value.
        digest: Vec<u8>,
        /// The number of parts.
        parts: u32,
        /// The possible part sizes in bytes; one size if it is known.
        sizes: Vec<u64>,
        /// Whether the sizes are guesses. Then parts of unequal or unusual size look like damage.
        guessed: bool,
    },
}

/// The preferred order of sums over all bytes: longer ones first, but CRC64NVME before the
/// cryptographic ones. We look for accidental damage only, and CRC64NVME costs a tenth.
const PREFERENCE: [SumKind; 5] = [
    SumKind::Crc64Nvme,
    SumKind::Sha256,
    SumKind::Sha1,
    SumKind::Crc32c,
    SumKind::Crc32,
];

/// The best proof of an object that GET or HEAD described. In this order: a sum over all bytes, the
/// MD5 in an ETag, sums over the sums of parts, and an ETag over parts.
pub(crate) fn best_proof(info: &ObjectInfo) -> Expected {
    let etag = EtagProof::of(info.etag.as_deref(), info.kms || info.customer_key);
    let whole = checksums(info, false).next();
    let composite = || checksums(info, true).find_map(|expected| expected.fitting(info.size));
    match (whole, etag) {
        (Some(expected), _) => expected,
        (None, EtagProof::Md5(_)) => etag.expected(info.size),
        (None, _) => composite().unwrap_or_else(|| etag.expected(info.size)),
    }
}

/// The proof in a listing, which is only the ETag. A listing does not say whether the object is
/// encrypted with its own key. So a mismatch may be no damage, but equality is a proof.
pub(crate) fn listed_proof(size: u64, etag: Option<&str>) -> Expected {
    EtagProof::of(etag, false).expected(size)
}

/// The valid checksums of one kind of range, best first. Sums over parts have no part sizes yet.
fn checksums(info: &ObjectInfo, composite: bool) -> impl Iterator<Item = Expected> {
    let of_kind = move |kind: SumKind| {
        info.checksums.iter().find(|sum| {
            SumKind::from(sum.algorithm) == kind
                && sum.value.len() == kind.len_bytes()
                && sum.parts.is_some() == composite
        })
    };
    PREFERENCE.into_iter().filter_map(move |kind| {
        let sum = of_kind(kind)?;
        let digest = sum.value.clone();
        Some(match sum.parts {
            None => Expected::Whole { kind, digest },
            Some(parts) => Expected::Parts {
                kind,
                digest,
                parts,
                sizes: Vec::new(),
                guessed: true,
            },
        })
    })
}

impl EtagProof {
    /// The sum to compare with, for an object of `size` bytes.
    fn expected(self, size: u64) -> Expected {
        match self {
            Self::Md5(md5) => Expected::Whole {
                kind: SumKind::Md5,
                digest: md5.to_vec(),
            },
            Self::Parts { md5, parts } => {
                let digest = md5.to_vec();
                let proof = Expected::Parts {
                    kind: SumKind::Md5,
                    digest,
                    parts,
                    sizes: Vec::new(),
                    guessed: true,
                };
                proof.fitting(size).unwrap_or(Expected::Nothing)
            }
            Self::None => Expected::Nothing,
        }
    }
}

impl Expected {
    /// The same with the possible part sizes of an object of `size` bytes; `None` if no size gives
    /// this number of parts.
    fn fitting(mut self, size: u64) -> Option<Self> {
        if let Self::Parts {
            parts,
            sizes,
            guessed,
            ..
        } = &mut self
        {
            *sizes = candidates(size, *parts);
            *guessed = *parts > 1;
            if sizes.is_empty() {
                return None;
            }
        }
        Some(self)
    }

    /// The number of parts, if their size is a guess. Then a caller should ask for the size
    /// (`?partNumber=1`, if the service sends x-amz-mp-parts-count).
    pub(crate) fn guesses_parts(&self) -> Option<u32> {
        match self {
            Self::Parts {
                parts,
                guessed: true,
                ..
            } => Some(*parts),
            _ => None,
        }
    }

    /// The same proof with the part size from the service, if the number of parts agrees; otherwise
    /// unchanged.
    #[must_use]
    pub(crate) fn with_part_size(mut self, part_size: u64, parts_count: u32) -> Self {
        if let Self::Parts {
            parts,
            sizes,
            guessed,
            ..
        } = &mut self
            && *parts == parts_count
            && part_size > 0
        {
            *sizes = vec![part_size];
            *guessed = false;
        }
        self
    }

    /// The name of the proof, for people.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "length",
            Self::Whole { kind, .. } => kind.name(),
            Self::Parts {
                kind: SumKind::Md5, ..
            } => "multipart ETag",
            Self::Parts {
                kind: SumKind::Crc32,
                ..
            } => "CRC32 of parts",
            Self::Parts {
                kind: SumKind::Crc32c,
                ..
            } => "CRC32C of parts",
            Self::Parts {
                kind: SumKind::Crc64Nvme,
                ..
            } => "CRC64NVME of parts",
            Self::Parts {
                kind: SumKind::Sha1,
                ..
            } => "SHA1 of parts",
            Self::Parts {
                kind: SumKind::Sha256,
                ..
            } => "SHA256 of parts",
        }
    }
}
