//! Removing a bucket that is not empty. This probe must be the last: if the service does it, the bucket of the probes
//! is gone.

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};

pub(crate) const GROUP: Group = Group {
    title: "removing a bucket",
    changes_the_bucket: true,
    capabilities: &[Capability::new(
        "delete_full_bucket",
        "deleting a bucket with objects in it is refused",
        "409 BucketNotEmpty",
        "bucket_demo never loses anything by removing a bucket",
        "bucket_demo would remove what somebody else put into its bucket",
        |bucket| Box::pin(delete_full(bucket)),
    )],
};

async fn delete_full(bucket: &TestBucket) -> ProbeResult {
    bucket.store("full", "x").await?;
    let response = bucket.request("DELETE").send().await?;
    Ok(match response.status {
        409 => Finding::yes(),
        // 404: an earlier attempt has removed it, and its response was lost.
        status if status == 404 || response.is_ok() => {
            Finding::no("the bucket was deleted with everything in it")
        }
        _ => Finding::differs(response.refusal()),
    })
}
