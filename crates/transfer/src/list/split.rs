//! Where a listing is split, and whether it may be.
//!
//! A segment costs at most one request more than its keys would have: its last page may be full of keys
//! that the next segment has, too. So another one is begun only while one useless request of each
//! that is open, together with those that were useless, is at most a fifth of the pages that
//! came. For a service whose pages are full, with P pages in all, that is at most P + P / 5 requests.
//!
//! Splits are placed some pages ahead, by the pace at which the listing moves through the keys,
//! and near the head, because all that is behind them has to wait in memory. A pace that was
//! measured over a few pages tells nothing about what lies outside the directory they were in:
//! there the pace over more pages takes over.

use super::alphabet::Columns;
use super::keyspace::{Near, Pace};
use super::merge::Merge;
use super::segment::{Segment, State};

/// Pages of a segment: as few as the fifth allows, since those behind wait in memory.
pub(super) const PAGES: f64 = 6.0;

/// What is left of a segment is worth splitting from so many pages on.
const WORTH_SPLITTING: f64 = 8.0;

/// What is expected to hold so many pages is as good as without an end.
pub(super) const LONG_PAGES: f64 = 6.0 * PAGES;

/// The most segments begun beyond the last one of which anything is known.
const BLIND: usize = 16;

/// Guesses go at most so much further, and wait for at most so much more, than usual.
const MOST_STRIDE: f64 = 8.0;
const MOST_CAUTION: f64 = 2.0;

/// Where a pace is carried beyond what it was measured on, it is taken to be too slow by at most
/// so much.
const MOST_SCALE: f64 = 4.0;

/// The far pace is measured over so many marks with so many pages between them, but not over less
/// than this.
const TRAIL_MARKS: usize = 16;
const TRAIL_PAGES: f64 = 6.0;
const FAR_PAGES: f64 = 12.0;

/// A pace is known from so many pages on.
const WAY_PAGES: f64 = 2.0;

/// Of the pages that came, one useless request for so many.
const FIFTH: f64 = 5.0;

/// A segment in the row, and the key that is to be its bound.
struct Split {
    place: usize,
    at: String,
    /// What it is expected to hold then.
    pages: f64,
    /// What the new segment is expected to hold.
    pages_beyond: f64,
    /// Nothing is known of where it is made.
    is_guess: bool,
}

impl Merge {
    /// Splits as long as it is allowed and useful.
    pub(super) fn split(&mut self) {
        while self.splitting && self.may_split() {
            let Some(split) = self.best_split() else {
                return;
            };
            let number = self.number();
            let Some(segment) = self.row.get_mut(split.place) else {
                return;
            };
            let bound = segment.bound.replace(split.at.clone());
            segment.expected = split.pages;
            let mut next = Segment::new(number, Some(split.at), bound);
            next.was_last = split.is_guess;
            next.expected = split.pages_beyond;
            self.row.insert(split.place + 1, next);
        }
    }

    fn may_split(&self) -> bool {
        let open = self.row.iter().filter(|segment| segment.is_open()).count();
        if open == 0 || open >= 2 * self.ahead.jobs {
            return false;
        }
        let (mut worth, mut useless) = (self.done, self.wasted);
        for segment in &self.row {
            worth += segment.worth;
            if !segment.is_open() {
                useless += (segment.requests - segment.worth).max(0.0);
            }
        }
        // The last segment of all may be as short as it likes, but not empty: so it is, or its last
        // page is in `useless`, once the end has been seen.
        let end = self
            .row
            .iter()
            .any(|segment| matches!(segment.state, State::Ended));
        useless + open as f64 + f64::from(u8::from(end)) <= (worth / FIFTH + 1e-6).floor()
    }

    /// The split nearest to the head that is worth it.
    fn best_split(&self) -> Option<Split> {
        let far = self.far_pace();
        let is_full = self.planned_pages() >= self.room_pages();
        self.row
            .iter()
            .enumerate()
            .filter(|(_, segment)| segment.is_open())
            .find_map(|(place, segment)| {
                let (keys, paces) = self.near(place, far)?;
                match &segment.bound {
                    Some(bound) => self.split_within(place, segment, bound, keys, &paces, is_full),
                    None if self.is_blind(place) || is_full => None,
                    None => Some(Split {
                        place,
                        at: keys.ahead(
                            segment.position()?,
                            &paces,
                            PAGES * self.stride + segment.coming(),
                        )?,
                        pages: segment.worth + PAGES,
                        pages_beyond: self.typical,
                        is_guess: true,
                    }),
                }
            })
    }

