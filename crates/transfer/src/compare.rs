//! Is a local file what the object is? By content only, never by clocks.

use std::future::Future;

use common::Result;
use futures_util::stream::{self, StreamExt as _};
use s3_client::operations::ListedObject;

use crate::engine::Object;
use crate::proof::{Expected, Verdict, best_proof, listed_proof};

/// Parts asked about at a time.
const PARTS_ASKED_ABOUT: usize = 16;

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

/// Compares a file with an object; `read` reads the file and compares its sum.
///
/// The ETag in the listing is enough if it is the sum of the file. A listing does not tell whether
/// an ETag is a sum at all (with KMS it is not), so HEAD has to confirm a difference, and shows
/// which other sums there are. If HEAD fails, a difference counts as one unless it has to be
/// `certain`. Returns what the file was compared with at last.
pub(crate) async fn compare<F>(
    object: &Object<'_>,
    listed: &ListedObject,
    certain: bool,
    read: impl Fn(Expected) -> F,
) -> Result<(Content, Expected)>
where
    F: Future<Output = Result<Content>>,
{
    let expected = listed_proof(listed.size, listed.etag.as_deref());
    let expected = with_part_size(expected, object).await;
    let content = read(expected.clone()).await?;
    if matches!(content, Content::Equal(_)) {
        return Ok((content, expected));
    }
    let info = match object.head().await {
        Ok(info) => info,
        Err(_) if content == Content::Differs && !certain => return Ok((content, expected)),
        Err(failure) => return Err(object.error("look at", failure)),
    };
    let best = with_part_size(best_proof(&info), object).await;
    if best == expected && best != Expected::Nothing {
        return Ok((content, best));
    }
    Ok((read(best.clone()).await?, best))
}

/// The proof with the part size of the object, where that matters.
pub(crate) async fn with_part_size(expected: Expected, object: &Object<'_>) -> Expected {
    if expected.guesses_parts().is_none() {
        return expected;
    }
    expected.in_parts_of(&part_size(object).await)
}

/// How large the parts of an object are, as HEAD of the first one tells. Not every service knows
/// parts by number: without a response the customary sizes are tried.
pub(crate) async fn part_size(object: &Object<'_>) -> PartSize {
    let Ok(first) = object.head_part(1).await else {
        return PartSize::Unknown;
    };
    match (first.part_size, first.parts_count) {
        (Some(part), Some(count)) if could_be_equal(first.size, part, count) => PartSize::Equal {
            part_bytes: part,
            parts: count,
        },
        (Some(_), Some(_)) => PartSize::Unequal,
        _ => PartSize::Unknown,
    }
}

/// The parts that an object was put together from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartSize {
    /// Nobody says.
    Unknown,
    /// All but the last one are of this size.
    Equal {
        /// In bytes.
        part_bytes: u64,
        /// How many.
        parts: u32,
    },
    /// Of different sizes: nothing says where each begins.
    Unequal,
}

impl Expected {
    /// The same proof with this part size, if its part size is a guess.
    pub(crate) fn in_parts_of(self, part_size: &PartSize) -> Self {
        match part_size {
            _ if self.guesses_parts().is_none() => self,
            PartSize::Unknown => self,
            PartSize::Unequal => Self::Nothing,
            PartSize::Equal { part_bytes, parts } => self.with_part_size(*part_bytes, *parts),
        }
    }
}

/// Whether `count` parts of `part_bytes`, the last one perhaps shorter, make `size_bytes`.
fn could_be_equal(size_bytes: u64, part_bytes: u64, count: u32) -> bool {
    part_bytes > 0 && size_bytes.div_ceil(part_bytes) == u64::from(count)
}

/// Whether the object was put together from parts of different sizes, which S3 allows: then the
/// sum of its parts' sums cannot be computed from one part size. Asks about each part but the
/// last; a service that does not know parts by number says nothing.
pub(crate) async fn has_unequal_parts(object: &Object<'_>) -> bool {
    let Ok(first) = object.head_part(1).await else {
        return false;
    };
    let (Some(part), Some(count)) = (first.part_size, first.parts_count) else {
        return false;
    };
    stream::iter(2..count)
        .map(|number| object.head_part(number))
        .buffer_unordered(PARTS_ASKED_ABOUT)
        .any(|info| async move {
            info.is_ok_and(|info| info.part_size.is_some_and(|other| other != part))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_part_that_cannot_be_repeated_shows_unequal_parts() {
        assert!(could_be_equal(16, 5, 4));
        assert!(could_be_equal(10, 5, 2));
        assert!(!could_be_equal(16, 5, 3));
        assert!(!could_be_equal(16, 0, 3));
    }
}
