//! Whatever the service does, what comes out is what one page after the other would give.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::service::{Run, Service, Way, list};

/// As if there were no limit.
const ROOM_BYTES: usize = 64 * 1024;

fn run(jobs: usize, disorder: Option<u64>) -> Run {
    Run {
        jobs,
        bytes: ROOM_BYTES,
        disorder,
    }
}

/// Keys from the whole of UTF-8: of all planes, alike at first and different later, with control
/// characters, and numbered ones, as programs make them.
fn keys() -> impl Strategy<Value = Vec<String>> {
    let anything = proptest::collection::vec(any::<char>(), 1..6).prop_map(String::from_iter);
    let key = prop_oneof![
        3 => anything.clone(),
        2 => "[a-cA-C]{1,4}",
        2 => "(photos|Photos)/20[012][0-9]/[0-9a-f]{1,3}",
        1 => "[\\u{e9}\\u{4e00}-\\u{4eff}\\u{ffee}-\\u{fffd}\\u{10000}-\\u{10100}]{1,3}",
        1 => anything.prop_map(|key| format!("deep/deeper/{key}")),
        1 => "[\\x01-\\x7f]{1,3}",
    ];
    let random = proptest::collection::vec(key, 1..400);
    let numbered = (1..600_usize, 1..7_usize).prop_map(|(count, width)| {
        (0..count)
            .map(|n| format!("n{n:0width$}/{}", n % 3))
            .collect::<Vec<_>>()
    });
    prop_oneof![3 => random, 1 => numbered].prop_map(|keys| {
        keys.into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    })
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![
        4 => Just(Way::Textbook),
        2 => Just(Way::ShortPages),
        1 => Just(Way::HugePages),
        1 => Just(Way::MoreThanAsked),
        2 => Just(Way::IgnoresCase),
        2 => Just(Way::Utf16),
        1 => Just(Way::Reversed),
        1 => Just(Way::Shuffled),
        1 => Just(Way::IgnoresStartAfter),
        1 => Just(Way::RefusesStartAfter),
        1 => Just(Way::RepeatsAtBorders),
        1 => Just(Way::StartAfterIncludes),
        2 => (0..17_u8).prop_map(Way::BreaksOff),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn many_requests_at_a_time_list_what_one_at_a_time_lists(
        keys in keys(), way in ways(), page in 1..9_usize, seed in any::<u64>(),
    ) {
        let count = keys.len();
        let sorted = keys.clone();
        let service = Service::new(keys, page, way);
        let (expected, one_by_one) = list(&service, run(1, None));
        prop_assert!(expected.failed || expected.keys.len() >= count);
        prop_assert_eq!(expected.warnings > 0, !expected.keys.is_sorted_by(|a, b| a < b));
        if !matches!(way, Way::IgnoresCase | Way::Utf16 | Way::Reversed | Way::Shuffled
            | Way::RepeatsAtBorders | Way::BreaksOff(_)) {
            prop_assert_eq!(&expected.keys, &sorted);
        }
        for jobs in [2, 4, 64] {
            let (listing, cost) = list(&service, run(jobs, Some(seed)));
            if matches!(way, Way::BreaksOff(_)) {
                // The page that cannot be had may begin at another key, but never is it passed over.
                prop_assert_eq!(listing.failed, expected.failed);
                prop_assert!(sorted.starts_with(&listing.keys));
                prop_assert!(listing.failed || listing.keys == sorted);
            } else {
                prop_assert_eq!(&listing, &expected);
            }
            prop_assert!(cost.most_under_way <= jobs);
            if matches!(way, Way::Textbook | Way::HugePages | Way::MoreThanAsked) {
                prop_assert!(
                    cost.requests * 5 <= one_by_one.requests * 6 + 16 * 5,
                    "{} requests for {} pages", cost.requests, one_by_one.requests
                );
            }
        }
    }
}

/// Long keys in clumps: each clump has a long beginning in common, and a size of its own.
fn clumped() -> impl Strategy<Value = Vec<String>> {
    let clump = ("[a-z/]{1,4}", 1..9_usize, 0..3_u32, any::<bool>());
    proptest::collection::vec(clump, 1..20).prop_map(|clumps| {
        let mut keys = BTreeSet::new();
        for (name, length, size, is_padded) in clumps {
            let beginning = format!(
                "{name}{}",
                "organisation-of-something-unseen/".repeat(length * 3)
            );
            let count = 5_usize.pow(size + 1);
            keys.extend((0..count).map(|n| match is_padded {
                true => format!("{beginning}{n:08}"),
                false => format!("{beginning}{n}"),
            }));
        }
        keys.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_listing_with_room_for_five_pages_never_waits_for_itself(
        keys in clumped(), page in 2..9_usize, jobs in 2..64_usize, seed in any::<u64>(),
    ) {
        let longest = keys.iter().map(String::len).max().unwrap_or_default();
        let service = Service::new(keys.clone(), page, Way::Textbook);
        let bytes = 5 * page * longest;
        let (listing, _) = list(&service, Run { jobs, bytes, disorder: Some(seed) });
        prop_assert!(listing.keys == keys);
    }
}
