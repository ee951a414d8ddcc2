//! Versions: what was replaced or deleted can be brought back. Runs after everything else,
//! because it changes what deleting means in the whole bucket.

use std::collections::BTreeSet;

use crate::check::asker::{Asker, with_md5};
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe, Unknown};
use crate::check::reply::Reply;
use crate::check::xml::Document;

const KEY: &str = "version/one";

/// A body for PUT ?versioning.
const ENABLED: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
     <Status>Enabled</Status></VersioningConfiguration>";

const CAPABILITIES: [Capability; 4] = [
    Capability::new(
        "versioning",
        "a bucket can keep versions",
        "yes",
        "s3_restore brings back older versions and deleted objects, where versions are kept",
        "what is replaced or deleted is gone",
    ),
    Capability::new(
        "list_versions",
        "versions and delete markers are listed, newest first",
        "yes",
        "s3_restore --versions shows them",
        "older versions cannot be shown",
    ),
    Capability::new(
        "list_versions_pages",
        "small pages together give every version once",
        "yes",
        "restores to a point in time are complete",
        "restores of directories to a point in time may miss versions",
    ),
    Capability::new(
        "get_version",
        "an older version is read by its id",
        "yes",
        "s3_restore --version-id and --at work",
        "older versions cannot be read",
    ),
];

pub(crate) const GROUP: Group = Group {
    title: "versions",
    capabilities: &CAPABILITIES,
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Alone,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    let enabled: Found = enable(&asker).await.into();
    let rest = CAPABILITIES.iter().skip(1);
    if !enabled.is_yes() {
        // What cannot be there was not looked for.
        let without = match &enabled {
            Found::Unknown(why) => Found::Unknown(why.clone()),
            _ => Found::No("no versions".into()),
        };
        found.add("versioning", Ok(enabled));
        rest.for_each(|capability| found.add(capability.name, Ok(without.clone())));
        return found;
    }
    found.add("versioning", Ok(enabled));
    match History::make(&asker).await {
        Ok(history) => {
            found.add("list_versions", Ok(history.judge_list()));
            found.add("list_versions_pages", pages(&asker).await);
            found.add("get_version", history.get_old(&asker).await);
        }
        Err(why) => rest.for_each(|capability| found.add(capability.name, Err(why.clone()))),
    }
    found
}

async fn enable(asker: &Asker) -> Probe {
    let ask = with_md5(asker.about_bucket("PUT").part("versioning"), ENABLED);
    let reply = ask.send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let reply = asker.about_bucket("GET").part("versioning").send().await?;
    if !reply.ok() {
        return Ok(reply.refused());
    }
    let enabled = reply
        .xml()
        .is_ok_and(|xml| xml.first("Status") == Some("Enabled"));
    Ok(Found::when(enabled, "accepted, but not enabled"))
}

/// An object that was written, replaced and deleted.
struct History {
    first: String,
    second: String,
    list: Document,
}

impl History {
    async fn make(asker: &Asker) -> Probe<Self> {
        let first = id(&asker.store(KEY, "first").await?)?;
        let second = id(&asker.store(KEY, "second").await?)?;
        let deleted = asker.about("DELETE", KEY).send().await?;
        deleted.expected("the object could not be deleted")?;
        let list = asker
            .about_bucket("GET")
            .part("versions")
            .param("prefix", KEY);
        let list = list
            .send()
            .await?
            .expected("versions cannot be listed")?
            .xml()?;
        Ok(Self {
            first,
            second,
            list,
        })
    }

    fn judge_list(&self) -> Found {
        let versions = self.list.all("Version/VersionId");
        let markers = self.list.count("DeleteMarker/VersionId");
        judge_list(&versions, markers, [&self.second, &self.first])
    }

    async fn get_old(&self, asker: &Asker) -> Probe {
        let reply = asker
            .about("GET", KEY)
            .param("versionId", self.first.clone())
            .send()
            .await?;
        if !reply.ok() {
            return Ok(reply.refused());
        }
        Ok(Found::when(reply.body == "first", "another version came"))
    }
}

/// The id of the version that a PUT has made.
fn id(reply: &Reply) -> Probe<String> {
    let id = reply.header("x-amz-version-id");
    id.ok_or_else(|| Unknown("a version has no id".into()))
}

