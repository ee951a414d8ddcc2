//! Listings: pages, order, start positions.

use s3_client::operations::ListObjects;

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};

/// Keys in byte order, which differs from the order of a dictionary.
const KEYS: [&str; 8] = [
    "list/A", "list/B", "list/a b", "list/a!", "list/a-b", "list/a/b", "list/z", "list/é",
];

/// The order in which they are stored: neither sorted nor reversed.
const STORED: [&str; 8] = [
    "list/a!", "list/A", "list/é", "list/B", "list/a/b", "list/a b", "list/z", "list/a-b",
];

pub(crate) const GROUP: Group = Group::new(
    "listing",
    &[
        Capability::new(
            "list_whole",
            "small pages together list every key once",
            "yes",
            "listings, downloads of directories and comparisons are complete",
            "THIS ENDPOINT CANNOT BE USED: listings are not complete",
            |bucket| Box::pin(whole(bucket)),
        )
        .essential(),
        Capability::new(
            "list_order",
            "keys come in byte order",
            "yes, except directory buckets",
            "large listings run in parallel",
            "large listings go on page by page, unsorted, with one warning",
            |bucket| Box::pin(order(bucket)),
        ),
        Capability::new(
            "list_start_after",
            "a listing can begin after any key (start-after)",
            "yes",
            "large listings run in parallel",
            "large listings run one page after another",
            |bucket| Box::pin(start_after(bucket)),
        ),
    ],
);

/// The request that lists the keys. They are stored before.
async fn stored(bucket: &TestBucket) -> ProbeResult<ListObjects<'_>> {
    let store = async || {
        for key in STORED {
            bucket.store(key, "x").await?;
        }
        Ok(())
    };
    bucket.keys_to_list.get_or_init(store).await.clone()?;
    Ok(bucket.under("list/"))
}

/// The keys of all pages, with three keys a page.
async fn listed(bucket: &TestBucket) -> ProbeResult<Vec<String>> {
    let list = stored(bucket).await?;
    let mut keys = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..=KEYS.len() {
        let page = ListObjects {
            token: token.as_deref(),
            max_keys: 3,
            ..list
        };
        let page = bucket.list(page).await?;
        keys.extend(page.objects.into_iter().map(|object| object.key));
        if page.next.is_none() {
            return Ok(keys);
        }
        token = page.next;
    }
    Err(Finding::unknown("the pages do not end"))
}

async fn whole(bucket: &TestBucket) -> ProbeResult {
    Ok(judge_whole(listed(bucket).await?))
}

fn judge_whole(mut keys: Vec<String>) -> Finding {
    let listed = keys.len();
    keys.sort_unstable();
    keys.dedup();
    if keys != KEYS {
        let of = KEYS.len();
        return Finding::no(format!("{} of {of} keys are listed", keys.len()));
    }
    Finding::yes_if(listed == keys.len(), "keys are listed twice")
}

async fn order(bucket: &TestBucket) -> ProbeResult {
    Ok(judge_order(&listed(bucket).await?))
}

fn judge_order(keys: &[String]) -> Finding {
    if keys.len() < 2 {
        Finding::unknown("too few keys are listed")
    } else if keys.is_sorted_by(|one, other| one < other) {
        Finding::yes()
    } else {
        Finding::no("")
    }
}

async fn start_after(bucket: &TestBucket) -> ProbeResult {
    let list = stored(bucket).await?;
    let mut wrong = Vec::new();
    // A key, and two positions between keys.
    for (after, expected) in [("list/a/b", 2), ("list/a/", 3), ("list/C", 6)] {
        let start_after = Some(after);
        let page = bucket
            .list(ListObjects {
                start_after,
                ..list
            })
            .await?;
        let listed = page.objects.len();
        if listed != expected {
            wrong.push(format!("{listed} instead of {expected} keys after {after}"));
        }
    }
    Ok(Finding::yes_if(wrong.is_empty(), wrong.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    fn keys(keys: &[&str]) -> Vec<String> {
        keys.iter().map(|&key| key.to_owned()).collect()
    }

    #[test]
    fn the_keys_of_the_probes_are_in_byte_order_and_all_of_them_are_stored() {
        assert!(KEYS.is_sorted());
        let mut stored = STORED;
        stored.sort_unstable();
        assert_eq!(stored, KEYS);
    }

    #[test]
    fn lost_and_repeated_keys_are_seen() {
        assert!(judge_whole(keys(&KEYS)).is_yes());
        let finding = judge_whole(keys(&KEYS[..3]));
        assert_eq!(finding.to_string(), "no: 3 of 8 keys are listed");
        let finding = judge_whole(keys(&[&KEYS[..], &KEYS[..1]].concat()));
        assert_eq!(finding.verdict, Verdict::Differs);
    }

    #[test]
    fn a_dictionary_is_not_in_byte_order() {
        let judge = |of: &[&str]| judge_order(&keys(of)).verdict;
        assert_eq!(judge(&["A", "B", "a"]), Verdict::Yes);
        assert_eq!(judge(&["a", "A", "B"]), Verdict::No);
        assert_eq!(judge(&["a", "a"]), Verdict::No);
        assert_eq!(judge(&[]), Verdict::Unknown);
    }
}
