//! Listings: pages, order, and how the service writes keys.

use percent_encoding::percent_decode_str;

use crate::check::asker::{Ask, Asker};
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe, Unknown};
use crate::check::reply::shown;

/// Keys in byte order, which is the order of no dictionary.
static ORDERED: [&str; 8] = [
    "list/A", "list/B", "list/a b", "list/a!", "list/a-b", "list/a/b", "list/z", "list/é",
];

/// A key that has to be encoded.
const STRANGE: &str = "odd list/a b+c%d/é";
const STRANGE_PREFIX: &str = "odd list/";

const CAPABILITIES: [Capability; 6] = [
    Capability::new(
        "list_whole",
        "small pages together give every key once",
        "yes",
        "listings, downloads of directories and comparisons are complete",
        "THIS ENDPOINT CANNOT BE USED: listings are not complete",
    )
    .essential(),
    Capability::new(
        "list_max_keys",
        "max-keys is honoured",
        "yes",
        "pages are as long as asked for",
        "pages are taken as long as they come",
    ),
    Capability::new(
        "list_order",
        "keys come in byte order",
        "yes, except directory buckets",
        "large listings run in parallel",
        "large listings go on page by page, unsorted, with one warning",
    ),
    Capability::new(
        "list_start_after",
        "start-after is honoured",
        "yes",
        "large listings run in parallel",
        "large listings run one page after another",
    ),
    Capability::new(
        "list_delimiter",
        "a delimiter rolls keys up",
        "yes",
        "do_bucket_list shows directories without reading all that is in them",
        "directories are shown by reading all that is in them",
    ),
    Capability::new(
        "list_encoding",
        "encoding-type=url is honoured: space, /, +, %",
        "%20 or +, / as it is, <EncodingType> says so",
        "keys with any character are listed",
        "the response is decoded only if it says that it is encoded",
    ),
];

pub(crate) const GROUP: Group = Group {
    title: "listing",
    capabilities: &CAPABILITIES,
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    match prepare(&asker).await {
        Ok(()) => {
            let pages = pages(&asker).await;
            found.add("list_whole", pages.clone().map(|pages| judge_whole(&pages)));
            found.add(
                "list_max_keys",
                pages.clone().map(|pages| judge_pages(&pages)),
            );
            found.add(
                "list_order",
                pages.map(|pages| judge_order(&pages.concat())),
            );
            found.add("list_start_after", start_after(&asker).await);
            found.add("list_delimiter", delimiter(&asker).await);
            found.add("list_encoding", encoding(&asker).await);
        }
        Err(why) => {
            for capability in &CAPABILITIES {
                found.add(capability.name, Err(why.clone()));
            }
        }
    }
    found
}

/// In an order that is neither theirs nor its reverse.
async fn prepare(asker: &Asker) -> Probe<()> {
    for index in [3, 0, 7, 1, 5, 2, 6, 4] {
        if let Some(key) = ORDERED.get(index) {
            asker.store(key, "x").await?;
        }
    }
    asker.store(STRANGE, "x").await.map(drop)
}

fn list(asker: &Asker, prefix: &str) -> Ask {
    asker
        .about_bucket("GET")
        .param("list-type", "2")
        .param("prefix", prefix)
}

/// All pages of a listing with three keys a page.
async fn pages(asker: &Asker) -> Probe<Vec<Vec<String>>> {
    let mut pages = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let mut ask = list(asker, "list/").param("max-keys", "3");
        if let Some(token) = &token {
            ask = ask.param("continuation-token", token.clone());
        }
        let xml = ask.send().await?.expected("a listing was refused")?.xml()?;
        pages.push(
            xml.all("Contents/Key")
                .into_iter()
                .map(str::to_owned)
                .collect(),
        );
        let next = xml.first("NextContinuationToken").map(str::to_owned);
        match (xml.is_true("IsTruncated"), next) {
            (false, _) => return Ok(pages),
            (true, None) => return Err(Unknown("a page is not the last, and has no token".into())),
            (true, next) if next == token || pages.len() > ORDERED.len() => {
                return Err(Unknown("the pages do not move on".into()));
            }
            (true, next) => token = next,
        }
    }
}

fn judge_whole(pages: &[Vec<String>]) -> Found {
    let mut keys: Vec<String> = pages.concat();
    let listed = keys.len();
    keys.sort_unstable();
    keys.dedup();
    if keys.iter().map(String::as_str).ne(ORDERED) {
        Found::No(format!(
            "{} of {} keys are listed",
            keys.len(),
            ORDERED.len()
        ))
    } else {
        Found::when(listed == keys.len(), "keys are listed twice")
    }
}

fn judge_pages(pages: &[Vec<String>]) -> Found {
    let sizes: Vec<usize> = pages.iter().map(Vec::len).collect();
    match sizes.iter().max() {
        Some(3) => Found::when(sizes == [3, 3, 2], format!("pages of {sizes:?} for 3")),
        Some(longest) => Found::No(format!("{longest} keys a page for 3")),
        None => Found::Unknown("there is no page".into()),
    }
}

fn judge_order(keys: &[String]) -> Found {
    if keys.len() < 2 {
        return Found::Unknown("too few keys are listed".into());
    }
    let ordered = keys.is_sorted_by(|one, two| one.as_bytes() < two.as_bytes());
    if ordered { Found::yes() } else { Found::no() }
}