    /// The split of a segment that ends somewhere.
    fn split_within(
        &self,
        place: usize,
        segment: &Segment,
        bound: &str,
        keys: Near<'_>,
        paces: &[Pace],
        is_full: bool,
    ) -> Option<Split> {
        let from = segment.position()?;
        let coming = segment.coming();
        let (distance, is_known) = keys.pages(from, bound, paces)?;
        let distance = (distance - coming).max(1.0);
        let expected = (segment.expected - segment.worth).max(segment.worth / 2.0) - coming;
        // What the paces do not reach is between what they and what was expected say.
        let left = if is_known {
            distance
        } else {
            (distance * expected.max(1.0)).sqrt()
        };
        // What is very long is as good as without an end.
        let is_long = left >= LONG_PAGES;
        let is_awaited = place <= 1;
        let is_unseen = segment.worth == 0.0;
        if is_unseen && (!is_long || self.is_blind(place)) || is_long && is_full && !is_awaited {
            return None;
        }
        // All others wait for the head when there is no more room: then it is worth more.
        let least = if is_awaited && is_full {
            WORTH_SPLITTING / 2.0
        } else {
            WORTH_SPLITTING * self.caution
        };
        if left < least {
            return None;
        }
        let pages = if left >= 2.0 * PAGES {
            PAGES
        } else {
            left / 2.0
        };
        let scale = (distance / left).clamp(1.0, MOST_SCALE);
        let at = keys
            .ahead(from, paces, pages * scale + coming)
            .filter(|at| at.as_str() < bound)?;
        Some(Split {
            place,
            at,
            pages: segment.worth + pages,
            pages_beyond: left - pages,
            is_guess: is_long,
        })
    }

    /// What became of a guess decides how the next ones are made: nearer or further off, few or
    /// many at a time.
    pub(super) fn learn(&mut self, place: usize) {
        let Some(segment) = self.row.get(place) else {
            return;
        };
        if segment.requests > 1.5 || segment.after.is_none() {
            return;
        }
        let good = segment.worth >= 0.5 && segment.first.is_some();
        let (measure, most) = if segment.was_last {
            (&mut self.stride, MOST_STRIDE)
        } else {
            (&mut self.caution, MOST_CAUTION)
        };
        *measure = if good {
            (*measure * 0.9).max(PAGES / self.typical.max(PAGES))
        } else {
            (*measure * 1.5).min(most)
        };
        if segment.was_last {
            self.daring = if good {
                (self.daring + 1).min(BLIND)
            } else {
                (self.daring / 2).max(1)
            };
        }
    }

    /// Takes note of how long a segment turned out to be that was begun at a guess.
    pub(super) fn learn_length(&mut self, pages: f64) {
        self.typical += (pages.clamp(PAGES / 2.0, 8.0 * PAGES) - self.typical) / 8.0;
    }

    /// Remembers how far the listing has come when a segment is done, for [`Self::far_pace`].
    pub(super) fn pass(&mut self, key: &str) {
        let last = self.trail.back().map_or(0.0, |(done, _)| *done);
        if self.trail.is_empty() || self.done - last >= TRAIL_PAGES {
            self.trail.push_back((self.done, key.to_owned()));
            if self.trail.len() > TRAIL_MARKS {
                self.trail.pop_front();
            }
        }
    }

    /// Pages that wait behind the head, and those that are to come of what was begun.
    fn planned_pages(&self) -> f64 {
        let pages = |segment: &Segment| segment.items.len() as f64 + segment.to_come();
        self.row.iter().skip(1).map(pages).sum()
    }

    fn is_blind(&self, place: usize) -> bool {
        let before = self.row.iter().take(place + 1).rev();
        before.take_while(|segment| segment.first.is_none()).count() >= self.daring
    }

    /// The pace over many pages, for guesses beyond all that is known: it sees the directories
    /// where the near pace sees the files of the last one.
    fn far_pace(&self) -> Option<Pace> {
        let (begun, from) = self.trail.front()?;
        let mut pages = self.done - begun;
        let mut to = None;
        for segment in &self.row {
            to = segment.first.as_deref().or(to);
            if !matches!(segment.state, State::Sealed) {
                if let Some(last) = &segment.last {
                    pages += segment.worth;
                    to = Some(last);
                }
                break;
            }
            pages += segment.worth;
        }
        let nothing = Columns::default();
        (pages >= FAR_PAGES)
            .then(|| self.keys.near(&nothing).pace(from, to?, pages))
            .flatten()
    }

    /// The keys and the paces where a segment stands: its own, or those of the nearest before it.
    fn near(&self, place: usize, far: Option<Pace>) -> Option<(Near<'_>, Vec<Pace>)> {
        let mut known = self.row.iter().take(place + 1).rev();
        let nearest = known.clone().find(|segment| segment.worth > 0.0)?;
        let keys = self.keys.near(&nearest.columns);
        let nearest = known.find(|segment| {
            segment
                .way(usize::MAX)
                .is_some_and(|way| way.2 >= WAY_PAGES)
        })?;
        let pace = |pages| {
            let (from, to, pages) = nearest.way(pages)?;
            keys.pace(from, to, pages)
        };
        let paces = Near::nested([pace(4), pace(12), far]);
        (!paces.is_empty()).then_some((keys, paces))
    }
}
