//! The parallel listing without its requests: which request to send next, what a response changes, what is
//! emitted. It does no I/O, so that tests can put any service beside it.
//!
//! The listing is a row of segments. Each is read page after page with the tokens of the service, from the key
//! it starts after until a key beyond its bound comes. What is emitted is exactly what *one* reader from the
//! beginning would have got: a segment counts only if its first key is the very key that the segment before
//! met beyond its bound. If it is another key, somebody wrote in between, or the service sorts in its own way;
//! then the segment before continues past its bound. Pages and errors are emitted from the first segment only,
//! which is the head.

use std::collections::VecDeque;

use common::{Error, Result};
use s3_client::operations::ListPage;

use super::order;
use super::packed::packed_bytes;
use super::segment::{Item, Segment, State};
use super::space::Space;

/// Pages that wait at the head for the reader: one, and one more in flight.
const HEAD_PAGES: usize = 2;

/// A segment leaves memory for the pages left in the segments between the head and itself, but at most for
/// this many pages of each: a longer segment will be split.
const TO_COME_PAGES: f64 = 64.0;

/// Pages are packed when those that wait take more than one part in this many of the memory.
const UNPACKED: usize = 4;

/// One key in this many is enough to learn which bytes keys have. An even number would overlook every
/// other digit.
const NOTED: usize = 7;

/// How far ahead a listing may be read.
#[derive(Clone, Copy, Debug)]
pub struct Ahead {
    /// Requests in flight at a time.
    pub(super) jobs: usize,
    /// Memory for pages that wait for their turn.
    pub(crate) bytes: usize,
}

/// A request for a page: by token, or after a key.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) segment: u64,
    pub(super) token: Option<String>,
    pub(super) after: Option<String>,
}

/// The state of a parallel listing.
#[derive(Debug)]
pub(super) struct Merge {
    pub(super) ahead: Ahead,
    pub(super) segments: VecDeque<Segment>,
    pub(super) space: Space,
    /// Whether segments may be split.
    pub(super) splitting: bool,
    /// Requests of emitted and dropped segments that were not needed.
    pub(super) useless_requests: f64,
    /// The keys of emitted segments, counted in full pages.
    pub(super) pages_done: f64,
    numbers: u64,
    in_flight: usize,
    pub(super) mismatches: u32,
    pub(super) largest_page: usize,
    page_bytes: usize,
    finished: bool,
}

impl Merge {
    pub(super) fn new(prefix: &str, may_split: bool, ahead: Ahead) -> Self {
        Self {
            ahead,
            segments: VecDeque::from([Segment::new(0, None, None)]),
            space: Space::below(prefix),
            splitting: may_split && ahead.jobs > 1,
            useless_requests: 0.0,
            pages_done: 0.0,
            numbers: 1,
            in_flight: 0,
            mismatches: 0,
            largest_page: 0,
            page_bytes: 0,
            finished: false,
        }
    }

    /// The next request to send, nearest to the head first.
    pub(super) fn next_request(&mut self) -> Option<Request> {
        if self.finished || self.in_flight >= self.ahead.jobs {
            return None;
        }
        // The reader is slower than the service: more pages would only use memory.
        if self.ready_pages() >= self.ahead.jobs {
            return None;
        }
        let mut free_pages = self.free_pages();
        for place in 0..self.segments.len() {
            let Some(segment) = self.segments.get(place) else {
                break;
            };
            if !segment.is_open() {
                continue;
            }
            // The listing would wait for itself if these two needed free memory: the head, and the first page
            // of the next segment, which the head is compared with when it is complete.
            let is_awaited = match place {
                0 => segment.items.len() < HEAD_PAGES,
                1 => segment.first.is_none(),
                _ => false,
            };
            if matches!(segment.state, State::Ready(_))
                && (is_awaited || place > 0 && free_pages >= 1.0)
            {
                return self.send(place);
            }
            if free_pages >= 1.0
                && let Some(key) = self.split_key(place)
            {
                self.split(place, key);
                return self.send(place + 1);
            }
            if place > 0 {
                free_pages -= segment.pages_left.min(TO_COME_PAGES);
            }
        }
        None
    }