async fn start_after(asker: &Asker) -> Probe {
    // The last key but two, and a place between keys.
    let mut wrong = Vec::new();
    for (after, expected) in [("list/a/b", 2), ("list/a/", 3), ("list/C", 6)] {
        let reply = list(asker, "list/")
            .param("start-after", after)
            .send()
            .await?;
        if !reply.ok() {
            return Ok(reply.refused());
        }
        let listed = reply.xml()?.count("Contents/Key");
        if listed != expected {
            wrong.push(format!("{listed} instead of {expected} keys after {after}"));
        }
    }
    if wrong.is_empty() {
        return Ok(Found::yes());
    }
    Ok(Found::Differs(wrong.join(", ")))
}

async fn delimiter(asker: &Asker) -> Probe {
    let reply = list(asker, "list/").param("delimiter", "/").send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let xml = reply.xml()?;
    let rolled = xml.all("CommonPrefixes/Prefix") == ["list/a/"];
    let rest = xml.count("Contents/Key") == ORDERED.len() - 1;
    Ok(if rolled && rest {
        Found::yes()
    } else {
        Found::no()
    })
}

async fn encoding(asker: &Asker) -> Probe {
    let reply = list(asker, STRANGE_PREFIX)
        .param("encoding-type", "url")
        .send()
        .await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let xml = reply.xml()?;
    let Some(written) = xml.first("Contents/Key") else {
        return Ok(Found::No("the response does not have it".into()));
    };
    Ok(judge_encoding(
        xml.first("EncodingType") == Some("url"),
        written,
        STRANGE,
    ))
}

/// How `plain` was written under `encoding-type=url`.
fn judge_encoding(says_so: bool, written: &str, plain: &str) -> Found {
    if written == plain {
        return if says_so {
            Found::differs("says url, and encodes nothing")
        } else {
            Found::No("it is ignored".into())
        };
    }
    let space = if written.contains("%20") { "%20" } else { "+" };
    let slash = if written.to_ascii_uppercase().contains("%2F") {
        "%2F"
    } else {
        "/"
    };
    let how = format!("a space is {space}, / is {slash}");
    if !says_so {
        return Found::Differs(format!("encoded without saying so; {how}"));
    }
    let spaced = written.replace('+', " ");
    if percent_decode_str(&spaced).decode_utf8().ok().as_deref() != Some(plain) {
        return Found::Differs(format!("cannot be decoded: {}", shown(written)));
    }
    Found::Yes(how)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(pages: &[&[&str]]) -> Vec<Vec<String>> {
        let page = |page: &&[&str]| page.iter().map(|&key| key.to_owned()).collect();
        pages.iter().map(page).collect()
    }

    #[test]
    fn the_keys_of_the_probe_are_in_byte_order() {
        let mut sorted = ORDERED.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, ORDERED);
    }

    #[test]
    fn lost_and_repeated_keys_are_seen() {
        assert!(judge_whole(&pages(&[&ORDERED[..3], &ORDERED[3..]])).is_yes());
        let found = judge_whole(&pages(&[&ORDERED[..3]]));
        assert_eq!(found.to_string(), "no: 3 of 8 keys are listed");
        let found = judge_whole(&pages(&[&ORDERED, &ORDERED[..1]]));
        assert_eq!(found.word(), "differs");
    }

    #[test]
    fn the_length_of_pages_is_measured() {
        fn of(text: &[&[&str]]) -> String {
            judge_pages(&pages(text)).to_string()
        }
        assert_eq!(of(&[&ORDERED[..3], &ORDERED[3..6], &ORDERED[6..]]), "yes");
        assert_eq!(of(&[&ORDERED]), "no: 8 keys a page for 3");
        assert_eq!(
            of(&[&ORDERED[..3], &ORDERED[3..5], &ORDERED[5..]]),
            "differs: pages of [3, 2, 3] for 3"
        );
    }

    #[test]
    fn a_dictionary_is_not_in_byte_order() {
        let keys = |keys: &[&str]| keys.iter().map(|&key| key.to_owned()).collect::<Vec<_>>();
        assert!(judge_order(&keys(&["A", "B", "a"])).is_yes());
        assert_eq!(judge_order(&keys(&["a", "A", "B"])).word(), "no");
        assert_eq!(judge_order(&keys(&["a", "a"])).word(), "no");
        assert_eq!(judge_order(&[]).word(), "unknown");
    }

    #[test]
    fn the_ways_to_write_a_key_are_told_apart() {
        let of = |says_so, written| judge_encoding(says_so, written, "a b/c").to_string();
        assert_eq!(of(true, "a%20b/c"), "yes: a space is %20, / is /");
        assert_eq!(of(true, "a+b%2Fc"), "yes: a space is +, / is %2F");
        assert_eq!(of(true, "a b/c"), "differs: says url, and encodes nothing");
        assert_eq!(of(false, "a b/c"), "no: it is ignored");
        assert_eq!(
            of(false, "a%20b/c"),
            "differs: encoded without saying so; a space is %20, / is /"
        );
        assert_eq!(of(true, "a%2"), "differs: cannot be decoded: a%2");
    }
}
