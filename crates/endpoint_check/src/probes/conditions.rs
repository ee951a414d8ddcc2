//! Reading and writing on conditions.

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};
use crate::response::ProbeResponse;

const OLD: &str = "old";

/// An ETag that no object has.
const NO_ETAG: &str = "\"00000000000000000000000000000000\"";

pub(crate) const GROUP: Group = Group::new(
    "conditions",
    &[
        Capability::new(
            "get_if_match",
            "GET with If-Match",
            "200, or 412 if the object is another",
            "an object that changes while it is read is noticed at once",
            "an object that changes while it is read is noticed by the ETag of each response",
            |bucket| Box::pin(get_if_match(bucket)),
        ),
        Capability::new(
            "put_if_none_match",
            "PUT with If-None-Match: * over an object is refused",
            "412 PreconditionFailed",
            "objects could be protected against being replaced",
            "nothing protects an object against two writers: the last one wins",
            |bucket| Box::pin(put_if_none_match(bucket)),
        ),
    ],
);

async fn get_if_match(bucket: &TestBucket) -> ProbeResult {
    let key = "condition/if match";
    bucket.store(key, OLD).await?;
    let etag = bucket.head(key).send().await?.header("etag");
    let etag = etag.ok_or_else(|| Finding::unknown("the object has no ETag"))?;
    let same = bucket.get(key).header("if-match", etag).send().await?;
    let other = bucket.get(key).header("if-match", NO_ETAG).send().await?;
    Ok(judge_get(same.status, other.status))
}

/// The statuses of two GETs: with the same ETag and with another.
fn judge_get(same: u16, other: u16) -> Finding {
    match (same, other) {
        (200, 412) => Finding::yes(),
        (200, 200) => Finding::no("ignored"),
        _ => Finding::differs(format!("{same} with the same ETag, {other} with another")),
    }
}

/// Replaces an object under a condition that is false.
async fn put_if_none_match(bucket: &TestBucket) -> ProbeResult {
    let key = "condition/new only";
    bucket.store(key, OLD).await?;
    let request = bucket.put(key, "new").header("if-none-match", "*");
    let response = request.send().await?;
    let is_kept = bucket.get(key).send().await?.body == OLD;
    judge_put(response, is_kept)
}

fn judge_put(response: ProbeResponse, is_kept: bool) -> ProbeResult {
    Ok(match (response.is_ok(), is_kept) {
        (true, false) => Finding::no("ignored: the object is replaced"),
        (true, true) => Finding::differs("accepted, but not replaced"),
        (false, false) => Finding::differs(format!("{}, but replaced", response.refusal())),
        (false, true) if response.status == 412 => Finding::yes(),
        (false, true) => return response.or_refused().map(|_| Finding::yes()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    #[test]
    fn an_ignored_condition_is_told_from_one_that_works_differently() {
        assert!(judge_get(200, 412).is_yes());
        assert_eq!(judge_get(200, 200).to_string(), "no: ignored");
        assert_eq!(judge_get(404, 412).verdict, Verdict::Differs);
    }
}
