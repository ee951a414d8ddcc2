//! Valid keys that cause problems on many services: stored, listed and read back.

use futures_util::stream::{self, StreamExt as _};

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult, Verdict};
use crate::response::shown;

/// All keys begin with this, except for the one that begins with a slash.
const PREFIX: &str = "key/";

/// How many keys are stored at a time.
const AT_ONCE: usize = 6;

/// One of each kind.
const ODD: [&str; 26] = [
    "plain",
    "a b",
    " lead",
    "trail ",
    "plus+",
    "pct%20",
    "amp&eq=;",
    "quote'dq\"",
    "<tag>",
    "back\\slash",
    "#?",
    "~!@$^*()",
    "{}[],",
    "é",
    "e\u{301}",
    "日本語",
    "\u{1f600}",
    "\u{202e}rtl",
    "new\nline",
    "tab\tcr\r",
    "\u{1}control",
    "a//b",
    "./dot",
    "x/../y",
    "dir/",
    "...",
];

pub(crate) const GROUP: Group = Group::new(
    "keys",
    &[
        Capability::new(
            "odd_keys",
            "odd keys are stored, listed and read back unchanged",
            "all",
            "every file name goes up and comes back unchanged",
            "files with such names fail or change their names on this service",
            |bucket| Box::pin(odd(bucket)),
        ),
        Capability::new(
            "leading_slash",
            "a key that begins with /",
            "kept",
            "the slash is kept; such a key is refused as a local path",
            "the slash is lost, or the key is refused",
            |bucket| Box::pin(single(bucket, "/key-lead".to_owned())),
        ),
        Capability::new(
            "long_key",
            "a key of 1,024 bytes",
            "kept",
            "paths of any legal length go up",
            "very long paths fail",
            |bucket| Box::pin(single(bucket, long_key())),
        ),
        Capability::new(
            "file_and_directory",
            "`fd` beside `fd/x`",
            "both",
            "both go up; on a disk only the first in key order has room",
            "this service works like a file system: one of the two fails",
            |bucket| Box::pin(file_and_directory(bucket)),
        ),
    ],
);

/// The longest key that S3 allows.
fn long_key() -> String {
    let name = "L".repeat(254);
    format!("{PREFIX}{name}/{name}/{name}/{name}L")
}

async fn odd(bucket: &TestBucket) -> ProbeResult {
    let stored = stream::iter(ODD.map(|name| comes_back(bucket, name)));
    let stored: Vec<ProbeResult<bool>> = stored.buffered(AT_ONCE).collect().await;
    let listed = bucket.list(bucket.under(PREFIX)).await?.objects;
    let mut lost = Vec::new();
    for (name, comes_back) in ODD.into_iter().zip(stored) {
        let key = format!("{PREFIX}{name}");
        if !comes_back? || !listed.iter().any(|object| object.key == key) {
            lost.push(name);
        }
    }
    Ok(judge(&lost))
}

fn judge(lost: &[&str]) -> Finding {
    let kept = ODD.len() - lost.len();
    if lost.is_empty() {
        return Finding::new(Verdict::Yes, format!("{kept} of {}", ODD.len()));
    }
    let lost: Vec<String> = lost
        .iter()
        .map(|name| format!("`{}`", name.escape_default()))
        .collect();
    let lost = lost.join(" ");
    Finding::differs(format!("{kept} of {}; not {lost}", ODD.len()))
}

/// Whether an object can be found under exactly this key after it was stored.
async fn comes_back(bucket: &TestBucket, name: &str) -> ProbeResult<bool> {
    let key = format!("{PREFIX}{name}");
    if !bucket.put(&key, key.clone()).send().await?.is_ok() {
        return Ok(false);
    }
    let response = bucket.get(&key).send().await?;
    Ok(response.is_ok() && response.body == key)
}

async fn single(bucket: &TestBucket, key: String) -> ProbeResult {
    bucket.put(&key, "x").send().await?.or_refused()?;
    let listed = bucket.list(bucket.under(&key)).await?.objects;
    let is_listed = listed.iter().any(|object| object.key == key);
    Ok(Finding::yes_if(
        is_listed,
        "accepted, but listed differently",
    ))
}

async fn file_and_directory(bucket: &TestBucket) -> ProbeResult {
    let keys = ["both/fd", "both/fd/x"];
    for key in keys {
        bucket.put(key, key).send().await?.or_refused()?;
    }
    for key in keys {
        if bucket.get(key).send().await?.body != key {
            return Ok(Finding::differs(format!("`{}` is lost", shown(key))));
        }
    }
    Ok(Finding::yes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_is_named_and_cannot_spoil_the_table() {
        assert_eq!(judge(&[]).to_string(), "yes: 26 of 26");
        let finding = judge(&["new\nline", "a//b"]).to_string();
        assert_eq!(finding, "differs: 24 of 26; not `new\\nline` `a//b`");
    }

    #[test]
    fn the_long_key_has_1024_bytes() {
        assert_eq!(long_key().len(), 1024);
    }
}
