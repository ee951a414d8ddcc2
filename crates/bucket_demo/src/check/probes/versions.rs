//! Versions: what was replaced or deleted can be brought back. Runs after everything else,
//! because it changes what deleting means in the whole bucket.

use super::lifecycle::with_md5;
use crate::check::asker::Asker;
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe, Unknown};
use crate::check::reply::Reply;
use crate::check::xml::Document;

const KEY: &str = "version/one";

/// A body for PUT ?versioning.
const ENABLED: &str = "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
     <Status>Enabled</Status></VersioningConfiguration>";

const CAPABILITIES: [Capability; 6] = [
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
    Capability::new(
        "undelete",
        "deleting the delete marker brings the object back",
        "yes",
        "not needed: s3_restore brings deleted objects to the disk",
        "not needed: s3_restore brings deleted objects to the disk",
    ),
    Capability::new(
        "get_delete_marker",
        "GET of a delete marker by its id",
        "405 MethodNotAllowed",
        "not needed: the listing tells markers from versions",
        "not needed: the listing tells markers from versions",
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
            found.add("get_delete_marker", history.get_marker(&asker).await);
            found.add("undelete", history.undelete(&asker).await);
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
        let id = |reply: &Reply| {
            let id = reply.header("x-amz-version-id");
            id.ok_or_else(|| Unknown("a version has no id".into()))
        };
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
        if versions == [self.second.as_str(), self.first.as_str()] && markers == 1 {
            return Found::yes();
        }
        let count = versions.len();
        Found::Differs(format!(
            "{count} of 2 versions, {markers} of 1 delete markers"
        ))
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

    fn marker(&self) -> Probe<&str> {
        let id = self.list.first("DeleteMarker/VersionId");
        id.ok_or_else(|| Unknown("the delete marker is not listed".into()))
    }

    async fn get_marker(&self, asker: &Asker) -> Probe {
        let ask = asker.about("GET", KEY).param("versionId", self.marker()?);
        let reply = ask.send().await?;
        Ok(match reply.status {
            405 => Found::yes(),
            _ if reply.ok() => Found::No("it can be read".into()),
            _ => Found::Differs(reply.refusal().to_string()),
        })
    }

    async fn undelete(&self, asker: &Asker) -> Probe {
        let gone = asker.about("GET", KEY).send().await?;
        if gone.ok() {
            return Ok(Found::No("the deleted object can still be read".into()));
        }
        let ask = asker
            .about("DELETE", KEY)
            .param("versionId", self.marker()?);
        let reply = ask.send().await?;
        if !reply.ok() {
            return Ok(reply.refused());
        }
        let back = asker.about("GET", KEY).send().await?;
        Ok(if back.ok() && back.body == "second" {
            Found::yes()
        } else {
            Found::no()
        })
    }
}

/// Seven versions of two objects, two at a time.
async fn pages(asker: &Asker) -> Probe {
    for key in ["versions/a", "versions/b"] {
        for body in ["1", "2", "3"] {
            asker.store(key, body).await?;
        }
    }
    asker
        .about("DELETE", "versions/b")
        .send()
        .await?
        .expected("deleting was refused")?;
    let mut ids = Vec::new();
    let mut marker: Option<(String, String)> = None;
    for _ in 0..10 {
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
            return Ok(judge_pages(ids));
        }
        let text = |path| xml.first(path).unwrap_or_default().to_owned();
        marker = Some((text("NextKeyMarker"), text("NextVersionIdMarker")));
    }
    Ok(Found::differs("the pages do not end"))
}

fn judge_pages(mut ids: Vec<String>) -> Found {
    let listed = ids.len();
    ids.sort_unstable();
    ids.dedup();
    match (listed, ids.len()) {
        (7, 7) => Found::yes(),
        (listed, different) if listed > different => Found::differs("versions are listed twice"),
        (listed, _) => Found::No(format!("{listed} of 7")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_stop_early_or_repeat_are_seen() {
        let ids = |range: std::ops::Range<u8>| range.map(|id| id.to_string()).collect::<Vec<_>>();
        assert!(judge_pages(ids(0..7)).is_yes());
        assert_eq!(judge_pages(ids(0..2)).to_string(), "no: 2 of 7");
        let twice = [ids(0..7), ids(0..1)].concat();
        assert_eq!(
            judge_pages(twice).to_string(),
            "differs: versions are listed twice"
        );
    }
}
