//! Does the service look at what it is sent? A refused body must not be stored either.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use s3_client::http::Body;
use s3_client::sign::PayloadHash;

use crate::check::asker::{Ask, Asker};
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe, Unknown};

/// What a body that is cut off claims to be long, and what is sent of it.
const ANNOUNCED_BYTES: u64 = 256 * 1024;
const SENT_BYTES: usize = 64 * 1024;

/// How long a service may take to store what it should not.
const SETTLE: Duration = Duration::from_millis(300);

pub(crate) const GROUP: Group = Group {
    title: "what is sent",
    capabilities: &[
        Capability::new(
            "payload_sha256",
            "a body that does not fit its SHA-256 is refused",
            "400 XAmzContentSHA256Mismatch",
            "uploads are proved: bytes damaged on their way are refused and sent again",
            "uploads are not proved by the service: damage on the way shows only in the ETag",
        ),
        Capability::new(
            "cut_off_body",
            "a body that breaks off is not stored",
            "nothing is stored",
            "an interrupted upload leaves nothing behind",
            "an interrupted upload may leave a damaged object: run it again",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    let lie = asker
        .put("payload/sha256", "sent")
        .hash(PayloadHash::of(b"signed"));
    found.add(
        "payload_sha256",
        refused(&asker, "payload/sha256", lie).await,
    );
    found.add("cut_off_body", cut_off(&asker, "payload/cut").await);
    found
}

async fn refused(asker: &Asker, key: &str, lie: Ask) -> Probe {
    let reply = lie.send().await?;
    let stored = stored(asker, key).await?;
    Ok(judge(reply.ok(), stored, reply.refusal().to_string()))
}

/// `refusal` is what the service said, if it refused.
fn judge(accepted: bool, stored: bool, refusal: String) -> Found {
    match (accepted, stored) {
        (false, false) => Found::Yes(refusal),
        (false, true) => Found::Differs(format!("{refusal}, but stored")),
        (true, true) => Found::No("accepted and stored".into()),
        (true, false) => Found::differs("accepted, but not stored"),
    }
}

/// Whether there is such an object.
pub(crate) async fn stored(asker: &Asker, key: &str) -> Probe<bool> {
    let reply = asker.about("HEAD", key).send().await?;
    match reply.status {
        200 => Ok(true),
        404 => Ok(false),
        _ => Err(Unknown(format!("HEAD was refused: {}", reply.refusal()))),
    }
}

/// The body comes from a file that is shorter than announced, at which our transport ends the
/// connection. It is not hashed, so that nothing but its length can tell.
async fn cut_off(asker: &Asker, key: &str) -> Probe {
    let local = |error: std::io::Error| Unknown(format!("no temporary file: {error}"));
    let mut file = tempfile::tempfile().map_err(local)?;
    file.write_all(&[b'x'; SENT_BYTES]).map_err(local)?;
    let body = Body::File {
        file: Arc::new(file),
        offset: 0,
        len: ANNOUNCED_BYTES,
    };
    let mut request = asker.client.request("PUT", Some(asker.bucket()), Some(key));
    request.body(body, PayloadHash::Unsigned);
    asker.count();
    if let Ok(response) = asker.client.send(request).await
        && !response.is_success()
    {
        return Err(Unknown(format!(
            "it was answered early: HTTP {}",
            response.status
        )));
    }
    tokio::time::sleep(SETTLE).await;
    Ok(if stored(asker, key).await? {
        Found::No("stored".into())
    } else {
        Found::yes()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_only_if_nothing_was_stored() {
        let refusal = || "400 BadDigest".to_owned();
        assert!(judge(false, false, refusal()).is_yes());
        let found = judge(false, true, refusal());
        assert_eq!(found.to_string(), "differs: 400 BadDigest, but stored");
        assert_eq!(judge(true, true, refusal()).word(), "no");
        assert_eq!(judge(true, false, refusal()).word(), "differs");
    }
}
