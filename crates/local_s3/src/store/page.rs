//! One page of a listing of objects or versions. Does no I/O.

use super::version::{RequestedVersion, Version, Versions, find, from_key};

/// The parameters of a listing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'a> {
    pub(crate) prefix: &'a str,
    /// Keys that contain it after the prefix are combined into a common prefix.
    pub(crate) delimiter: Option<&'a str>,
    /// The listing begins after this key or common prefix...
    pub(crate) key_marker: Option<&'a str>,
    /// ...or after this version of the key.
    pub(crate) version_marker: Option<RequestedVersion>,
    /// Leaves out old versions and delete markers.
    pub(crate) only_objects: bool,
    /// The most entries and common prefixes together.
    pub(crate) limit: usize,
}

/// A version, its key, and whether it is the latest.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) key: String,
    pub(crate) version: Version,
    pub(crate) is_latest: bool,
}

/// A page: entries ordered by key, with the newest version first, and common prefixes.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Listed>,
    pub(crate) prefixes: Vec<String>,
    /// The last key and version of this page, or its last common prefix, if there is another page.
    pub(crate) next: Option<(String, Option<String>)>,
}

/// Reads one page. It skips all keys of a common prefix in one step, so the time depends on the page and not on the
/// bucket.
pub(crate) fn read(versions: &Versions, query: Query<'_>) -> Page {
    let mut page = Page::default();
    let mut last = None;
    let mut from = from_key(query.key_marker.unwrap_or_default().max(query.prefix));
    loop {
        let mut passed = None;
        let mut key_before = None;
        for ((key, _), version) in versions.range(from) {
            let Some(rest) = key.strip_prefix(query.prefix) else {
                return page;
            };
            let is_latest = key_before.replace(key) != Some(key);
            let common = query.delimiter.and_then(|delimiter| {
                let end = rest.find(delimiter)? + delimiter.len() + query.prefix.len();
                key.get(..end)
            });
            // If the last page ended in a common prefix, this one begins after all of its keys.
            if let Some(common) = common
                && query.key_marker.is_some_and(|marker| common <= marker)
            {
                passed = Some(common);
                break;
            }
            let is_object = is_latest && version.object.is_some();
            if (query.only_objects && !is_object) || !query.is_after_marker(key, versions, version)
            {
                continue;
            }
            if page.entries.len() + page.prefixes.len() >= query.limit {
                page.next = last;
                return page;
            }
            if let Some(common) = common {
                page.prefixes.push(common.to_owned());
                last = Some((common.to_owned(), None));
                passed = Some(common);
                break;
            }
            last = Some((key.clone(), Some(version.id.to_string())));
            page.entries.push(Listed {
                key: key.clone(),
                version: version.clone(),
                is_latest,
            });
        }
        match passed.and_then(after_all_with) {
            Some(next) => from = from_key(&next),
            None => return page,
        }
    }
}

/// The first string after all strings that start with `prefix`; `None` if there is none. UTF-8 has the order of code
/// points, so the last character is replaced by the next one.
fn after_all_with(prefix: &str) -> Option<String> {
    let mut kept = prefix;
    while let Some(last) = kept.chars().next_back() {
        kept = kept.get(..kept.len() - last.len_utf8())?;
        if let Some(raised) = (last..=char::MAX).nth(1) {
            return Some(format!("{kept}{raised}"));
        }
    }
    None
}

impl Query<'_> {
    /// Versions of one key are listed newest first. If a `null` version was removed, nothing comes after it.
    fn is_after_marker(&self, key: &str, versions: &Versions, version: &Version) -> bool {
        if self.key_marker != Some(key) {
            return true;
        }
        let sequence = match self.version_marker {
            None => None,
            Some(RequestedVersion::Sequence(sequence)) => Some(sequence),
            null => find(versions, key, null).map(|null| null.id.sequence),
        };
        sequence.is_some_and(|sequence| version.id.sequence < sequence)
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::sync::Arc;
    use std::time::{Duration, UNIX_EPOCH};

    use super::super::Store;
    use super::super::content::Content;
    use super::super::object::Attributes;
    use super::super::version::Id;
    use super::*;

    fn marker(sequence: u64, null: bool) -> Version {
        Version {
            id: Id { sequence, null },
            modified: UNIX_EPOCH,
            object: None,
        }
    }

    fn bucket() -> Versions {
        let keys = ["a", "a/1", "a", "b", "a/2", "a", "c/x", "a"].into_iter();
        let place = |(number, key): (u64, &str)| {
            let version = marker(number, number == 5);
            ((key.to_owned(), Reverse(number)), version)
        };
        (0..).zip(keys).map(place).collect()
    }

    fn names(page: &Page) -> Vec<(String, u64)> {
        let listed = page.entries.iter();
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
        let latest: Vec<_> = page.entries.iter().map(|listed| listed.is_latest).collect();
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
                                .and_then(|(_, id)| RequestedVersion::parse(id.as_deref()?)),
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
        let wanted = RequestedVersion::Sequence(2);
        keys.remove(&("a".to_owned(), Reverse(2))).unwrap();
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

    /// A bucket of objects; of keys with `-` only a delete marker is left.
    fn objects(keys: &[&str]) -> Versions {
        let store = Store::new("r", Duration::ZERO);
        let object = Arc::new(store.object(Content::of([]), Attributes::default()));
        let version = |key: &str| Version {
            object: (!key.ends_with('-')).then(|| Arc::clone(&object)),
            ..marker(1, false)
        };
        let keys = keys.iter();
        keys.map(|key| (((*key).to_owned(), Reverse(1)), version(key)))
            .collect()
    }

    fn list(keys: &Versions, query: Query<'_>) -> (String, String, bool) {
        let page = read(
            keys,
            Query {
                only_objects: true,
                ..query
            },
        );
        let names: Vec<&str> = page.entries.iter().map(|listed| &*listed.key).collect();
        (
            names.join(" "),
            page.prefixes.join(" "),
            page.next.is_some(),
        )
    }

    #[test]
    fn objects_are_rolled_up_and_what_was_deleted_is_not_there() {
        let keys = objects(&[
            "a",
            "a/1",
            "a/2",
            "b-",
            "c/1-",
            "c/2",
            "d/-",
            "\u{10FFFF}/x",
        ]);
        let rolled_up = Query {
            delimiter: Some("/"),
            limit: 4,
            ..Query::default()
        };
        let all = ("a".to_owned(), "a/ c/ \u{10FFFF}/".to_owned());
        assert_eq!(list(&keys, rolled_up), (all.0.clone(), all.1, false));
        let first = Query {
            limit: 3,
            ..rolled_up
        };
        assert_eq!(list(&keys, first), (all.0, "a/ c/".to_owned(), true));
        let rest = Query {
            key_marker: Some("a/"),
            ..rolled_up
        };
        let found = (String::new(), "c/ \u{10FFFF}/".to_owned(), false);
        assert_eq!(list(&keys, rest), found);
    }

    #[test]
    fn a_marker_before_the_prefix_changes_nothing() {
        let keys = objects(&["a", "p/1", "p/2", "q"]);
        for (marker, names) in [("a", "p/1 p/2"), ("p/1", "p/2"), ("p/2", ""), ("q", "")] {
            let query = Query {
                prefix: "p/",
                key_marker: Some(marker),
                limit: 9,
                ..Query::default()
            };
            assert_eq!(list(&keys, query).0, names, "{marker}");
        }
    }
}
