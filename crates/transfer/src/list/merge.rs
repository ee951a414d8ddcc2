//! The parallel listing without its requests: which to send next, what to make of an answer, what
//! comes out. Pure, so that any service can be imagined beside it.
//!
//! The listing is a row of segments. Each is read as a chain: from after a key by the service's
//! own tokens, until a key beyond its bound comes. What comes out is what *one* chain from the
//! beginning would have given: a segment counts only if its first key is the very key that the
//! chain before it met beyond its bound. If it is another one, somebody wrote in between, or the service sorts in
//! a way of its own; the chain before simply goes on. Nothing is taken out but from the first
//! segment, so that errors and pages come in the order of the keys.

use std::collections::VecDeque;

use common::s3::ListPage;
use common::{Error, Result};

use super::keyspace::Keyspace;
use super::order;
use super::packed::packed_bytes;
use super::segment::{Item, Segment, State};
use super::split::PAGES;

/// Pages that wait at the head for whoever reads them: one, and one more under way.
const HEAD_PAGES: usize = 2;

/// Up to this place in the row a quarter of the room is for none of those behind.
const NEAR: usize = 4;

/// A segment behind the head holds at most so many pages: if it is longer, it is to be split.
const MOST_HELD: usize = 20;

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
    pub(super) keys: Keyspace,
    /// Whether segments may be split.
    pub(super) splitting: bool,
    /// Requests that turned out to be for nothing.
    pub(super) wasted: f64,
    /// Pages' worth of what came out of segments that are gone.
    pub(super) done: f64,
    /// How many segments may be begun where nothing is known yet.
    pub(super) daring: usize,
    /// How much further than usual guesses go, beyond all that is known ...
    pub(super) stride: f64,
    /// Pages of a segment that was begun at a guess.
    pub(super) typical: f64,
    /// ... and how much more than usual must be left of a segment to be split.
    pub(super) caution: f64,
    /// Keys passed, with the pages that were done by then.
    pub(super) trail: VecDeque<(f64, String)>,
    numbers: u64,
    under_way: usize,
    pub(super) misfits: u32,
    /// Something came or went since splits were last thought of.
    changed: bool,
    pub(super) fullest: usize,
    page_bytes: usize,
    finished: bool,
}

impl Merge {
    pub(super) fn new(prefix: &str, may_split: bool, ahead: Ahead) -> Self {
        Self {
            ahead,
            row: VecDeque::from([Segment::new(0, None, None)]),
            keys: Keyspace::below(prefix),
            splitting: may_split && ahead.jobs > 1,
            wasted: 0.0,
            done: 0.0,
            daring: 1,
            stride: 1.0,
            typical: PAGES,
            caution: 1.0,
            trail: VecDeque::new(),
            numbers: 1,
            under_way: 0,
            misfits: 0,
            changed: false,
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
        if std::mem::take(&mut self.changed) {
            self.split();
        }
        let waiting = self.waiting_bytes();
        let expected = self.under_way * self.page_bytes;
        let room_pages = self.room_pages();
        // What those nearer to the head are going to hold.
        let mut before = 0.0;
        for (place, segment) in self.row.iter_mut().enumerate() {
            let held = segment.items.len();
            let to_come = segment.to_come();
            let State::Ready(token) = &mut segment.state else {
                if place > 0 {
                    before += held as f64 + to_come;
                }
                continue;
            };
            // The nearer, the more room, so that what is far never starves what is near.
            let room = if place <= NEAR {
                self.ahead.bytes
            } else {
                self.ahead.bytes * 3 / 4
            };
            let has_room = waiting + expected + self.page_bytes <= room
                && before + held as f64 + 1.0 <= room_pages
                && held < MOST_HELD;
            // The head, once it is whole, waits for the first key of the next segment: that needs no room.
            let is_awaited = match place {
                0 => held < HEAD_PAGES,
                1 => segment.first.is_none(),
                _ => false,
            };
            let may_wait = place > 0 && has_room;
            if !is_awaited && !may_wait {
                if place > 0 {
                    before += held as f64 + to_come;
                }
                continue;
            }
            let token = token.take();
            let after = segment.after.clone().filter(|_| token.is_none());
            segment.state = State::UnderWay;
            segment.requests += 1.0;
            self.under_way += 1;
            return Some(Request {
                segment: segment.number,
                token,
                after,
            });
        }
        None
    }

    /// What a request was answered with.
    pub(super) fn arrived(
        &mut self,
        number: u64,
        answer: Result<ListPage>,
        circles: impl FnOnce() -> Error,
    ) {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(place) = self.row.iter().position(|segment| segment.number == number) else {
            return;
        };
        let Some(segment) = self.row.get_mut(place) else {
            return;
        };
        let answer = match answer {
            Ok(page)
                if page
                    .next
                    .as_deref()
                    .is_some_and(|token| segment.goes_in_circles(token)) =>
            {
                Err(circles())
            }
            answer => answer,
        };
        let page = match answer {
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
        let columns = self.splitting.then(|| {
            let keys = page.objects.iter().step_by(NOTED);
            self.keys.note(keys.map(|object| object.key.as_str()))
        });
        if let Some(segment) = self.row.get_mut(place) {
            segment.columns = columns.unwrap_or_default();
            segment.take(page, self.fullest);
        }
        // The first few are spared the trouble: often it is their turn at once.
        if place > 0
            && self.waiting_bytes() > self.ahead.bytes / UNPACKED
            && let Some(segment) = self.row.get_mut(place)
        {
            segment.pack();
        }
        self.learn(place);
        self.join(place);
        if let Some(before) = place.checked_sub(1) {
            self.join(before);
        }
        self.changed = true;
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
                    if head.was_last {
                        let pages = head.worth;
                        self.learn_length(pages);
                    }
                    self.row.pop_front();
                    self.pass_head();
                    self.changed = true;
                }
                State::Ended if is_last => {
                    self.finished = true;
                    return None;
                }
                _ => return None,
            }
        }
    }

    fn pass_head(&mut self) {
        if let Some(key) = self.row.front().and_then(|head| head.first.clone()) {
            self.pass(&key);
        }
    }

    /// Memory of what waits behind the head.
    fn waiting_bytes(&self) -> usize {
        self.row.iter().skip(1).map(|segment| segment.bytes).sum()
    }

    /// Whether everything has come out.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Pages that wait behind the head.
    #[cfg(test)]
    pub(super) fn waiting_pages(&self) -> usize {
        self.row
            .iter()
            .skip(1)
            .map(|segment| segment.items.len())
            .sum()
    }

    /// Pages for which there is room behind the head.
    pub(super) fn room_pages(&self) -> f64 {
        (self.ahead.bytes / self.page_bytes.max(1)) as f64
    }

    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }
}
