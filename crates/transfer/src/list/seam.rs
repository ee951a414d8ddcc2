//! Whether two segments fit together, and what happens if they do not.

use s3_client::operations::ListPage;

use super::merge::Merge;
use super::segment::State;

/// After this many mismatches no segment is split any more.
const MAX_MISMATCHES: u32 = 4;

impl Merge {
    /// Compares the end of a segment with the beginning of the next, if both are known.
    pub(super) fn join(&mut self, place: usize) {
        let (Some(segment), Some(next)) = (self.segments.get(place), self.segments.get(place + 1))
        else {
            return;
        };
        let fits = match (&segment.state, &next.first, &next.state) {
            (State::Beyond(key, _), Some(first), _) => key == first,
            (State::Ended, Some(_), _)
            | (State::Beyond(..), None, State::Ended | State::Sealed) => false,
            (State::Ended, None, State::Ended | State::Sealed) => true,
            _ => return,
        };
        if fits {
            if let Some(segment) = self.segments.get_mut(place) {
                segment.state = State::Sealed;
                segment.rest = ListPage::default();
            }
            if let Some(next) = self.segments.get_mut(place + 1) {
                next.confirmed = true;
            }
            return;
        }
        self.mismatches += 1;
        self.splitting = self.splitting && self.mismatches < MAX_MISMATCHES;
        self.continue_past_bound(place);
    }

    /// A segment that is not yet confirmed failed or is unsorted: drop it, and continue the one before it.
    pub(super) fn reject(&mut self, place: usize) {
        log::debug!("listing page by page: this service lists differently after a key");
        self.splitting = false;
        if let Some(before) = place.checked_sub(1) {
            self.continue_past_bound(before);
        }
    }

    fn continue_past_bound(&mut self, place: usize) {
        self.drop_from(place + 1);
        if let Some(segment) = self.segments.get_mut(place) {
            segment.reopen(self.largest_page);
        }
    }

    pub(super) fn drop_from(&mut self, place: usize) {
        for segment in self.segments.drain(place.min(self.segments.len())..) {
            self.useless_requests += segment.requests;
        }
    }
}
