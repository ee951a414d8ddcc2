//! Does the service check the bodies of requests? It must not store a body that it refuses.

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult, Verdict};

pub(crate) const GROUP: Group = Group::new(
    "what is sent",
    &[Capability::new(
        "payload_sha256",
        "a body that does not fit its SHA-256 is refused",
        "400 XAmzContentSHA256Mismatch",
        "uploads are proved: bytes damaged on the way are refused and sent again",
        "the service does not prove uploads: only the ETag shows damage on the way",
        |bucket| Box::pin(wrong_sha256(bucket)),
    )],
);

async fn wrong_sha256(bucket: &TestBucket) -> ProbeResult {
    let key = "payload/sha256";
    let response = bucket.put(key, "sent").signed_for("signed").send().await?;
    let is_stored = bucket.has(key).await?;
    Ok(judge(response.is_ok(), is_stored, response.refusal()))
}

/// `refusal`: the response of the service, if it refused.
fn judge(is_accepted: bool, is_stored: bool, refusal: String) -> Finding {
    match (is_accepted, is_stored) {
        (false, false) => Finding::new(Verdict::Yes, refusal),
        (false, true) => Finding::differs(format!("{refusal}, but stored")),
        (true, true) => Finding::no("accepted and stored"),
        (true, false) => Finding::differs("accepted, but not stored"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_only_if_nothing_was_stored() {
        let refusal = || "400 BadDigest".to_owned();
        assert!(judge(false, false, refusal()).is_yes());
        let finding = judge(false, true, refusal());
        assert_eq!(finding.to_string(), "differs: 400 BadDigest, but stored");
        assert_eq!(judge(true, true, refusal()).verdict, Verdict::No);
        assert_eq!(judge(true, false, refusal()).verdict, Verdict::Differs);
    }
}
