//! Is a local file what the object is? By content only, never by clocks.

use common::Failure;
use common::s3::{ChecksumAlgorithm, ListedObject, ObjectInfo};

use crate::inquiry::Inquiry;
use crate::proof::{Evidence, Expected, SumKind, Verdict, best_proof};

/// What a comparison showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Equal, by this proof.
    Equal(&'static str),
    /// Not equal.
    Differs,
    /// The object offers nothing to compare by.
    Unknown,
}

impl From<Verdict> for Content {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Proved(name) => Self::Equal(name),
            Verdict::Mismatch(_) => Self::Differs,
            Verdict::Unproved => Self::Unknown,
        }
    }
}

/// The best proof that an answer about an object offers.
pub(crate) fn proof_of(info: &ObjectInfo) -> Expected {
    let kind = |algorithm| match algorithm {
        ChecksumAlgorithm::Crc32 => SumKind::Crc32,
        ChecksumAlgorithm::Crc32c => SumKind::Crc32c,
        ChecksumAlgorithm::Crc64Nvme => SumKind::Crc64Nvme,
        ChecksumAlgorithm::Sha1 => SumKind::Sha1,
        ChecksumAlgorithm::Sha256 => SumKind::Sha256,
    };
    let checksums = info
        .checksums
        .iter()
        .map(|sum| (kind(sum.algorithm), sum.value.as_slice(), sum.parts));
    best_proof(&Evidence {
        size: info.size,
        etag: info.etag.as_deref(),
        encrypted: info.kms || info.customer_key,
        checksums: &checksums.collect::<Vec<_>>(),
    })
}

/// What the content of `object` must sum up to. The listing's ETag is enough for most; the
/// service is asked about objects whose ETag is no sum, and for the part size of those made of
/// parts.
pub(crate) async fn expectation(
    object: &ListedObject,
    inquiry: &Inquiry<'_>,
) -> Result<Expected, Failure> {
    let evidence = Evidence {
        size: object.size,
        etag: object.etag.as_deref(),
        ..Evidence::default()
    };
    let expected = match best_proof(&evidence) {
        Expected::Nothing => proof_of(&inquiry.head(None).await?),
        expected => expected,
    };
    Ok(with_part_size(expected, inquiry).await)
}

/// The same, with the part size that HEAD of the first part tells, where that matters. Not every
/// service knows parts by number: without an answer the customary sizes are tried.
pub(crate) async fn with_part_size(expected: Expected, inquiry: &Inquiry<'_>) -> Expected {
    if expected.guesses_parts().is_none() {
        return expected;
    }
    match inquiry.head(Some(1)).await {
        Ok(ObjectInfo {
            part_size: Some(size),
            parts_count: Some(count),
            ..
        }) => expected.with_part_size(size, count),
        _ => expected,
    }
}
