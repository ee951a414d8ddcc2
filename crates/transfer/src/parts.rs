//! Arithmetic of parts: how an object is cut for upload and download. Nothing else, no I/O.

use std::ops::Range;

use s3_client::quirks::Quirks;

/// One MiB. Part sizes are whole MiB, so that whoever reads the ETag can guess them.
pub(crate) const MIB: u64 = 1024 * 1024;
/// The part size if none is asked for, in bytes.
pub(crate) const DEFAULT_PART_SIZE: u64 = 8 * MIB;
/// The largest file that goes up in one PUT if no part size is asked for, in bytes.
pub(crate) const SINGLE_PUT_MAX: u64 = 64 * MIB;

/// How a file goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// In one PUT.
    Single,
    /// In a multipart upload of these equal parts.
    Multipart(Parts),
}

/// A length cut into equal parts; the last one may be shorter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    total: u64,
    part: u64,
}

/// The file does not fit into as many and as large parts as the store accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    /// The most bytes that an object can have there.
    pub limit: u64,
}

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "it is larger than the {} bytes that this service accepts",
            self.limit
        )
    }
}

/// How a file of `size` bytes goes up. `asked` is the part size that the user wants: it is
/// rounded up to whole MiB, brought within the limits of the service, and grown until the parts
/// suffice. A file that is not larger than it, or than [`SINGLE_PUT_MAX`] where none is asked for,
/// goes up in one PUT.
///
/// # Errors
/// If the largest parts do not suffice, or the service takes no object of this size.
pub(crate) fn upload(size: u64, asked: Option<u64>, service: &Quirks) -> Result<Shape, TooLarge> {
    let (smallest, largest) = (service.min_part_bytes, service.max_part_bytes);
    let single = asked.unwrap_or(SINGLE_PUT_MAX).max(smallest);
    if size <= single.min(service.max_put_bytes) {
        return Ok(Shape::Single);
    }
    let most = u64::from(service.max_parts.max(1));
    let limit = largest.saturating_mul(most).min(service.max_object_bytes);
    if size > limit {
        return Err(TooLarge { limit });
    }
    let wanted = asked.unwrap_or(DEFAULT_PART_SIZE).max(smallest);
    let part = whole_mib(wanted.max(size.div_ceil(most))).min(largest);
    Ok(Shape::Multipart(Parts::new(size, part)))
}

/// The size of a part of a stream whose length nobody knows; `index` counts from 0. Parts of equal
/// size let others check the object by its ETag, so the first 40 % are of the usual size. Then each
/// tenth of the parts is four times as large as the one before.
pub(crate) fn of_stream(index: u64, asked: Option<u64>, service: &Quirks) -> u64 {
    let usual = whole_mib(
        asked
            .unwrap_or(DEFAULT_PART_SIZE)
            .max(service.min_part_bytes),
    );
    let tenth = index / u64::from(service.max_parts.max(10)).div_ceil(10);
    let growth = 4_u64.saturating_pow(u32::try_from(tenth.saturating_sub(3)).unwrap_or(0));
    usual.saturating_mul(growth).min(service.max_part_bytes)
}

/// The ranges in which an object of `size` bytes comes down; none for an empty object, which
/// must not be asked for by range (416).
pub(crate) fn download(size: u64, part: u64) -> Parts {
    Parts::new(size, part)
}

fn whole_mib(bytes: u64) -> u64 {
    bytes.div_ceil(MIB).saturating_mul(MIB)
}

impl Parts {
    /// `total` bytes in parts of `part` bytes; a part size of 0 counts as 1.
    pub(crate) fn new(total: u64, part: u64) -> Self {
        Self {
            total,
            part: part.max(1),
        }
    }

    /// The bytes of all parts together.
    pub(crate) fn total(self) -> u64 {
        self.total
    }

    /// The bytes of every part but the last.
    pub(crate) fn part_size(self) -> u64 {
        self.part
    }

    /// How many parts.
    pub(crate) fn count(self) -> u64 {
        self.total.div_ceil(self.part)
    }

    /// The bytes of the part with this index, counted from 0; `None` behind the last.
    pub(crate) fn range(self, index: u64) -> Option<Range<u64>> {
        let start = index
            .checked_mul(self.part)
            .filter(|&start| start < self.total)?;
        Some(start..start.saturating_add(self.part).min(self.total))
    }

