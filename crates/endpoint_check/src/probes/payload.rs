//! Does the service check the bodies of requests? It must not store a body that it refuses.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use s3_client::http::Body;
use s3_client::sign::PayloadHash;

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult, Verdict};

/// The announced length of the incomplete body, and how much of it is sent.
const ANNOUNCED_BYTES: u64 = 256 * 1024;
const SENT_BYTES: usize = 64 * 1024;

/// How long a service may take to store a body that it should refuse.
const TIME_TO_STORE: Duration = Duration::from_millis(300);

pub(crate) const GROUP: Group = Group::new(
    "what is sent",
    &[
        Capability::new(
            "payload_sha256",
            "a body that does not fit its SHA-256 is refused",
            "400 XAmzContentSHA256Mismatch",
            "uploads are proved: bytes damaged on the way are refused and sent again",
            "the service does not prove uploads: only the ETag shows damage on the way",
            |bucket| Box::pin(wrong_sha256(bucket)),
        ),
        Capability::new(
            "cut_off_body",
            "a body that breaks off is not stored",
            "nothing is stored",
            "an interrupted upload leaves nothing behind",
            "an interrupted upload may leave a damaged object: run it again",
            |bucket| Box::pin(cut_off(bucket)),
        ),
    ],
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

/// The body is read from a file that is shorter than announced, so the client closes the connection. The body is not
/// hashed: only its length shows that it is incomplete.
async fn cut_off(bucket: &TestBucket) -> ProbeResult {
    let key = "payload/cut";
    let no_file = |error: std::io::Error| Finding::unknown(format!("no temporary file: {error}"));
    let mut file = tempfile::tempfile().map_err(no_file)?;
    file.write_all(&[b'x'; SENT_BYTES]).map_err(no_file)?;
    let body = Body::File {
        file: Arc::new(file),
        offset: 0,
        len: ANNOUNCED_BYTES,
    };
    let client = &bucket.client;
    let mut request = client.request("PUT", Some(&bucket.name), Some(key));
    request.body(body, PayloadHash::Unsigned);
    bucket.count();
    if let Ok(response) = client.send(request).await
        && !response.is_success()
    {
        let early = format!("it was answered early: HTTP {}", response.status);
        return Err(Finding::unknown(early));
    }
    tokio::time::sleep(TIME_TO_STORE).await;
    Ok(if bucket.has(key).await? {
        Finding::no("stored")
    } else {
        Finding::yes()
    })
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
