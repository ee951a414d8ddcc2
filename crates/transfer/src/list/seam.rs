//! Whether segments fit together, and what becomes of those that do not.

use s3_client::operations::ListPage;

use super::merge::Merge;
use super::segment::State;

/// So often may segments not fit together before it is no longer tried.
const MISFITS: u32 = 4;

impl Merge {
    /// Holds the end of a segment against the beginning of the next, if both are known.
    pub(super) fn join(&mut self, place: usize) {
        let (Some(segment), Some(next)) = (self.row.get(place), self.row.get(place + 1)) else {
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
            if let Some(segment) = self.row.get_mut(place) {
                segment.state = State::Sealed;
                segment.rest = ListPage::default();
            }
            if let Some(next) = self.row.get_mut(place + 1) {
                next.trusted = true;
            }
            return;
        }
        self.misfits += 1;
        self.splitting = self.splitting && self.misfits < MISFITS;
        self.go_on_alone(place);
    }

    /// A segment that nothing vouches for failed or is in disorder: the one before goes on.
    pub(super) fn distrust(&mut self, place: usize) {
        log::debug!("the listing goes on page by page: this service lists differently after a key");
        self.splitting = false;
        if let Some(before) = place.checked_sub(1) {
            self.go_on_alone(before);
        }
    }

    fn go_on_alone(&mut self, place: usize) {
        self.forget_from(place + 1);
        if let Some(segment) = self.row.get_mut(place) {
            segment.reopen(self.fullest);
        }
    }

    pub(super) fn forget_from(&mut self, place: usize) {
        for segment in self.row.drain(place.min(self.row.len())..) {
            self.wasted += segment.requests;
        }
    }
}
