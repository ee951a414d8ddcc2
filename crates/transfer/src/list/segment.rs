//! A part of the listing that is read by itself: the keys after one key, up to another.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use common::Error;
use common::s3::ListPage;

use super::alphabet::Columns;
use super::order;
use super::packed::Packed;
use super::split::{LONG_PAGES, PAGES};

/// The longest way over which a segment's pace is measured, in pages.
const MARKS: usize = 16;

/// What comes out of the listing.
#[derive(Debug)]
pub(super) enum Item {
    Page(ListPage),
    /// The keys from here on are in no order.
    Unordered,
    Failed(Error),
}

/// An item that waits.
#[derive(Debug)]
pub(super) enum Waiting {
    Item(Item),
    Packed(Packed),
}

/// Where the chain of requests stands.
#[derive(Debug)]
pub(super) enum State {
    /// The next request; without a token it is the first.
    Ready(Option<String>),
    UnderWay,
    /// A key beyond the bound came; the token after that page.
    Beyond(String, Option<String>),
    /// Nothing more is listed anywhere.
    Ended,
    /// Whole, and the next segment begins with the very key that follows.
    Sealed,
    /// It broke off; the error is its last item.
    Broken,
}

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    /// Where it begins: after this key; `None` is the beginning of the listing.
    pub(super) after: Option<String>,
    /// The last key that may belong to it; `None` is the end of the listing.
    pub(super) bound: Option<String>,
    /// Nothing was known beyond it when it was begun.
    pub(super) was_last: bool,
    /// Pages that it should hold.
    pub(super) expected: f64,
    pub(super) state: State,
    /// What came and was not taken yet.
    pub(super) items: VecDeque<Waiting>,
    /// About the memory they take.
    pub(super) bytes: usize,
    /// What came from beyond the bound: to be used if the next segment cannot be believed.
    pub(super) rest: ListPage,
    /// The first key that came, within the bound or not.
    pub(super) first: Option<String>,
    /// The last key within the bound.
    pub(super) last: Option<String>,
    /// It is known to follow the segment before: what it says is what one chain of requests from
    /// the beginning would have said.
    pub(super) trusted: bool,
    /// Its keys are in no order, as the listing says from here on.
    pub(super) unordered: bool,
    /// What its keys are made of where it stands.
    pub(super) columns: Columns,
    pub(super) requests: f64,
    /// Pages' worth of what came within the bound.
    pub(super) worth: f64,
    /// The first keys of the latest pages, with the worth by then.
    marks: VecDeque<(f64, String)>,
    tokens: HashSet<u64>,
}

impl Segment {
    pub(super) fn new(number: u64, after: Option<String>, bound: Option<String>) -> Self {
        Self {
            number,
            trusted: after.is_none(),
            after,
            bound,
            was_last: false,
            expected: 0.0,
            state: State::Ready(None),
            items: VecDeque::new(),
            bytes: 0,
            rest: ListPage::default(),
            first: None,
            last: None,
            unordered: false,
            columns: Columns::default(),
            requests: 0.0,
            worth: 0.0,
            marks: VecDeque::new(),
            tokens: HashSet::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Ready(_) | State::UnderWay)
    }

    /// The page under way: as good as here.
    pub(super) fn coming(&self) -> f64 {
        f64::from(u8::from(matches!(self.state, State::UnderWay)))
    }

    /// Pages that are still expected to come. What is long will be split before it is read.
    pub(super) fn to_come(&self) -> f64 {
        let pages = (self.expected - self.worth).max(0.0);
        match () {
            () if !self.is_open() => 0.0,
            () if pages >= LONG_PAGES => PAGES,
            () => pages,
        }
    }

    /// The furthest that it is known to have come.
    pub(super) fn position(&self) -> Option<&str> {
        self.last.as_deref().or(self.after.as_deref())
    }

