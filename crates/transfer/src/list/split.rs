//! Whether a segment is split in two, and after which key.
//!
//! The number of pages left in a segment is estimated as if its keys went on as dense as in its latest pages.
//! Such an estimate is either about right or far too high: a directory ends, and few keys or none follow. So
//! the split is made between the next two pages and the end, half-way on a logarithmic scale. If the keys do go
//! on as dense, the new segment is soon split again; if not, only one request was useless.

use std::f64::consts::LN_2;

use super::merge::Merge;
use super::segment::{PageSpan, Segment};

/// A segment with fewer pages left is not split.
const WORTH_SPLITTING_PAGES: f64 = 6.0;

/// A segment needs at most one request more than its keys do: the next segment lists again what the last page
/// holds beyond the bound. One such useless request is allowed for this many pages.
const PAGES_PER_USELESS: f64 = 5.0;

/// This many more are allowed, so that many requests are soon in flight.
const USELESS_AT_FIRST: f64 = 15.0;

/// A listing of this many pages or fewer sends no useless request.
const SHORT_PAGES: f64 = 2.0;

impl Merge {
    /// The key after which to split the segment at `place`; `None` if it should not be split.
    pub(super) fn split_key(&self, place: usize) -> Option<String> {
        let segment = self.segments.get(place)?;
        let expected = segment.pages_left - f64::from(u8::from(segment.is_in_flight()));
        if !self.splitting
            || segment.pages_kept == 0.0
            || expected < WORTH_SPLITTING_PAGES
            || !self.may_split()
        {
            return None;
        }
        let (position, bound) = (segment.position()?, segment.bound.as_deref());
        let page = self.width(segment.recent_pages.back()?)?;
        let rest = self.space.distance(position, bound)?;
        self.space
            .after(position, bound, f64::midpoint(page + LN_2, rest))
    }

    /// Makes `key` the end of the segment at `place`, and adds a segment after it.
    pub(super) fn split(&mut self, place: usize, key: String) {
        let number = self.number();
        let Some(segment) = self.segments.get_mut(place) else {
            return;
        };
        let bound = segment.bound.replace(key.clone());
        let mut next = Segment::new(number, Some(key), bound);
        next.recent_pages.clone_from(&segment.recent_pages);
        self.segments.insert(place + 1, next);
        self.estimate(place);
        self.estimate(place + 1);
    }

    /// Updates the estimate of the pages left in a segment.
    pub(super) fn estimate(&mut self, place: usize) {
        let left = self
            .segments
            .get(place)
            .and_then(|segment| self.estimated_pages(segment));
        if let Some(segment) = self.segments.get_mut(place) {
            segment.pages_left = left.unwrap_or_default();
        }
    }

    /// The estimate by the last page or by the last few, whichever is lower.
    fn estimated_pages(&self, segment: &Segment) -> Option<f64> {
        if !segment.is_open() {
            return None;
        }
        let rest = self
            .space
            .distance(segment.position()?, segment.bound.as_deref())?;
        let (mut pages, mut width, mut by_last) = (0.0, 0.0, 0.0);
        for span in &segment.recent_pages {
            // Relative to the distance left: the width itself may be too small for an `f64`.
            let part = (self.width(span)? - rest).exp();
            pages += span.pages;
            width += part;
            by_last = 1.0 / part;
        }
        let by_all: f64 = pages / width;
        (!segment.recent_pages.is_empty()).then_some(by_all.min(by_last))
    }

    fn width(&self, span: &PageSpan) -> Option<f64> {
        self.space.distance(&span.from, Some(&span.to))
    }

    /// Whether one more segment is allowed, if every open segment costs one useless request. This keeps the
    /// limit of P + P / 5 + 15 requests for P pages.
    fn may_split(&self) -> bool {
        let (mut pages_kept, mut useless) = (self.pages_done, self.useless_requests + 1.0);
        for segment in &self.segments {
            pages_kept += segment.pages_kept;
            useless += if segment.is_open() {
                1.0
            } else {
                (segment.requests - segment.pages_kept).max(0.0)
            };
        }
        let at_first = (2.0 * (pages_kept - SHORT_PAGES)).clamp(0.0, USELESS_AT_FIRST);
        useless <= at_first + pages_kept / PAGES_PER_USELESS
    }
}
