//! The parallel listing without its requests: which to send next, what to make of a response, what
//! comes out. Pure, so that any service can be imagined beside it.
//!
//! The listing is a row of segments. Each is read as a chain: from after a key by the service's
//! own tokens, until a key beyond its bound comes. What comes out is what *one* chain from the
//! beginning would have given: a segment counts only if its first key is the very key that the
//! chain before it met beyond its bound. If it is another one, somebody wrote in between, or the service sorts in
//! a way of its own; the chain before simply goes on. Nothing is taken out but from the first
//! segment, so that errors and pages come in the order of the keys.

use std::collections::VecDeque;

use common::{Error, Result};
use s3_client::operations::ListPage;

use super::order;
use super::packed::packed_bytes;
use super::segment::{Item, Segment, State};
use super::space::Space;

/// Pages that wait at the head for whoever reads them: one, and one more under way.
const HEAD_PAGES: usize = 2;

/// A segment leaves room for what is still to come of the segments between the head and itself, but for no
/// more than so many pages of each: a longer one will be split.
const TO_COME_PAGES: f64 = 64.0;

/// This part of the room is for pages as they came; the others are packed.
const UNPACKED: usize = 4;

/// One of so many keys shows what the others are made of: no even number, lest every other digit
/// be overlooked.
const NOTED: usize = 7;

/// How far ahead a listing may be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    /// Requests under way at a time.
    pub(super) jobs: usize,
    /// Memory for pages that wait for their turn.
    pub(super) bytes: usize,
}

/// What to ask for: by token, or after a key.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) segment: u64,
    pub(super) token: Option<String>,
    pub(super) after: Option<String>,
}

/// A listing under way.
#[derive(Debug)]
pub(super) struct Merge {
    pub(super) ahead: Ahead,
    pub(super) row: VecDeque<Segment>,
    pub(super) space: Space,
    /// Whether segments may be split.
    pub(super) splitting: bool,
    /// Requests that turned out to be for nothing.
    pub(super) wasted: f64,
    /// Pages' worth of what came out of segments that are gone.
    pub(super) done: f64,
    numbers: u64,
    under_way: usize,
    pub(super) misfits: u32,
    pub(super) fullest: usize,
    page_bytes: usize,
    finished: bool,
}

impl Merge {
    pub(super) fn new(prefix: &str, may_split: bool, ahead: Ahead) -> Self {
        Self {
            ahead,
            row: VecDeque::from([Segment::new(0, None, None)]),
            space: Space::below(prefix),
            splitting: may_split && ahead.jobs > 1,
            wasted: 0.0,
            done: 0.0,
            numbers: 1,
            under_way: 0,
            misfits: 0,
            fullest: 0,
            page_bytes: 0,
            finished: false,
        }
    }

    /// The next request to send, nearest to the head first.
    pub(super) fn next_request(&mut self) -> Option<Request> {
        if self.finished || self.under_way >= self.ahead.jobs {
            return None;
        }
        // The reader is slower than the service: more pages would only take memory.
        if self.ready_pages() >= self.ahead.jobs {
            return None;
        }
        let mut room_pages = self.free_pages();
        for place in 0..self.row.len() {
            let Some(segment) = self.row.get(place) else {
                break;
            };
            if !segment.is_open() {
                continue;
            }
            // The head, once it is whole, waits for the first key of the next segment: neither needs room.
            let is_awaited = match place {
                0 => segment.items.len() < HEAD_PAGES,
                1 => segment.first.is_none(),
                _ => false,
            };
            if matches!(segment.state, State::Ready(_))
                && (is_awaited || place > 0 && room_pages >= 1.0)
            {
                return self.send(place);
            }
            if room_pages >= 1.0
                && let Some(key) = self.split_key(place)
            {
                self.split(place, key);
                return self.send(place + 1);
            }
            if place > 0 {
                room_pages -= segment.left.min(TO_COME_PAGES);
            }
        }
        None
    }

