//! A part of the listing that is read by itself: the keys after one key, up to another.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use common::Error;
use s3_client::operations::ListPage;

use super::order;
use super::packed::Packed;

/// The density of keys is measured over so many pages.
const MEASURED_PAGES: usize = 8;

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

/// Keys that were listed one after the other: from after one, up to another, so many pages.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) pages: f64,
}

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    /// Where it begins: after this key; `None` is the beginning of the listing.
    pub(super) after: Option<String>,
    /// The last key that may belong to it; `None` is the end of the listing.
    pub(super) bound: Option<String>,
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
    pub(super) requests: f64,
    /// Pages' worth of what came within the bound.
    pub(super) worth: f64,
    /// Its latest pages, and before it has so many those of the segment that it was split from.
    pub(super) stretches: VecDeque<Stretch>,
    /// An estimate of the pages that are still to come.
    pub(super) left: f64,
    tokens: HashSet<u64>,
}

impl Segment {
    pub(super) fn new(number: u64, after: Option<String>, bound: Option<String>) -> Self {
        Self {
            number,
            trusted: after.is_none(),
            after,
            bound,
            state: State::Ready(None),
            items: VecDeque::new(),
            bytes: 0,
            rest: ListPage::default(),
            first: None,
            last: None,
            unordered: false,
            requests: 0.0,
            worth: 0.0,
            stretches: VecDeque::new(),
            left: 0.0,
            tokens: HashSet::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Ready(_) | State::UnderWay)
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, State::UnderWay)
    }

    /// The furthest that it is known to have come.
    pub(super) fn position(&self) -> Option<&str> {
        self.last.as_deref().or(self.after.as_deref())
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
        self.measure(&page, self.worth - before);
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

    fn measure(&mut self, page: &ListPage, pages: f64) {
        let (Some(first), Some(last)) = (page.objects.first(), page.objects.last()) else {
            return;
        };
        if self.stretches.len() >= MEASURED_PAGES {
            self.stretches.pop_front();
        }
        self.stretches.push_back(Stretch {
            from: self.position().unwrap_or(&first.key).to_owned(),
            to: last.key.clone(),
            pages,
        });
    }
}
