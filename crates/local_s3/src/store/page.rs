//! One page of a listing, as a pure function over keys in byte order.

use std::collections::BTreeMap;
use std::ops::Bound;

/// What is listed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'a> {
    pub(crate) prefix: &'a str,
    /// Keys that hold it after the prefix are rolled up into one common prefix.
    pub(crate) delimiter: Option<&'a str>,
    /// Only keys and common prefixes after this one.
    pub(crate) after: Option<&'a str>,
    /// How many keys and common prefixes together.
    pub(crate) limit: usize,
}

/// A page: keys with their values, and common prefixes, each in byte order.
#[derive(Debug)]
pub(crate) struct Page<V> {
    pub(crate) entries: Vec<(String, V)>,
    pub(crate) prefixes: Vec<String>,
    /// Where the next page starts (exclusive), if there is more.
    pub(crate) next: Option<String>,
}

/// Reads one page out of those `keys` for which `pick` has something. Time grows with the page,
/// not with the bucket: a common prefix is passed in one step however many keys it stands for.
pub(crate) fn read<V, T>(
    keys: &BTreeMap<String, V>,
    query: Query<'_>,
    pick: impl Fn(&V) -> Option<T>,
) -> Page<T> {
    let mut page = Page {
        entries: Vec::new(),
        prefixes: Vec::new(),
        next: None,
    };
    let mut last: Option<String> = None;
    let mut from = start(query);
    loop {
        let bounds = (from.as_ref().map(String::as_str), Bound::Unbounded);
        let mut skip_to = None;
        for (key, value) in keys.range::<str, _>(bounds) {
            let Some(rest) = key.strip_prefix(query.prefix) else {
                return page;
            };
            let Some(picked) = pick(value) else {
                continue;
            };
            let common = query.delimiter.and_then(|delimiter| {
                let end = rest.find(delimiter)? + delimiter.len() + query.prefix.len();
                key.get(..end)
            });
            // A page that ended in a common prefix is continued after all of its keys.
            if let Some(common) = common
                && query.after.is_some_and(|after| common <= after)
            {
                skip_to = Some(common.to_owned());
                break;
            }
            if page.entries.len() + page.prefixes.len() >= query.limit {
                page.next = last;
                return page;
            }
            last = Some(common.unwrap_or(key).to_owned());
            match common {
                Some(common) => {
                    page.prefixes.push(common.to_owned());
                    skip_to = Some(common.to_owned());
                    break;
                }
                None => page.entries.push((key.clone(), picked)),
            }
        }
        match skip_to.and_then(|prefix| after_all_with(&prefix)) {
            Some(next) => from = Bound::Included(next),
            None => return page,
        }
    }
}

fn start(query: Query<'_>) -> Bound<String> {
    match query.after {
        Some(after) if after >= query.prefix => Bound::Excluded(after.to_owned()),
        _ => Bound::Included(query.prefix.to_owned()),
    }
}

/// The least string after everything that starts with `prefix`; `None` if there is none.
/// UTF-8 keeps the order of code points, so the last character is raised.
pub(super) fn after_all_with(prefix: &str) -> Option<String> {
    let mut kept = prefix;
    while let Some(last) = kept.chars().next_back() {
        kept = kept.get(..kept.len() - last.len_utf8())?;
        if let Some(raised) = (last..=char::MAX).nth(1) {
            return Some(format!("{kept}{raised}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Page, Query};
    use std::collections::BTreeMap;

    fn bucket(keys: &[&str]) -> BTreeMap<String, ()> {
        keys.iter().map(|key| ((*key).to_owned(), ())).collect()
    }

    fn read(keys: &BTreeMap<String, ()>, query: Query<'_>) -> Page<()> {
        super::read(keys, query, |()| Some(()))
    }

    fn names(page: &Page<()>) -> Vec<&str> {
        page.entries.iter().map(|(key, ())| key.as_str()).collect()
    }

    #[test]
    fn common_prefixes_stand_for_their_keys() {
        let keys = bucket(&["a", "a/1", "a/2", "b", "c/d/e", "\u{10FFFF}/x"]);
        let page = read(
            &keys,
            Query {
                delimiter: Some("/"),
                limit: 10,
                ..Query::default()
            },
        );
        assert_eq!(names(&page), ["a", "b"]);
        assert_eq!(page.prefixes, ["a/", "c/", "\u{10FFFF}/"]);
        assert_eq!(page.next, None);
    }

    #[test]
    fn pages_of_any_length_give_the_whole_listing_once() {
        let keys = bucket(&[
            "",
            "a",
            "a/1",
            "a/2",
            "a0",
            "b/",
            "b/x/y",
            "c",
            "d\u{D7FF}1",
            "d\u{D7FF}2",
        ]);
        for delimiter in [None, Some("/"), Some("\u{D7FF}")] {
            let all = read(
                &keys,
                Query {
                    delimiter,
                    limit: 100,
                    ..Query::default()
                },
            );
            for limit in 1..12 {
                let (mut entries, mut prefixes, mut after) =
                    (Vec::new(), Vec::new(), None::<String>);
                loop {
                    let page = read(
                        &keys,
                        Query {
                            delimiter,
                            limit,
                            after: after.as_deref(),
                            ..Query::default()
                        },
                    );
                    entries.extend(page.entries);
                    prefixes.extend(page.prefixes);
                    after = page.next;
                    if after.is_none() {
                        break;
                    }
                }
                assert_eq!(entries, all.entries);
                assert_eq!(prefixes, all.prefixes);
            }
        }
    }

    #[test]
    fn a_full_last_page_is_not_truncated() {
        let keys = bucket(&["a", "b"]);
        assert_eq!(
            read(
                &keys,
                Query {
                    limit: 2,
                    ..Query::default()
                }
            )
            .next,
            None
        );
        assert_eq!(
            read(
                &keys,
                Query {
                    limit: 1,
                    ..Query::default()
                }
            )
            .next
            .as_deref(),
            Some("a")
        );
    }

    #[test]
    fn a_marker_before_the_prefix_changes_nothing() {
        let keys = bucket(&["a", "p/1", "p/2", "q"]);
        let page = read(
            &keys,
            Query {
                prefix: "p/",
                after: Some("a"),
                limit: 9,
                ..Query::default()
            },
        );
        assert_eq!(names(&page), ["p/1", "p/2"]);
        let page = read(
            &keys,
            Query {
                prefix: "p/",
                after: Some("p/1"),
                limit: 9,
                ..Query::default()
            },
        );
        assert_eq!(names(&page), ["p/2"]);
    }

    #[test]
    fn what_is_deleted_is_neither_listed_nor_rolled_up() {
        let keys = [
            ("a", true),
            ("b/1", false),
            ("c/1", false),
            ("c/2", true),
            ("d", false),
        ];
        let keys = keys.map(|(key, there)| (key.to_owned(), there)).into();
        let query = Query {
            delimiter: Some("/"),
            limit: 2,
            ..Query::default()
        };
        let page = super::read(&keys, query, |there: &bool| there.then_some(()));
        assert_eq!(names(&page), ["a"]);
        assert_eq!(page.prefixes, ["c/"]);
        assert_eq!(page.next, None);
    }
}
