//! A service with its ways, and a listing of it in rounds: what is under way in a round is answered
//! at its end.

use common::{Error, Kind, Result};
use s3_client::operations::{ListPage, ListedObject};

use crate::list::merge::{Ahead, Merge, Request};
use crate::list::segment::Item;

/// How a service differs from the textbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Textbook,
    /// Pages of any size, also empty ones that are not the last.
    ShortPages,
    /// Takes no notice of max-keys.
    HugePages,
    /// 1,100 when 1,000 are asked for, and the like.
    MoreThanAsked,
    /// Sorts as if all letters were small ones.
    IgnoresCase,
    /// Sorts by UTF-16, as Java does.
    Utf16,
    Reversed,
    /// In no order at all, but always the same.
    Shuffled,
    IgnoresStartAfter,
    /// Refuses start-after.
    RefusesStartAfter,
    /// Begins each page with the last key of the page before.
    RepeatsAtBorders,
    /// Counts the key to start after in.
    StartAfterIncludes,
    /// Breaks off where this share of the keys, in 16ths, came.
    BreaksOff(u8),
}

pub(super) struct Service {
    /// In its own order.
    keys: Vec<String>,
    page: usize,
    way: Way,
}

fn sum(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

impl Service {
    /// `keys` sorted and each but once.
    pub(super) fn new(mut keys: Vec<String>, page: usize, way: Way) -> Self {
        match way {
            Way::IgnoresCase => keys.sort_by_cached_key(|key| (key.to_lowercase(), key.clone())),
            Way::Utf16 => keys.sort_by_cached_key(|key| key.encode_utf16().collect::<Vec<_>>()),
            Way::Reversed => keys.reverse(),
            Way::Shuffled => keys.sort_by_cached_key(|key| sum(key)),
            _ => {}
        }
        Self { keys, page, way }
    }

    fn comes_after(&self, key: &str, after: &str) -> bool {
        match self.way {
            Way::IgnoresCase => (key.to_lowercase(), key) > (after.to_lowercase(), after),
            Way::Utf16 => key.encode_utf16().gt(after.encode_utf16()),
            Way::StartAfterIncludes => key >= after,
            _ => key > after,
        }
    }

    /// Where the page begins, and whether it may be empty.
    fn begins_at(&self, asked: &Request) -> (usize, bool) {
        if let Some(token) = &asked.token {
            let place: usize = token.trim_end_matches('!').parse().unwrap();
            return (place, !token.ends_with('!'));
        }
        let place = match &asked.after {
            None => 0,
            Some(_) if self.way == Way::IgnoresStartAfter => 0,
            Some(after) => match self.way {
                Way::Reversed | Way::Shuffled => {
                    let found = self
                        .keys
                        .iter()
                        .position(|key| self.comes_after(key, after));
                    found.unwrap_or(self.keys.len())
                }
                _ => self
                    .keys
                    .partition_point(|key| !self.comes_after(key, after)),
            },
        };
        (place, true)
    }

    pub(super) fn response(&self, asked: &Request) -> Result<ListPage> {
        let (from, may_be_empty) = self.begins_at(asked);
        let fails = Error::new(Kind::Unavailable, "list", "s3://b/", "it broke off");
        if self.way == Way::RefusesStartAfter && asked.after.is_some() {
            return Err(fails);
        }
        let size = match self.way {
            Way::ShortPages => self
                .keys
                .get(from)
                .map_or(0, |key| sum(key) as usize % (self.page + 1)),
            Way::HugePages => self.page * 7,
            Way::MoreThanAsked => self.page + self.page / 10 + 1,
            _ => self.page,
        };
        let to = (from + size.max(usize::from(!may_be_empty))).min(self.keys.len());
        if let Way::BreaksOff(share) = self.way
            && to * 16 > self.keys.len() * usize::from(share)
        {
            return Err(fails);
        }
        let repeats = self.way == Way::RepeatsAtBorders && asked.token.is_some();
        let objects = self.keys[from - usize::from(repeats)..to]
            .iter()
            .map(|key| object(key));
        Ok(ListPage {
            objects: objects.collect(),
            // What is not there at first is there when asked for again.
            next: (to < self.keys.len()).then(|| {
                if to == from {
                    format!("{to}!")
                } else {
                    to.to_string()
                }
            }),
            ..ListPage::default()
        })
    }
}

fn object(key: &str) -> ListedObject {
    ListedObject {
        key: key.to_owned(),
        size: 1,
        etag: None,
        last_modified: None,
        storage_class: None,
    }
}

/// What a listing came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub(super) keys: Vec<String>,
    pub(super) warnings: usize,
    pub(super) failed: bool,
}

/// What it took.
#[derive(Debug, Default)]
pub(super) struct Cost {
    pub(super) requests: usize,
    pub(super) rounds: usize,
    pub(super) most_waiting_bytes: usize,
    pub(super) most_under_way: usize,
}

/// Who lists, and how the service and the reader keep up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) jobs: usize,
    pub(super) bytes: usize,
    /// Seed of what is late and of how slow the reader is; `None` is a service that answers all
    /// requests of a round at its end, and a reader that takes all there is.
    pub(super) disorder: Option<u64>,
}

/// Lists everything.
pub(super) fn list(service: &Service, run: Run) -> (Listing, Cost) {
    let (mut listing, mut cost) = (Listing::default(), Cost::default());
    let ahead = Ahead {
        jobs: run.jobs,
        bytes: run.bytes,
    };
    let mut merge = Merge::new("", true, ahead);
    let mut in_flight: Vec<Request> = Vec::new();
    let mut random = run.disorder.map(fastrand::Rng::with_seed);
    while !merge.is_finished() {
        while let Some(request) = merge.next_request() {
            cost.requests += 1;
            in_flight.push(request);
        }
        cost.rounds += 1;
        cost.most_under_way = cost.most_under_way.max(in_flight.len());
        let is_idle = in_flight.is_empty();
        let all = std::mem::take(&mut in_flight);
        let last = all.len().saturating_sub(1);
        for (number, request) in all.into_iter().enumerate() {
            if number < last && random.as_mut().is_some_and(fastrand::Rng::bool) {
                in_flight.push(request);
                continue;
            }
            let response = service.response(&request);
            merge.arrived(request.segment, response, || {
                Error::new(Kind::Unavailable, "list", "s3://b/", "circles")
            });
        }
        cost.most_waiting_bytes = cost.most_waiting_bytes.max(merge.waiting_bytes());
        let most = random
            .as_mut()
            .map_or(usize::MAX, |random| random.usize(usize::from(is_idle)..4));
        let mut taken = 0;
        while taken < most
            && let Some(item) = merge.next_item()
        {
            taken += 1;
            match item {
                Item::Page(page) => listing
                    .keys
                    .extend(page.objects.into_iter().map(|object| object.key)),
                Item::Unordered => listing.warnings += 1,
                Item::Failed(_) => listing.failed = true,
            }
        }
        assert!(
            !is_idle || taken > 0 || merge.is_finished(),
            "the listing waits for itself"
        );
    }
    (listing, cost)
}
