//! A part of the listing that is read on its own: the keys after one key, up to another.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use common::Error;
use s3_client::operations::ListPage;

use super::order;
use super::packed::Packed;

/// The density of keys is measured over this many pages.
const MEASURED_PAGES: usize = 8;

/// What comes out of the listing.
#[derive(Debug)]
pub(super) enum Item {
    Page(ListPage),
    /// The keys are unsorted from here on.
    Unordered,
    Failed(Error),
}

/// An item that waits for its turn.
#[derive(Debug)]
pub(super) enum Queued {
    Item(Item),
    Packed(Packed),
}

/// What the segment waits for.
#[derive(Debug)]
pub(super) enum State {
    /// The next request can be sent, with this token; the first has none.
    Ready(Option<String>),
    InFlight,
    /// This key beyond the bound came, and this token for the page after it.
    Beyond(String, Option<String>),
    /// The listing has ended.
    Ended,
    /// Complete, and the next segment begins with the very key that follows.
    Sealed,
    /// A request failed; the error is the last item.
    Failed,
}

/// The keys of one page: after `from`, up to `to`. `pages` is less than 1 if the page was cut at the bound.
#[derive(Clone, Debug)]
pub(super) struct PageSpan {
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
    /// What has arrived and was not emitted yet.
    pub(super) items: VecDeque<Queued>,
    /// Their approximate size in memory.
    pub(super) bytes: usize,
    /// What came from beyond the bound: used if the next segment does not fit.
    pub(super) rest: ListPage,
    /// The first key that came, within the bound or not.
    pub(super) first: Option<String>,
    /// The last key within the bound.
    pub(super) last: Option<String>,
    /// It is known to continue the segment before: one reader from the beginning would have got the same keys.
    pub(super) confirmed: bool,
    /// Its keys are unsorted, and the reader was told.
    pub(super) unordered: bool,
    pub(super) requests: f64,
    /// The keys that came within the bound, counted in full pages.
    pub(super) pages_kept: f64,
    /// Its latest pages; at first those of the segment that it was split from.
    pub(super) recent_pages: VecDeque<PageSpan>,
    /// The estimated number of pages left.
    pub(super) pages_left: f64,
    tokens: HashSet<u64>,
}

impl Segment {
    pub(super) fn new(number: u64, after: Option<String>, bound: Option<String>) -> Self {
        Self {
            number,
            confirmed: after.is_none(),
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
            pages_kept: 0.0,
            recent_pages: VecDeque::new(),
            pages_left: 0.0,
            tokens: HashSet::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Ready(_) | State::InFlight)
    }

    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self.state, State::InFlight)
    }

    /// The last key that was read, or the key that it starts after.
    pub(super) fn position(&self) -> Option<&str> {
        self.last.as_deref().or(self.after.as_deref())
    }

    /// Whether this token came before. Eight bytes a page keep a service that repeats pages from being listed
    /// for ever.
    pub(super) fn has_seen(&mut self, token: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        token.hash(&mut hasher);
        !self.tokens.insert(hasher.finish())
    }

    /// Adds a page that is sorted. `largest_page` is the largest number of keys in a page so far.
    pub(super) fn take(&mut self, mut page: ListPage, largest_page: usize) {
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
        // An empty page that is not the last one counts too: one reader would have requested it.
        let whole = if more { came } else { largest_page };
        let before = self.pages_kept;
        self.pages_kept += match (page.objects.len(), whole) {
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
        self.measure(&page, self.pages_kept - before);
        self.keep(page);
    }

    /// Removes the bound: what came from beyond it belongs to this segment again.
    pub(super) fn reopen(&mut self, largest_page: usize) {
        self.bound = None;
        let mut rest = std::mem::take(&mut self.rest);
        match std::mem::replace(&mut self.state, State::InFlight) {
            State::Beyond(_, token) => {
                rest.next.clone_from(&token);
                self.state = token.map_or(State::Ended, |token| State::Ready(Some(token)));
            }
            state => self.state = state,
        }
        if !rest.objects.is_empty() || !rest.unreadable.is_empty() {
            self.pages_kept += rest.objects.len() as f64 / largest_page.max(1) as f64;
            self.keep(rest);
        }
    }

    /// The next item to emit.
    pub(super) fn pop(&mut self) -> Option<Item> {
        let (item, bytes) = match self.items.pop_front()? {
            Queued::Packed(page) => {
                let bytes = page.bytes();
                (Item::Page(page.unpack()), bytes)
            }
            Queued::Item(Item::Page(page)) => {
                let bytes = order::bytes_held(&page);
                (Item::Page(page), bytes)
            }
            Queued::Item(item) => (item, 0),
        };
        self.bytes = self.bytes.saturating_sub(bytes);
        Some(item)
    }

    /// Packs the page that came last.
    pub(super) fn pack(&mut self) {
        match self.items.pop_back() {
            Some(Queued::Item(Item::Page(page))) => {
                self.bytes = self.bytes.saturating_sub(order::bytes_held(&page));
                let page = Packed::new(page);
                self.bytes += page.bytes();
                self.items.push_back(Queued::Packed(page));
            }
            Some(item) => self.items.push_back(item),
            None => {}
        }
    }

    /// Adds an item as it is.
    pub(super) fn add(&mut self, item: Item) {
        self.items.push_back(Queued::Item(item));
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
        if self.recent_pages.len() >= MEASURED_PAGES {
            self.recent_pages.pop_front();
        }
        self.recent_pages.push_back(PageSpan {
            from: self.position().unwrap_or(&first.key).to_owned(),
            to: last.key.clone(),
            pages,
        });
    }
}