/// `made` are the ids as the responses told them, the newest first. A request whose response was lost was sent again, and
/// has made one version or marker more: only too few are wrong.
fn judge_list(versions: &[&str], markers: usize, made: [&str; 2]) -> Found {
    let known: Vec<&str> = versions
        .iter()
        .copied()
        .filter(|id| made.contains(id))
        .collect();
    match (known.len(), markers) {
        (2, 1..) => Found::when(known == made, "the oldest comes first"),
        (count, 0) => Found::Differs(format!("{count} of 2 versions, no delete marker")),
        (count, _) => Found::Differs(format!("{count} of 2 versions")),
    }
}

/// Two objects of three versions, one of which is deleted; two versions a page.
async fn pages(asker: &Asker) -> Probe {
    let mut made = BTreeSet::new();
    for key in ["versions/a", "versions/b"] {
        for body in ["1", "2", "3"] {
            made.insert(id(&asker.store(key, body).await?)?);
        }
    }
    let deleted = asker.about("DELETE", "versions/b").send().await?;
    made.insert(id(&deleted.expected("deleting was refused")?)?);
    let mut ids = Vec::new();
    let mut marker: Option<(String, String)> = None;
    // Four of them, and some more for requests that were sent again.
    for _ in 0..20 {
        let mut ask = asker.about_bucket("GET").part("versions");
        ask = ask.param("prefix", "versions/").param("max-keys", "2");
        if let Some((key, id)) = &marker {
            ask = ask
                .param("key-marker", key.clone())
                .param("version-id-marker", id.clone());
        }
        let xml = ask.send().await?.expected("a page was refused")?.xml()?;
        for path in ["Version/VersionId", "DeleteMarker/VersionId"] {
            ids.extend(xml.all(path).into_iter().map(str::to_owned));
        }
        if !xml.is_true("IsTruncated") {
            return Ok(judge_pages(&ids, &made));
        }
        let text = |path| xml.first(path).unwrap_or_default().to_owned();
        marker = Some((text("NextKeyMarker"), text("NextVersionIdMarker")));
    }
    Ok(Found::differs("the pages do not end"))
}

/// `made` are the ids as the responses told them: what is listed beside them was made by a request whose response was lost.
fn judge_pages(listed: &[String], made: &BTreeSet<String>) -> Found {
    let different: BTreeSet<&String> = listed.iter().collect();
    if different.len() < listed.len() {
        return Found::differs("versions are listed twice");
    }
    let found = made.iter().filter(|id| different.contains(id)).count();
    if found < made.len() {
        return Found::No(format!("{found} of {}", made.len()));
    }
    Found::yes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_stop_early_or_repeat_are_seen_and_repeated_requests_are_not() {
        let ids = |range: std::ops::Range<u8>| range.map(|id| id.to_string()).collect::<Vec<_>>();
        let made: BTreeSet<String> = ids(0..7).into_iter().collect();
        let judge = |listed: &[String]| judge_pages(listed, &made).to_string();
        assert_eq!(judge(&ids(0..7)), "yes");
        assert_eq!(judge(&ids(0..9)), "yes");
        assert_eq!(judge(&ids(0..2)), "no: 2 of 7");
        assert_eq!(judge(&ids(3..10)), "no: 4 of 7");
        let twice = [ids(0..7), ids(0..1)].concat();
        assert_eq!(judge(&twice), "differs: versions are listed twice");
    }

    #[test]
    fn a_list_of_versions_may_have_more_than_was_answered_but_not_less_or_in_another_order() {
        let judge =
            |versions: &[&str], markers| judge_list(versions, markers, ["2", "1"]).to_string();
        assert_eq!(judge(&["2", "1"], 1), "yes");
        assert_eq!(judge(&["2", "lost", "1", "lost"], 2), "yes");
        assert_eq!(judge(&["2"], 1), "differs: 1 of 2 versions");
        assert_eq!(
            judge(&["2", "1"], 0),
            "differs: 2 of 2 versions, no delete marker"
        );
        assert_eq!(judge(&["1", "2"], 1), "differs: the oldest comes first");
    }
}
