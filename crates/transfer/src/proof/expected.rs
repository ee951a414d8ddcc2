//! Choosing the best of the proofs that an object comes with.

use super::{EtagProof, SumKind, candidates};

/// What the service says about the content of an object.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// The size of the whole object in bytes.
    pub size: u64,
    /// The ETag, quotes stripped or not, a weak one as sent.
    pub etag: Option<&'a str>,
    /// Encrypted with a key of KMS or of the customer: the ETag is no MD5.
    pub encrypted: bool,
    /// The sums over the whole object: kind, raw bytes, and the number of parts if it is a sum
    /// over the sums of parts.
    pub checksums: &'a [(SumKind, &'a [u8], Option<u32>)],
}

/// The sum that the bytes must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// There is no proof; the length is all that can be checked.
    Nothing,
    /// A sum over all bytes.
    Whole {
        /// Which sum.
        kind: SumKind,
        /// What it must be.
        digest: Vec<u8>,
    },
    /// A sum over the sums of parts.
    Parts {
        /// Which sum.
        kind: SumKind,
        /// What it must be.
        digest: Vec<u8>,
        /// How many parts.
        parts: u32,
        /// The part sizes that it may have been made with, in bytes; one if it is known.
        sizes: Vec<u64>,
        /// Whether the sizes are a guess. Then parts of unequal or odd size look like damage.
        guessed: bool,
    },
}

/// The order in which sums over all bytes are preferred: the longer ones, but CRC64NVME before
/// the cryptographic ones, since chance damage is what is looked for and it costs a tenth.
const PREFERENCE: [SumKind; 5] = [
    SumKind::Crc64Nvme,
    SumKind::Sha256,
    SumKind::Sha1,
    SumKind::Crc32c,
    SumKind::Crc32,
];

/// The best proof there is: a sum over all bytes, then the MD5 of an ETag, then sums over the
/// sums of parts, the ETag last.
pub fn best_proof(evidence: &Evidence<'_>) -> Expected {
    let sound = |(kind, value, _): &&(SumKind, &[u8], Option<u32>)| value.len() == kind.len_bytes();
    let of_kind = |kind: SumKind, composite: bool| {
        let mut found = evidence.checksums.iter().filter(sound);
        found.find(|(other, _, parts)| *other == kind && parts.is_some() == composite)
    };
    let whole = PREFERENCE.into_iter().find_map(|kind| of_kind(kind, false));
    if let Some((kind, value, _)) = whole {
        return Expected::Whole {
            kind: *kind,
            digest: value.to_vec(),
        };
    }
    let etag = EtagProof::of(evidence.etag, evidence.encrypted);
    if let EtagProof::Md5(md5) = etag {
        return Expected::Whole {
            kind: SumKind::Md5,
            digest: md5.to_vec(),
        };
    }
    let composite = PREFERENCE.into_iter().find_map(|kind| of_kind(kind, true));
    if let Some((kind, value, Some(parts))) = composite
        && let Some(expected) = Expected::parts(*kind, value, *parts, evidence.size)
    {
        return expected;
    }
    match etag {
        EtagProof::Parts { md5, parts } => {
            Expected::parts(SumKind::Md5, &md5, parts, evidence.size).unwrap_or(Expected::Nothing)
        }
        EtagProof::Md5(_) | EtagProof::None => Expected::Nothing,
    }
}

impl Expected {
    fn parts(kind: SumKind, digest: &[u8], parts: u32, size: u64) -> Option<Self> {
        let sizes = candidates(size, parts);
        let guessed = parts > 1;
        (!sizes.is_empty()).then(|| Self::Parts {
            kind,
            digest: digest.to_vec(),
            parts,
            sizes,
            guessed,
        })
    }

    /// The number of parts whose size is a guess: then it is worth asking for it
    /// (`?partNumber=1`, if the service says x-amz-mp-parts-count).
    pub fn guesses_parts(&self) -> Option<u32> {
        match self {
            Self::Parts {
                parts,
                guessed: true,
                ..
            } => Some(*parts),
            _ => None,
        }
    }

    /// The same proof with the part size that the service named, if the parts count agrees;
    /// else as it was.
    #[must_use]
    pub fn with_part_size(mut self, part_size: u64, parts_count: u32) -> Self {
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

    /// What proves it, for people.
    pub fn name(&self) -> &'static str {
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
