//! Where a listing is split, and whether it may be.
//!
//! A segment costs at most one request more than its keys would have: its last page may be full of keys
//! that the next segment has, too. So another one is begun only while one useless request of each
//! that is open, together with those that were useless, is at most a fifth of the pages that
//! came. For a service whose pages are full, with P pages in all, that is at most P + P / 5 requests.
//!
//! Splits are placed some pages ahead, by the pace at which the listing moves through the keys,
//! and near the head, because all that is behind them has to wait in memory.

use super::keyspace::Pace;
use super::merge::Merge;
use super::segment::{Segment, State};

/// Pages of a segment: as few as the fifth allows, since those behind wait in memory.
const PAGES: f64 = 6.0;

/// What is left of a segment is worth splitting from so many pages on ...
const WORTH_SPLITTING: f64 = 5.0;

/// ... and in halves if it is no more than this.
const TWO_SEGMENTS: f64 = 12.0;

/// The most segments begun beyond the last one of which anything is known.
const BLIND: usize = 16;

/// Of the pages that came, one useless request for so many.
const FIFTH: f64 = 5.0;

impl Merge {
    /// Splits as long as it is allowed and useful.
    pub(super) fn split(&mut self) {
        while self.splitting && self.may_split() {
            let Some((place, at)) = self.best_split() else {
                return;
            };
            let number = self.number();
            let Some(segment) = self.row.get_mut(place) else {
                return;
            };
            let bound = segment.bound.replace(at.clone());
            self.row
                .insert(place + 1, Segment::new(number, Some(at), bound));
        }
    }

    fn may_split(&self) -> bool {
        let open = self.row.iter().filter(|segment| segment.is_open()).count();
        if open == 0 || open >= self.ahead.jobs {
            return false;
        }
        let (mut worth, mut useless) = (self.done, self.wasted);
        for segment in &self.row {
            worth += segment.worth;
            if !segment.is_open() {
                useless += (segment.requests - segment.worth).max(0.0);
            }
        }
        // The last page of all may be as short as it likes; but that is in `useless` once it came.
        let end = self.row.back().is_some_and(|last| !last.is_open());
        useless + open as f64 + f64::from(u8::from(end)) <= (worth / FIFTH + 1e-6).floor()
    }

    /// The split nearest to the head that is worth it.
    fn best_split(&self) -> Option<(usize, String)> {
        self.row.iter().enumerate().find_map(|(place, segment)| {
            if !segment.is_open() {
                return None;
            }
            let pace = self.pace_at(place)?;
            let from = segment.position()?;
            // The page under way is as good as here.
            let coming = if matches!(segment.state, State::UnderWay) {
                1.0
            } else {
                0.0
            };
            let ahead = |pages| self.keys.ahead(from, pace, pages + coming);
            let at = match &segment.bound {
                None if self.blind(place) => return None,
                None => ahead(PAGES),
                Some(bound) if ahead(WORTH_SPLITTING)? >= *bound => return None,
                Some(bound) if ahead(TWO_SEGMENTS).is_some_and(|key| key < *bound) => ahead(PAGES),
                Some(_) => ahead(WORTH_SPLITTING / 2.0),
            };
            Some((place, at?))
        })
    }

    /// Whether the guesses were good decides how many are made at a time.
    pub(super) fn learn(&mut self, place: usize) {
        let Some(segment) = self.row.get(place).filter(|segment| segment.requests < 1.5) else {
            return;
        };
        if segment.after.is_none() {
            return;
        }
        let good = segment.worth >= 0.5 && segment.first.is_some();
        self.daring = if good {
            (self.daring + 1).min(BLIND)
        } else {
            (self.daring / 2).max(1)
        };
    }

    fn blind(&self, place: usize) -> bool {
        let before = self.row.iter().take(place + 1).rev();
        before.take_while(|segment| segment.first.is_none()).count() >= self.daring
    }

    /// The pace where a segment stands: its own, or that of the nearest before it.
    fn pace_at(&self, place: usize) -> Option<Pace> {
        let known = self.row.iter().take(place + 1).rev().find_map(|segment| {
            let (from, to, pages) = segment.way().filter(|way| way.2 >= 3.0)?;
            self.keys.pace(from, to, pages)
        });
        known.or(self.pace)
    }
}
