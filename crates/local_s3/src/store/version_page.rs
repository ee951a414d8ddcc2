//! One page of the versions of a bucket, as a pure function over histories in byte order.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::history::{History, Version, Wanted};
use super::page::after_all_with;

/// What is listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'a> {
    pub(crate) prefix: &'a str,
    /// Keys that hold it after the prefix are rolled up into one common prefix.
    pub(crate) delimiter: Option<&'a str>,
    /// Only what comes after this key or common prefix...
    pub(crate) key_marker: Option<&'a str>,
    /// ...or after this version of that key.
    pub(crate) version_marker: Option<Wanted>,
    /// How many versions, delete markers and common prefixes together.
    pub(crate) limit: usize,
}

/// A version in its place.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) version: Version,
    pub(crate) is_latest: bool,
}

/// A page: versions and delete markers by key, the newest first; common prefixes.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) versions: Vec<Listed>,
    pub(crate) prefixes: Vec<String>,
    /// The last key (or common prefix) and version of this page, if there is more.
    pub(crate) next: Option<(String, Option<String>)>,
}

/// Reads one page out of `keys`.
pub(crate) fn read(keys: &BTreeMap<String, History>, query: Query<'_>) -> Page {
    let mut page = Page::default();
    let mut last = None;
    let mut from = match query.key_marker {
        Some(marker) if marker >= query.prefix => Bound::Included(marker.to_owned()),
        _ => Bound::Included(query.prefix.to_owned()),
    };
    loop {
        let bounds = (from.as_ref().map(String::as_str), Bound::Unbounded);
        let mut skip_to = None;
        for (key, history) in keys.range::<str, _>(bounds) {
            let Some(rest) = key.strip_prefix(query.prefix) else {
                return page;
            };
            let common = query.delimiter.and_then(|delimiter| {
                let end = rest.find(delimiter)? + delimiter.len() + query.prefix.len();
                key.get(..end)
            });
            if let Some(common) = common {
                if query.key_marker.is_none_or(|marker| common > marker) {
                    if page.is_full(query.limit) {
                        page.next = last;
                        return page;
                    }
                    page.prefixes.push(common.to_owned());
                    last = Some((common.to_owned(), None));
                }
                skip_to = Some(common.to_owned());
                break;
            }
            for (version, is_latest) in history.newest_first() {
                if !query.is_after_marker(key, history, version) {
                    continue;
                }
                if page.is_full(query.limit) {
                    page.next = last;
                    return page;
                }
                last = Some((key.clone(), Some(version.id.to_string())));
                page.versions.push(Listed {
                    key: key.clone(),
                    version: version.clone(),
                    is_latest,
                });
            }
        }
        match skip_to.and_then(|prefix| after_all_with(&prefix)) {
            Some(next) => from = Bound::Included(next),
            None => return page,
        }
    }
}

impl Page {
    fn is_full(&self, limit: usize) -> bool {
        self.versions.len() + self.prefixes.len() >= limit
    }
}

impl Query<'_> {
    fn is_after_marker(&self, key: &str, history: &History, version: &Version) -> bool {
        match (self.key_marker, self.version_marker) {
            (Some(marker), None) if marker == key => false,
            (Some(marker), Some(wanted)) if marker == key => history.is_after(version, wanted),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::super::history::Id;
    use super::*;

    fn marker(sequence: u64, null: bool) -> Version {
        Version {
            id: Id { sequence, null },
            modified: UNIX_EPOCH,
            object: None,
        }
    }

    fn bucket() -> BTreeMap<String, History> {
        let mut keys: BTreeMap<String, History> = BTreeMap::new();
        for (number, key) in ["a", "a/1", "a", "b", "a/2", "a", "c/x", "a"]
            .iter()
            .enumerate()
        {
            let version = marker(number as u64, number == 5);
            match keys.get_mut(*key) {
                Some(history) => history.push(version),
                None => {
                    keys.insert((*key).to_owned(), History::of(version));
                }
            }
        }
        keys
    }

    fn names(page: &Page) -> Vec<(String, u64)> {
        let listed = page.versions.iter();
        listed
            .map(|listed| (listed.key.clone(), listed.version.id.sequence))
            .collect()
    }

    #[test]
    fn keys_ascend_and_of_each_the_newest_comes_first() {
        let page = read(
            &bucket(),
            Query {
                limit: 100,
                ..Query::default()
            },
        );
        let expected = [
            ("a", 7),
            ("a", 5),
            ("a", 2),
            ("a", 0),
            ("a/1", 1),
            ("a/2", 4),
        ];
        let expected = expected.into_iter().chain([("b", 3), ("c/x", 6)]);
        let expected: Vec<_> = expected.map(|(key, n)| (key.to_owned(), n)).collect();
        assert_eq!(names(&page), expected);
        let latest: Vec<_> = page
            .versions
            .iter()
            .map(|listed| listed.is_latest)
            .collect();
        assert_eq!(latest, [true, false, false, false, true, true, true, true]);
    }

    #[test]
    fn pages_of_any_length_give_every_version_once() {
        let keys = bucket();
        for (prefix, delimiter) in [("", None), ("", Some("/")), ("a", None), ("a/", Some("/"))] {
            let whole = Query {
                prefix,
                delimiter,
                limit: 100,
                ..Query::default()
            };
            let all = read(&keys, whole);
            for limit in 1..10 {
                let (mut seen, mut prefixes) = (Vec::new(), Vec::new());
                let mut next: Option<(String, Option<String>)> = None;
                loop {
                    let page = read(
                        &keys,
                        Query {
                            limit,
                            key_marker: next.as_ref().map(|(key, _)| key.as_str()),
                            version_marker: next
                                .as_ref()
                                .and_then(|(_, id)| Wanted::parse(id.as_deref()?)),
                            ..whole
                        },
                    );
                    seen.extend(names(&page));
                    prefixes.extend(page.prefixes);
                    next = page.next;
                    if next.is_none() {
                        break;
                    }
                }
                assert_eq!(seen, names(&all));
                assert_eq!(prefixes, all.prefixes);
            }
        }
    }

    #[test]
    fn a_listing_goes_on_although_its_marker_was_removed() {
        let mut keys = bucket();
        let wanted = Wanted::Sequence(2);
        keys.get_mut("a").unwrap().remove(wanted).unwrap();
        let page = read(
            &keys,
            Query {
                key_marker: Some("a"),
                version_marker: Some(wanted),
                limit: 2,
                ..Query::default()
            },
        );
        assert_eq!(names(&page), [("a".to_owned(), 0), ("a/1".to_owned(), 1)]);
    }
}