    /// All parts in order.
    pub(crate) fn ranges(self) -> impl Iterator<Item = Range<u64>> + Send {
        (0..self.count()).filter_map(move |index| self.range(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GIB: u64 = 1024 * MIB;

    fn usual() -> Quirks {
        Quirks::of_host("127.0.0.1")
    }

    fn part_size(size: u64, asked: Option<u64>) -> Option<u64> {
        match upload(size, asked, &usual()).unwrap() {
            Shape::Single => None,
            Shape::Multipart(parts) => Some(parts.part_size()),
        }
    }

    #[test]
    fn up_to_64_mib_or_the_part_size_that_was_asked_for_go_up_in_one_put() {
        assert_eq!(part_size(0, None), None);
        assert_eq!(part_size(64 * MIB, None), None);
        assert_eq!(part_size(64 * MIB + 1, None), Some(8 * MIB));
        assert_eq!(part_size(5 * MIB, Some(1)), None);
        assert_eq!(part_size(5 * MIB + 1, Some(1)), Some(5 * MIB));
        assert_eq!(part_size(100 * MIB, Some(100 * MIB)), None);
        assert_eq!(part_size(100 * MIB + 1, Some(100 * MIB)), Some(100 * MIB));
    }

    #[test]
    fn parts_grow_in_whole_mib_until_10_000_suffice() {
        assert_eq!(part_size(80_000 * MIB, None), Some(8 * MIB));
        assert_eq!(part_size(80_000 * MIB + 1, None), Some(9 * MIB));
        assert_eq!(part_size(5 * 1024 * GIB, None), Some(525 * MIB));
    }

    #[test]
    fn a_part_size_that_was_asked_for_is_brought_within_the_limits() {
        assert_eq!(part_size(GIB, Some(1)), Some(5 * MIB));
        assert_eq!(part_size(GIB, Some(16 * MIB + 1)), Some(17 * MIB));
        assert_eq!(part_size(6 * GIB, Some(u64::MAX)), Some(5 * GIB));
    }

    #[test]
    fn what_no_part_size_can_hold_is_too_large() {
        let error = upload(u64::MAX, None, &usual()).unwrap_err();
        assert_eq!(error.limit, 50_000 * GIB);
        assert!(upload(50_000 * GIB, None, &usual()).is_ok());
    }

    #[test]
    fn the_limits_of_the_service_count() {
        let r2 = Quirks::of_host("account.r2.cloudflarestorage.com");
        let error = upload(5 * 1024 * GIB, None, &r2).unwrap_err();
        assert_eq!(error.limit, r2.max_object_bytes);
        let b2 = Quirks::of_host("s3.us-west-004.backblazeb2.com");
        let shape = upload(6 * GIB, Some(5 * GIB), &b2).unwrap();
        assert!(matches!(shape, Shape::Multipart(parts) if parts.part_size() == b2.max_part_bytes));
    }

    #[test]
    fn an_empty_object_has_no_ranges() {
        assert_eq!(download(0, 8 * MIB).count(), 0);
        assert_eq!(download(0, 0).ranges().next(), None);
    }

    #[test]
    fn the_parts_of_a_stream_are_equal_at_first_and_suffice_for_terabytes() {
        let limits = usual();
        let sizes: Vec<u64> = (0..u64::from(limits.max_parts))
            .map(|index| of_stream(index, None, &limits))
            .collect();
        assert!(sizes[..4000].iter().all(|size| *size == 8 * MIB) && sizes[4000] == 32 * MIB);
        assert!(sizes.is_sorted() && sizes.iter().sum::<u64>() > 10 * 1024 * GIB);
        assert_eq!(of_stream(9_999, Some(512 * MIB), &limits), 5 * GIB);
        assert_eq!(of_stream(0, Some(1), &limits), 5 * MIB);
    }

    proptest! {
        #[test]
        fn parts_cover_everything_once_and_in_order(total in 0_u64..1 << 40, part in (1_u64 << 27)..1 << 34) {
            let parts = Parts::new(total, part);
            let mut end = 0;
            for range in parts.ranges() {
                prop_assert_eq!(range.start, end);
                prop_assert!(range.end > range.start && range.end - range.start <= part);
                end = range.end;
            }
            prop_assert_eq!(end, total);
            prop_assert_eq!(parts.ranges().count() as u64, parts.count());
            prop_assert_eq!(parts.range(parts.count()), None);
        }

        #[test]
        fn an_upload_keeps_every_limit(size: u64, asked: Option<u64>) {
            let limits = usual();
            match upload(size, asked, &limits) {
                Ok(Shape::Single) => prop_assert!(size <= limits.max_put_bytes),
                Ok(Shape::Multipart(parts)) => {
                    prop_assert!(parts.count() <= limits.max_parts.into() && parts.total() == size);
                    prop_assert!((limits.min_part_bytes..=limits.max_part_bytes).contains(&parts.part_size()));
                    prop_assert_eq!(parts.part_size() % MIB, 0);
                }
                Err(error) => prop_assert!(size > error.limit),
            }
        }
    }
}
