//! Keys that are legal and break what was not made for them: stored, listed, read back.

use futures_util::stream::{self, StreamExt as _};
use s3_client::operations::{ListObjects, list_objects};

use crate::check::asker::Asker;
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe, Unknown};
use crate::check::reply::shown;

/// Under this prefix, except for the one that begins with a slash.
const PREFIX: &str = "key/";

/// How many are stored at a time.
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

pub(crate) const GROUP: Group = Group {
    title: "keys",
    capabilities: &[
        Capability::new(
            "odd_keys",
            "odd keys are stored, listed and read back as they are",
            "all",
            "every file name goes up and comes back as it is",
            "files with such names fail or change their names on this service",
        ),
        Capability::new(
            "leading_slash",
            "a key that begins with /",
            "kept",
            "kept as it is; it is refused as a local path",
            "the slash is lost, or the key refused",
        ),
        Capability::new(
            "long_key",
            "a key of 1,024 bytes",
            "kept",
            "paths of any legal length go up",
            "very long paths fail",
        ),
        Capability::new(
            "file_and_directory",
            "`fd` beside `fd/x`",
            "both",
            "both go up; on a disk the first in key order stands",
            "a store like a file system: one of the two fails",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add("odd_keys", odd(&asker).await);
    found.add("leading_slash", single(&asker, "/key-lead").await);
    found.add("long_key", single(&asker, &long_key()).await);
    found.add("file_and_directory", file_and_directory(&asker).await);
    found
}

/// The longest key that there may be.
fn long_key() -> String {
    let name = "L".repeat(254);
    format!("{PREFIX}{name}/{name}/{name}/{name}L")
}

async fn odd(asker: &Asker) -> Probe {
    let keys: Vec<String> = ODD.iter().map(|name| format!("{PREFIX}{name}")).collect();
    let kept = stream::iter(keys.clone()).map(|key| comes_back(asker.clone(), key));
    let kept: Vec<Probe<bool>> = kept.buffered(AT_ONCE).collect().await;
    let listed = listed(asker, PREFIX).await?;
    let mut lost = Vec::new();
    for (key, kept) in keys.iter().zip(kept) {
        if !kept? || !listed.contains(key) {
            lost.push(key.strip_prefix(PREFIX).unwrap_or(key));
        }
    }
    Ok(judge(&lost))
}

fn judge(lost: &[&str]) -> Found {
    let kept = ODD.len() - lost.len();
    if lost.is_empty() {
        return Found::Yes(format!("{kept} of {}", ODD.len()));
    }
    let lost: Vec<String> = lost
        .iter()
        .map(|key| format!("`{}`", key.escape_default()))
        .collect();
    let lost = lost.join(" ");
    Found::Differs(format!("{kept} of {}; not {lost}", ODD.len()))
}

/// Whether an object is there under exactly this key after it was stored.
async fn comes_back(asker: Asker, key: String) -> Probe<bool> {
    let body = format!("under {key}");
    if !asker.put(&key, body.clone()).send().await?.ok() {
        return Ok(false);
    }
    let get = asker.about("GET", &key).send().await?;
    Ok(get.ok() && get.body == body)
}

/// The keys as our programs list them.
async fn listed(asker: &Asker, prefix: &str) -> Probe<Vec<String>> {
    let mut keys = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let list = ListObjects {
            bucket: asker.bucket(),
            prefix,
            delimiter: None,
            start_after: None,
            token: token.as_deref(),
            max_keys: 1000,
        };
        let page = asker.client.retry(|| {
            asker.count();
            list_objects(&asker.client, &list)
        });
        let page = page
            .await
            .map_err(|_| Unknown("the listing cannot be read".into()))?;
        keys.extend(page.objects.into_iter().map(|object| object.key));
        if page.next.is_none() || page.next == token {
            return Ok(keys);
        }
        token = page.next;
    }
}

async fn single(asker: &Asker, key: &str) -> Probe {
    let put = asker.put(key, "x").send().await?;
    if !put.ok() {
        return Ok(put.refused());
    }
    let listed = listed(asker, key).await?;
    Ok(match listed.iter().any(|found| found == key) {
        true => Found::yes(),
        false => Found::differs("accepted, but listed otherwise"),
    })
}

async fn file_and_directory(asker: &Asker) -> Probe {
    for key in ["both/fd", "both/fd/x"] {
        let put = asker.put(key, key).send().await?;
        if !put.ok() {
            return Ok(put.refused());
        }
    }
    for key in ["both/fd", "both/fd/x"] {
        let get = asker.about("GET", key).send().await?;
        if get.body != key {
            return Ok(Found::Differs(format!("`{}` is lost", shown(key))));
        }
    }
    Ok(Found::yes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_is_named_and_cannot_spoil_the_table() {
        assert_eq!(judge(&[]).to_string(), "yes: 26 of 26");
        let found = judge(&["new\nline", "a//b"]).to_string();
        assert_eq!(found, "differs: 24 of 26; not `new\\nline` `a//b`");
    }

    #[test]
    fn the_long_key_has_1024_bytes() {
        assert_eq!(long_key().len(), 1024);
    }
}
