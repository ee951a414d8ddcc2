//! Where a listing is split, and whether it may be.
//!
//! How far apart the keys of the latest pages are says how many pages are still to come, if the keys beyond are
//! as dense. That is either true or far too much: a directory ends, and what follows is sparse or nothing. So a
//! segment is split half-way in orders of magnitude, between two pages and all that seems to be left. Where
//! the keys are dense to the end, the second half is soon split again; where they are not, little is lost.

use std::f64::consts::LN_2;

use super::merge::Merge;
use super::segment::{Segment, Stretch};

/// What is left of a segment is worth splitting from so many pages on.
const WORTH_SPLITTING_PAGES: f64 = 6.0;

/// A segment costs at most one request more than its keys need, because the next segment lists again what its
/// last page holds beyond its bound. One such request is allowed for so many pages that came,
const PAGES_PER_USELESS: f64 = 5.0;

/// and so many more, so that a listing soon has many requests under way.
const USELESS_AT_FIRST: f64 = 15.0;

/// A listing of so few pages sends no request more than one chain of pages would.
const SHORT_PAGES: f64 = 2.0;

impl Merge {
    /// After which key the segment at `place` should be split; `None` if it should not.
    pub(super) fn split_key(&self, place: usize) -> Option<String> {
        let segment = self.row.get(place)?;
        let expected = segment.left - f64::from(u8::from(segment.is_under_way()));
        if !self.splitting
            || segment.worth == 0.0
            || expected < WORTH_SPLITTING_PAGES
            || !self.may_split()
        {
            return None;
        }
        let (position, bound) = (segment.position()?, segment.bound.as_deref());
        let page = self.width(segment.stretches.back()?)?;
        let rest = self.space.distance(position, bound)?;
        self.space
            .after(position, bound, f64::midpoint(page + LN_2, rest))
    }

    /// Ends the segment at `place` with `key`, and begins another one after it.
    pub(super) fn split(&mut self, place: usize, key: String) {
        let number = self.number();
        let Some(segment) = self.row.get_mut(place) else {
            return;
        };
        let bound = segment.bound.replace(key.clone());
        let mut next = Segment::new(number, Some(key), bound);
        next.stretches.clone_from(&segment.stretches);
        self.row.insert(place + 1, next);
        self.estimate(place);
        self.estimate(place + 1);
    }

    /// Estimates how many pages are still to come of a segment.
    pub(super) fn estimate(&mut self, place: usize) {
        let left = self
            .row
            .get(place)
            .and_then(|segment| self.pages_left(segment));
        if let Some(segment) = self.row.get_mut(place) {
            segment.left = left.unwrap_or_default();
        }
    }

    /// By the last page or by the last few, whichever says less.
    fn pages_left(&self, segment: &Segment) -> Option<f64> {
        if !segment.is_open() {
            return None;
        }
        let rest = self
            .space
            .distance(segment.position()?, segment.bound.as_deref())?;
        let (mut pages, mut width, mut by_last) = (0.0, 0.0, 0.0);
        for stretch in &segment.stretches {
            // As a part of what is left, since by itself it may be too small a number.
            let part = (self.width(stretch)? - rest).exp();
            pages += stretch.pages;
            width += part;
            by_last = 1.0 / part;
        }
        let by_all: f64 = pages / width;
        (!segment.stretches.is_empty()).then_some(by_all.min(by_last))
    }

    fn width(&self, stretch: &Stretch) -> Option<f64> {
        self.space.distance(&stretch.from, Some(&stretch.to))
    }

    /// Whether one more segment is allowed if each that is open costs a useless request: with P pages there are
    /// at most P + P / 5 + 15 requests.
    fn may_split(&self) -> bool {
        let (mut worth, mut useless) = (self.done, self.wasted + 1.0);
        for segment in &self.row {
            worth += segment.worth;
            useless += if segment.is_open() {
                1.0
            } else {
                (segment.requests - segment.worth).max(0.0)
            };
        }
        let at_first = (2.0 * (worth - SHORT_PAGES)).clamp(0.0, USELESS_AT_FIRST);
        useless <= at_first + worth / PAGES_PER_USELESS
    }
}
