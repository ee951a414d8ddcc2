//! Reading and writing on conditions.

use crate::check::asker::Asker;
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe, Unknown};
use crate::check::reply::Reply;

const OLD: &str = "old";

/// An ETag that no object has.
const NO_ETAG: &str = "\"00000000000000000000000000000000\"";

pub(crate) const GROUP: Group = Group {
    title: "conditions",
    capabilities: &[
        Capability::new(
            "get_if_match",
            "GET with If-Match",
            "200, or 412 if the object is another",
            "an object that changes while it is read is noticed at once",
            "an object that changes while it is read is noticed by the ETag of each response",
        ),
        Capability::new(
            "put_if_none_match",
            "PUT with If-None-Match: * over an object",
            "412 PreconditionFailed",
            "objects could be protected against being replaced",
            "nothing protects an object against two writers: the last one wins",
        ),
        Capability::new(
            "put_if_match",
            "PUT with If-Match and another ETag",
            "412 PreconditionFailed",
            "objects could be protected against a writer who saw an older state",
            "nothing protects an object against two writers: the last one wins",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add("get_if_match", get_if_match(&asker).await);
    let write = put(&asker, "condition/new only", "if-none-match", "*").await;
    found.add("put_if_none_match", write);
    let write = put(&asker, "condition/same only", "if-match", NO_ETAG).await;
    found.add("put_if_match", write);
    found
}

async fn etag_of(asker: &Asker, key: &str) -> Probe<String> {
    asker.store(key, OLD).await?;
    let etag = asker.about("HEAD", key).send().await?.header("etag");
    etag.ok_or_else(|| Unknown("the object has no ETag".into()))
}

async fn get_if_match(asker: &Asker) -> Probe {
    let key = "condition/if match";
    let etag = etag_of(asker, key).await?;
    let get = |etag: &str| asker.about("GET", key).header("if-match", etag).send();
    let (same, other) = (get(&etag).await?, get(NO_ETAG).await?);
    Ok(judge_get(same.status, other.status))
}

/// The statuses of responses to a GET with the same ETag and with another.
fn judge_get(same: u16, other: u16) -> Found {
    match (same, other) {
        (200, 412) => Found::yes(),
        (200, 200) => Found::No("ignored".into()),
        _ => Found::Differs(format!("{same} with the same ETag, {other} with another")),
    }
}

/// Writes over an object on a condition that does not hold.
async fn put(asker: &Asker, key: &str, name: &str, value: &str) -> Probe {
    asker.store(key, OLD).await?;
    let reply = asker.put(key, "new").header(name, value).send().await?;
    let kept = asker.about("GET", key).send().await?.body == OLD;
    Ok(judge_put(&reply, kept))
}

fn judge_put(reply: &Reply, kept: bool) -> Found {
    match (reply.ok(), kept) {
        (true, false) => Found::No("ignored: the object is replaced".into()),
        (true, true) => Found::differs("accepted, but not replaced"),
        (false, false) => Found::Differs(format!("{}, but replaced", reply.refusal())),
        (false, true) if reply.status == 412 => Found::yes(),
        (false, true) => reply.refused(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_condition_is_told_from_one_that_works_otherwise() {
        assert!(judge_get(200, 412).is_yes());
        assert_eq!(judge_get(200, 200).to_string(), "no: ignored");
        assert_eq!(judge_get(404, 412).word(), "differs");
    }
}
