//! Writing on a condition.

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};
use crate::response::ProbeResponse;

const OLD: &str = "old";

pub(crate) const GROUP: Group = Group::new(
    "conditions",
    &[Capability::new(
        "put_if_none_match",
        "PUT with If-None-Match: * over an object is refused",
        "412 PreconditionFailed",
        "objects could be protected against being replaced",
        "nothing protects an object against two writers: the last one wins",
        |bucket| Box::pin(put_if_none_match(bucket)),
    )],
);

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