    /// The request for the next page of a segment, which is now in flight.
    fn send(&mut self, place: usize) -> Option<Request> {
        let segment = self.segments.get_mut(place)?;
        let token = match std::mem::replace(&mut segment.state, State::InFlight) {
            State::Ready(token) => token,
            _ => None,
        };
        segment.requests += 1.0;
        self.in_flight += 1;
        Some(Request {
            segment: segment.number,
            after: segment.after.clone().filter(|_| token.is_none()),
            token,
        })
    }

    /// Takes the response to a request.
    pub(super) fn arrived(
        &mut self,
        number: u64,
        response: Result<ListPage>,
        circles: impl FnOnce() -> Error,
    ) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(place) = self
            .segments
            .iter()
            .position(|segment| segment.number == number)
        else {
            return;
        };
        let Some(segment) = self.segments.get_mut(place) else {
            return;
        };
        let response = match response {
            Ok(page)
                if page
                    .next
                    .as_deref()
                    .is_some_and(|token| segment.has_seen(token)) =>
            {
                Err(circles())
            }
            response => response,
        };
        let page = match response {
            Ok(page) => page,
            Err(error) if segment.confirmed => {
                segment.add(Item::Failed(error));
                segment.state = State::Failed;
                segment.bound = None;
                return self.drop_from(place + 1);
            }
            Err(_) => return self.reject(place),
        };
        if !segment.unordered && !order::is_ascending(&page, segment.position()) {
            if !segment.confirmed {
                return self.reject(place);
            }
            segment.add(Item::Unordered);
            segment.unordered = true;
            self.splitting = false;
            segment.reopen(self.largest_page);
            self.drop_from(place + 1);
        }
        self.largest_page = self.largest_page.max(page.objects.len());
        self.page_bytes = self.page_bytes.max(packed_bytes(&page));
        if self.splitting {
            let keys = page.objects.iter().step_by(NOTED);
            self.space.note(keys.map(|object| object.key.as_str()));
        }
        if let Some(segment) = self.segments.get_mut(place) {
            segment.take(page, self.largest_page);
        }
        self.estimate(place);
        // The first few are not packed: often they are emitted at once.
        if place > 0
            && self.waiting_bytes() > self.ahead.bytes / UNPACKED
            && let Some(segment) = self.segments.get_mut(place)
        {
            segment.pack();
        }
        self.join(place);
        if let Some(before) = place.checked_sub(1) {
            self.join(before);
        }
    }

    /// The next item to emit; `None` if it has not arrived yet, or if everything was emitted.
    pub(super) fn next_item(&mut self) -> Option<Item> {
        loop {
            let is_last = self.segments.len() == 1;
            let head = self.segments.front_mut()?;
            if let Some(item) = head.pop() {
                self.finished = self.finished || matches!(item, Item::Failed(_));
                return Some(item);
            }
            match head.state {
                State::Sealed => {
                    self.useless_requests += (head.requests - head.pages_kept).max(0.0);
                    self.pages_done += head.pages_kept;
                    self.segments.pop_front();
                }
                State::Ended if is_last => {
                    self.finished = true;
                    return None;
                }
                _ => return None,
            }
        }
    }

    /// Memory of the pages that wait behind the head.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.segments
            .iter()
            .skip(1)
            .map(|segment| segment.bytes)
            .sum()
    }

    /// Whether everything was emitted.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Pages that could be emitted at once, one after the other.
    fn ready_pages(&self) -> usize {
        let mut pages = 0;
        for segment in &self.segments {
            pages += segment.items.len();
            if !matches!(segment.state, State::Sealed) {
                break;
            }
        }
        pages
    }

    /// Pages for which there is memory behind the head, beside those in flight.
    fn free_pages(&self) -> f64 {
        let page_bytes = self.page_bytes.max(1);
        let taken = self.waiting_bytes() + self.in_flight * page_bytes;
        self.ahead.bytes.saturating_sub(taken) as f64 / page_bytes as f64
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
