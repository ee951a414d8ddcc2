//! Compares the choice with a model: random histories, listed as S3 lists them.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::*;

/// A change to a bucket: at this second, this name got this version, or was deleted.
struct Deed {
    second: i64,
    key: String,
    id: u64,
    deleted: bool,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// Changes in the order in which they were made. Several may be in the same second.
fn history(random: &mut Rng, keys: usize, deeds: usize) -> Vec<Deed> {
    let mut second = 0;
    let only_deletes = random.u8(..10) == 0;
    (0..deeds as u64)
        .map(|id| {
            second += random.i64(0..3);
            Deed {
                second,
                key: format!("k{:03}", random.usize(..keys)),
                id,
                deleted: only_deletes || random.u8(..3) == 0,
            }
        })
        .collect()
}

/// The result of ListObjectVersions: keys in byte order, and the newest version of each key first.
fn listed(deeds: &[Deed]) -> Vec<Version> {
    let mut by_key: BTreeMap<&str, Vec<&Deed>> = BTreeMap::new();
    for deed in deeds {
        by_key.entry(&deed.key).or_default().push(deed);
    }
    let mut versions = Vec::new();
    for deeds in by_key.values() {
        for (age, deed) in deeds.iter().rev().enumerate() {
            versions.push(Version {
                key: deed.key.clone(),
                version_id: deed.id.to_string(),
                is_latest: age == 0,
                last_modified: at(deed.second),
                size: 1,
                etag: None,
                storage_class: None,
                delete_marker: deed.deleted,
            });
        }
    }
    versions
}

/// The model: makes all changes up to this time, one after another. What is in the bucket then?
fn model(deeds: &[Deed], second: i64) -> BTreeMap<String, u64> {
    let mut bucket = BTreeMap::new();
    for deed in deeds.iter().take_while(|deed| deed.second <= second) {
        if deed.deleted {
            bucket.remove(&deed.key);
        } else {
            bucket.insert(deed.key.clone(), deed.id);
        }
    }
    bucket
}

/// What the choice returns for the list, in pages of this size.
fn chosen(versions: &[Version], page: usize, second: i64) -> BTreeMap<String, u64> {
    let mut choice = AsOf::new(at(second));
    let mut stood = Vec::new();
    for page in versions.chunks(page) {
        for version in page {
            stood.extend(choice.next(version.clone()).unwrap());
        }
    }
    stood.extend(choice.finish());
    stood
        .into_iter()
        .filter(|version| !version.delete_marker)
        .map(|version| (version.key, version.version_id.parse().unwrap()))
        .collect()
}

#[test]
fn ten_thousand_histories_are_seen_as_they_were_at_every_second() {
    let mut random = Rng::with_seed(3);
    for number in 0..10_000 {
        let keys = random.usize(1..8);
        let deeds = random.usize(0..40);
        let deeds = history(&mut random, keys, deeds);
        let versions = listed(&deeds);
        let page = random.usize(1..10);
        let end = deeds.last().map_or(0, |deed| deed.second);
        for second in -1..=end + 1 {
            assert_eq!(
                chosen(&versions, page, second),
                model(&deeds, second),
                "history {number} at {second}"
            );
        }
    }
}

#[test]
fn one_name_with_thousands_of_versions_over_many_pages_is_seen_as_it_was() {
    let mut random = Rng::with_seed(4);
    let deeds = history(&mut random, 1, 3_500);
    let versions = listed(&deeds);
    let end = deeds.last().unwrap().second;
    for second in (0..end).step_by(97) {
        assert_eq!(chosen(&versions, 1000, second), model(&deeds, second));
    }
}

#[test]
fn pages_of_nothing_but_delete_markers_hide_what_stood_before_them_and_nothing_else() {
    let mut deeds = vec![Deed {
        second: 0,
        key: "k".into(),
        id: 0,
        deleted: false,
    }];
    deeds.extend((1..3_000).map(|id| Deed {
        second: id,
        key: "k".into(),
        id: id as u64,
        deleted: true,
    }));
    let versions = listed(&deeds);
    assert_eq!(chosen(&versions, 1000, 0), model(&deeds, 0));
    assert_eq!(chosen(&versions, 1000, 0).len(), 1);
    for second in [1, 999, 1000, 2_999] {
        assert!(chosen(&versions, 1000, second).is_empty());
    }
}

#[test]
fn among_versions_of_one_second_the_first_listed_is_the_newest() {
    let deeds: Vec<Deed> = (0..3)
        .map(|id| Deed {
            second: 5,
            key: "k".into(),
            id,
            deleted: id == 1,
        })
        .collect();
    let versions = listed(&deeds);
    assert_eq!(chosen(&versions, 2, 5), [("k".to_owned(), 2)].into());
    assert_eq!(chosen(&versions, 2, 4), BTreeMap::new());
}

#[test]
fn a_list_that_goes_back_to_an_earlier_name_is_not_relied_on() {
    let mut choice = AsOf::new(at(9));
    let named = |key: &str| {
        listed(&[Deed {
            second: 0,
            key: key.into(),
            id: 0,
            deleted: false,
        }])
        .remove(0)
    };
    assert_eq!(choice.next(named("b")), Ok(None));
    assert_eq!(choice.next(named("a")), Err(Unordered { key: "a".into() }));
}