    /// Two keys that it passed, about so many pages between them, and how many these are.
    pub(super) fn way(&self, pages: usize) -> Option<(&str, &str, f64)> {
        let mark = self.marks.len().saturating_sub(pages);
        let (worth, from) = self.marks.get(mark)?;
        Some((from, self.last.as_deref()?, self.worth - worth))
    }

    /// Whether this token came before: eight bytes a page, so that a service that goes round in
    /// circles does not keep us for ever.
    pub(super) fn goes_in_circles(&mut self, token: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        !self.tokens.insert(hasher.finish())
    }

    /// Takes in a page that is in order. `fullest` is the most that a page held so far.
    pub(super) fn take(&mut self, mut page: ListPage, fullest: usize) {
        let came = page.objects.len();
        if self.first.is_none() {
            self.first = page.objects.first().map(|object| object.key.clone());
        }
        let token = page.next.take();
        let more = token.is_some();
        let mut beyond = None;
        if let Some(bound) = &self.bound {
            let rest = order::cut(&mut page, bound);
            beyond = rest.objects.first().map(|object| object.key.clone());
            self.rest.objects.extend(rest.objects);
            self.rest.unreadable.extend(rest.unreadable);
        }
        // An empty page that is not the last one costs any listing a request.
        let whole = if more { came } else { fullest };
        let before = self.worth;
        self.worth += match (page.objects.len(), whole) {
            (0, 0) => f64::from(u8::from(more)),
            (kept, whole) => kept as f64 / whole.max(1) as f64,
        };
        self.state = match (beyond, token) {
            (Some(key), token) => State::Beyond(key, token),
            (None, Some(token)) => State::Ready(Some(token)),
            (None, None) => State::Ended,
        };
        page.next = match &self.state {
            State::Ready(token) => token.clone(),
            _ => None,
        };
        self.mark(before, &page);
        self.keep(page);
    }

    /// Goes on past its bound, as if there had never been one.
    pub(super) fn reopen(&mut self, fullest: usize) {
        self.bound = None;
        let mut rest = std::mem::take(&mut self.rest);
        match std::mem::replace(&mut self.state, State::UnderWay) {
            State::Beyond(_, token) => {
                rest.next.clone_from(&token);
                self.state = token.map_or(State::Ended, |token| State::Ready(Some(token)));
            }
            state => self.state = state,
        }
        if !rest.objects.is_empty() || !rest.unreadable.is_empty() {
            self.worth += rest.objects.len() as f64 / fullest.max(1) as f64;
            self.keep(rest);
        }
    }

    /// What is to be taken next.
    pub(super) fn pop(&mut self) -> Option<Item> {
        let (item, bytes) = match self.items.pop_front()? {
            Waiting::Packed(page) => {
                let bytes = page.bytes();
                (Item::Page(page.unpack()), bytes)
            }
            Waiting::Item(Item::Page(page)) => {
                let bytes = order::bytes_held(&page);
                (Item::Page(page), bytes)
            }
            Waiting::Item(item) => (item, 0),
        };
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(item)
    }

    /// Packs the page that came last.
    pub(super) fn pack(&mut self) {
        match self.items.pop_back() {
            Some(Waiting::Item(Item::Page(page))) => {
                self.bytes = self.bytes.saturating_sub(order::bytes_held(&page));
                let page = Packed::new(page);
                self.bytes += page.bytes();
                self.items.push_back(Waiting::Packed(page));
            }
            Some(item) => self.items.push_back(item),
            None => {}
        }
    }

    /// Adds what is no page.
    pub(super) fn add(&mut self, item: Item) {
        self.items.push_back(Waiting::Item(item));
    }

    fn keep(&mut self, page: ListPage) {
        if let Some(object) = page.objects.last() {
            self.last = Some(object.key.clone());
        }
        self.bytes += order::bytes_held(&page);
        self.add(Item::Page(page));
    }

    fn mark(&mut self, before: f64, page: &ListPage) {
        let Some(object) = page.objects.first() else {
            return;
        };
        if self.marks.len() >= MARKS {
            self.marks.pop_front();
        }
        self.marks.push_back((before, object.key.clone()));
    }
}
