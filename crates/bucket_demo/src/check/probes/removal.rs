//! Removing a bucket that is not empty: the last of all questions, because a service that says yes
//! has removed the bucket that is ours.

use crate::check::asker::Asker;
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};

const GONE: &str = "the bucket was deleted with all that is in it";

pub(crate) const GROUP: Group = Group {
    title: "removing a bucket",
    capabilities: &[Capability::new(
        "delete_full_bucket",
        "deleting a bucket with objects in it is refused",
        "409 BucketNotEmpty",
        "bucket_demo never loses anything by removing a bucket",
        "bucket_demo looks into a bucket before it removes it",
    )],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Alone,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add("delete_full_bucket", delete_full(&asker).await);
    found
}

async fn delete_full(asker: &Asker) -> Probe {
    asker.store("full", "x").await?;
    let reply = asker.about_bucket("DELETE").send().await?;
    Ok(match reply.status {
        409 => Found::yes(),
        // 404: an earlier attempt, whose response was lost, has removed it.
        404 => Found::No(GONE.into()),
        _ if reply.ok() => Found::No(GONE.into()),
        _ => Found::Differs(reply.refusal().to_string()),
    })
}
