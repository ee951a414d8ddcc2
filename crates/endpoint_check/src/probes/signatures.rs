//! Does the service check signatures?

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult, Verdict};

pub(crate) const GROUP: Group = Group::new(
    "signatures",
    &[Capability::new(
        "wrong_secret",
        "a wrong secret is refused",
        "403 SignatureDoesNotMatch",
        "a wrong secret ends the programs with exit 5 and a message that says so",
        "a wrong secret goes unnoticed: whoever knows the address can do everything",
        |bucket| Box::pin(wrong_secret(bucket)),
    )],
);

async fn wrong_secret(bucket: &TestBucket) -> ProbeResult {
    if bucket.client.shown_key().is_anonymous {
        return Err(Finding::unknown("requests are not signed"));
    }
    let list = bucket.request("GET").param("list-type", "2");
    let response = list.with_wrong_secret().send().await?;
    Ok(match response.status {
        _ if response.is_ok() => Finding::no("accepted"),
        400 | 401 | 403 => Finding::new(Verdict::Yes, response.refusal()),
        _ => Finding::differs(response.refusal()),
    })
}