    /// Takes note of a request for the next page of a segment.
    fn send(&mut self, place: usize) -> Option<Request> {
        let segment = self.row.get_mut(place)?;
        let token = match std::mem::replace(&mut segment.state, State::UnderWay) {
            State::Ready(token) => token,
            _ => None,
        };
        segment.requests += 1.0;
        self.under_way += 1;
        Some(Request {
            segment: segment.number,
            after: segment.after.clone().filter(|_| token.is_none()),
            token,
        })
    }

    /// What a request was answered with.
    pub(super) fn arrived(
        &mut self,
        number: u64,
        response: Result<ListPage>,
        circles: impl FnOnce() -> Error,
    ) {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(place) = self.row.iter().position(|segment| segment.number == number) else {
            return;
        };
        let Some(segment) = self.row.get_mut(place) else {
            return;
        };
        let response = match response {
            Ok(page)
                if page
                    .next
                    .as_deref()
                    .is_some_and(|token| segment.goes_in_circles(token)) =>
            {
                Err(circles())
            }
            response => response,
        };
        let page = match response {
            Ok(page) => page,
            Err(error) if segment.trusted => {
                segment.add(Item::Failed(error));
                segment.state = State::Broken;
                segment.bound = None;
                return self.forget_from(place + 1);
            }
            Err(_) => return self.distrust(place),
        };
        if !segment.unordered && !order::goes_up(&page, segment.position()) {
            if !segment.trusted {
                return self.distrust(place);
            }
            segment.add(Item::Unordered);
            segment.unordered = true;
            self.splitting = false;
            segment.reopen(self.fullest);
            self.forget_from(place + 1);
        }
        self.fullest = self.fullest.max(page.objects.len());
        self.page_bytes = self.page_bytes.max(packed_bytes(&page));
        if self.splitting {
            let keys = page.objects.iter().step_by(NOTED);
            self.space.note(keys.map(|object| object.key.as_str()));
        }
        if let Some(segment) = self.row.get_mut(place) {
            segment.take(page, self.fullest);
        }
        self.estimate(place);
        // The first few are spared the trouble: often it is their turn at once.
        if place > 0
            && self.waiting_bytes() > self.ahead.bytes / UNPACKED
            && let Some(segment) = self.row.get_mut(place)
        {
            segment.pack();
        }
        self.join(place);
        if let Some(before) = place.checked_sub(1) {
            self.join(before);
        }
    }

    /// What comes out next; `None` if it has not come yet, or nothing more comes.
    pub(super) fn next_item(&mut self) -> Option<Item> {
        loop {
            let is_last = self.row.len() == 1;
            let head = self.row.front_mut()?;
            if let Some(item) = head.pop() {
                self.finished = self.finished || matches!(item, Item::Failed(_));
                return Some(item);
            }
            match head.state {
                State::Sealed => {
                    self.wasted += (head.requests - head.worth).max(0.0);
                    self.done += head.worth;
                    self.row.pop_front();
                }
                State::Ended if is_last => {
                    self.finished = true;
                    return None;
                }
                _ => return None,
            }
        }
    }

    /// Memory of what waits behind the head.
    pub(super) fn waiting_bytes(&self) -> usize {
        self.row.iter().skip(1).map(|segment| segment.bytes).sum()
    }

    /// Whether everything has come out.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Pages that the reader could take at once, one after the other.
    fn ready_pages(&self) -> usize {
        let mut pages = 0;
        for segment in &self.row {
            pages += segment.items.len();
            if !matches!(segment.state, State::Sealed) {
                break;
            }
        }
        pages
    }

    /// Pages for which there is room behind the head, beside those under way.
    fn free_pages(&self) -> f64 {
        let page_bytes = self.page_bytes.max(1);
        let taken = self.waiting_bytes() + self.under_way * page_bytes;
        self.ahead.bytes.saturating_sub(taken) as f64 / page_bytes as f64
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
