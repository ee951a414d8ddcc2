//! Is a local file what the object is? By content only, never by clocks.

use common::Failure;
use common::s3::{ListedObject, ObjectInfo};

use crate::inquiry::Inquiry;
use crate::proof::{Expected, Verdict, best_proof, listed_proof};

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

/// What the content of `object` must sum up to. The listing's ETag is enough for most; the
/// service is asked about objects whose ETag is no sum, and for the part size of those made of
/// parts.
pub(crate) async fn expectation(
    object: &ListedObject,
    inquiry: &Inquiry<'_>,
) -> Result<Expected, Failure> {
    let expected = match listed_proof(object.size, object.etag.as_deref()) {
        Expected::Nothing => best_proof(&inquiry.head(None).await?),
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
