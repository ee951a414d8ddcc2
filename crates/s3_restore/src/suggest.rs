//! Finds similar names: for "did you mean", Tab and `?`. Limits the number of keys and the time,
//! since a bucket may hold a billion keys.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use transfer::list::{self, ListJobs};

use crate::store::Store;

/// The most keys that are read.
const MOST_KEYS: usize = 10_000;

/// The longest time for reading keys.
const LONGEST: Duration = Duration::from_secs(2);

/// The most names that are suggested.
const MOST_OFFERED: usize = 3;

/// The lowest similarity of a suggested name, from 0 to 1.
const ALIKE: f64 = 0.5;

/// The names that begin with `prefix`, up to the next `/`; directories end in one.
pub(crate) async fn below(store: &Store, prefix: &str) -> Vec<String> {
    gather(store, prefix, Some("/")).await
}

/// The names most similar to `name`, best first: those in its directory, else in the whole bucket.
pub(crate) async fn near(store: &Store, name: &str) -> Vec<String> {
    let directory = name.rsplit_once('/').map_or("", |(above, _)| above);
    let nearby = gather(store, &list::directory_prefix(directory), None).await;
    let found = nearest(name, nearby);
    if !found.is_empty() || directory.is_empty() {
        return found;
    }
    nearest(name, gather(store, "", None).await)
}

/// `a`, `b` or `c`, as part of a question; `None` if there are no names.
pub(crate) fn alternatives(names: &[String]) -> Option<String> {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [some @ .., last] => Some(format!("{} or {last}", some.join(", "))),
    }
}

async fn gather(store: &Store, prefix: &str, delimiter: Option<&'static str>) -> Vec<String> {
    let mut pages = list::pages_only(
        &store.at.client,
        &store.at.bucket,
        prefix,
        delimiter,
        ListJobs::ONE,
        Arc::new(|_| {}),
    );
    let mut names = Vec::new();
    let gathering = async {
        while let Some(Ok(page)) = pages.next().await {
            // Nobody could type unreadable names.
            names.extend(page.objects.into_iter().map(|object| object.key));
            names.extend(page.common_prefixes);
            if names.len() >= MOST_KEYS {
                return;
            }
        }
    };
    // An incomplete result is better than none.
    let _ = tokio::time::timeout(LONGEST, gathering).await;
    names.sort_unstable();
    names
}

/// If names are equally similar, the first in byte order wins.
fn nearest(name: &str, candidates: Vec<String>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let last = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted_last = last(&wanted);
    let mut rated: Vec<(f64, String)> = candidates
        .into_iter()
        .filter(|key| !key.ends_with('/'))
        .map(|key| {
            let lower = key.to_lowercase();
            let whole = strsim::normalized_damerau_levenshtein(&wanted, &lower);
            // A user who gave no directory, or a wrong one, still knows the file name.
            let ends = strsim::normalized_damerau_levenshtein(&wanted_last, &last(&lower));
            (whole.max(ends * 0.95), key)
        })
        .filter(|(rate, _)| *rate >= ALIKE)
        .collect();
    rated.sort_by(|(one, a), (other, b)| other.total_cmp(one).then_with(|| a.cmp(b)));
    rated
        .into_iter()
        .take(MOST_OFFERED)
        .map(|(_, key)| key)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_most_like_a_wrong_one_are_offered_best_first() {
        let names = [
            "photos/cat.jpg",
            "photos/hat.jpg",
            "notes/2024.txt",
            "photos/",
        ];
        let offered = |name| nearest(name, names.map(str::to_owned).into());
        assert_eq!(
            offered("photos/caat.jpg"),
            ["photos/cat.jpg", "photos/hat.jpg"]
        );
        assert_eq!(offered("2024.txt"), ["notes/2024.txt"]);
        assert_eq!(
            offered("PHOTOS/CAT.JPG"),
            ["photos/cat.jpg", "photos/hat.jpg"]
        );
        assert_eq!(offered("zzz"), Vec::<String>::new());
    }
}
