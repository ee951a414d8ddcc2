//! How long pages are, which only more than a thousand keys can tell.

use common::s3::delete_objects;
use futures_util::stream::{self, StreamExt as _};

use super::listing::list;
use crate::check::asker::Asker;
use crate::check::finding::{Findings, Found, Probe};

/// More than a page of AWS, by as little as can be seen.
const KEYS: usize = 1002;

/// How many are stored at a time.
const AT_ONCE: usize = 16;

/// How many are deleted with one request.
const BATCH: usize = 64;

const PREFIX: &str = "page/";

pub(super) async fn probe(asker: &Asker, found: &mut Findings) {
    let stored = fill(asker).await;
    for (capability, max_keys) in [("page_size", None), ("page_size_5000", Some("5000"))] {
        found.add(
            capability,
            match stored.clone() {
                Ok(()) => page(asker, max_keys).await,
                Err(why) => Err(why),
            },
        );
    }
    clear(asker).await;
}

/// Deletes them again: in small batches side by side, since some services take a second for
/// forty keys. What is left is found when the bucket is emptied.
async fn clear(asker: &Asker) {
    let numbers: Vec<usize> = (0..KEYS).collect();
    let batches: Vec<Vec<String>> = numbers
        .chunks(BATCH)
        .map(|numbers| numbers.iter().map(|number| key_of(*number)).collect())
        .collect();
    let deleted = stream::iter(batches).map(|keys| delete(asker.clone(), keys));
    deleted
        .buffer_unordered(AT_ONCE)
        .for_each(|()| async {})
        .await;
}

async fn delete(asker: Asker, keys: Vec<String>) {
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    asker.count();
    if let Err(failure) = delete_objects(&asker.client, asker.bucket(), &keys).await {
        log::debug!("a batch stays for later: {failure:?}");
    }
}

fn key_of(number: usize) -> String {
    format!("{PREFIX}{number:04}")
}

async fn fill(asker: &Asker) -> Probe<()> {
    let mut stores = stream::iter(0..KEYS)
        .map(|number| async move { asker.store(&key_of(number), "").await })
        .buffer_unordered(AT_ONCE);
    while let Some(stored) = stores.next().await {
        stored?;
    }
    Ok(())
}

async fn page(asker: &Asker, max_keys: Option<&str>) -> Probe {
    let mut ask = list(asker, PREFIX);
    if let Some(max_keys) = max_keys {
        ask = ask.param("max-keys", max_keys);
    }
    let reply = ask.send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let xml = reply.xml()?;
    Ok(judge(xml.count("Contents/Key"), xml.is_true("IsTruncated")))
}

fn judge(keys: usize, truncated: bool) -> Found {
    match (keys, truncated) {
        (1000, true) => Found::yes(),
        (KEYS, false) => Found::Differs(format!("all {KEYS} in one page")),
        (keys, true) => Found::Differs(format!("{keys} a page")),
        (keys, false) => Found::No(format!("{keys} of {KEYS} keys, and that is said to be all")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_hides_keys_is_no_page() {
        assert!(judge(1000, true).is_yes());
        assert_eq!(judge(1002, false).word(), "differs");
        assert_eq!(judge(500, true).to_string(), "differs: 500 a page");
        assert_eq!(judge(1000, false).word(), "no");
    }
}
