//! What the service says about buckets.

use crate::check::asker::Asker;
use crate::check::capability::{Capability, Group, Turn};
use crate::check::finding::{Findings, Found, Probe};
use crate::check::reply::{Reply, shown};

pub(crate) const GROUP: Group = Group {
    title: "buckets",
    capabilities: &[
        Capability::new(
            "missing_bucket",
            "a bucket that is not there",
            "404 NoSuchBucket",
            "exit 4, and the message says that the bucket is not there",
            "a missing bucket is reported in the words of the service",
        ),
        Capability::new(
            "list_buckets",
            "the list of buckets has this one",
            "yes",
            "do_bucket_list shows the buckets of this key",
            "do_bucket_list cannot show the buckets; name the bucket instead",
        ),
        Capability::new(
            "create_again",
            "creating a bucket of one's own again",
            "409 BucketAlreadyOwnedByYou (200 in us-east-1)",
            "bucket_demo can tell one's own bucket from somebody else's",
            "bucket_demo treats the bucket as one that was there before",
        ),
        Capability::new(
            "bucket_region",
            "HEAD of a bucket names its region",
            "x-amz-bucket-region",
            "errors can name the region of a bucket",
            "the region has to be known",
        ),
    ],
    probe: |asker| Box::pin(probe(asker)),
    turn: Turn::Together,
};

async fn probe(asker: Asker) -> Findings {
    let mut found = Findings::default();
    found.add("missing_bucket", missing(&asker).await);
    found.add("list_buckets", listed(&asker).await);
    found.add("create_again", again(&asker).await);
    found.add("bucket_region", region(&asker).await);
    found
}

async fn missing(asker: &Asker) -> Probe {
    let name = format!("{}-none", asker.bucket());
    let ask = asker.about_other("GET", &name).param("list-type", "2");
    Ok(judge_missing(&ask.send().await?, "NoSuchBucket"))
}

/// Whether the response is a 404 with this code.
pub(super) fn judge_missing(reply: &Reply, code: &str) -> Found {
    if reply.ok() {
        Found::No("answers as if it were there".into())
    } else if reply.status == 404 && reply.code() == Some(code) {
        Found::yes()
    } else {
        Found::Differs(reply.refusal().to_string())
    }
}

async fn listed(asker: &Asker) -> Probe {
    let buckets = asker.client.retry(|| {
        asker.count();
        s3_client::operations::list_buckets(&asker.client)
    });
    Ok(match buckets.await {
        Ok(buckets) => {
            let there = buckets.iter().any(|bucket| bucket.name == asker.bucket());
            Found::when(there, "it is not in the list")
        }
        Err(s3_client::Failure::Service(failure))
            if failure.status < 500 || failure.status == 501 =>
        {
            Found::Refused(crate::check::finding::Refusal {
                status: failure.status,
                code: failure.code.as_deref().map(shown),
            })
        }
        Err(_) => Found::Unknown("the list could not be read".into()),
    })
}

/// Harmless: the bucket is ours.
async fn again(asker: &Asker) -> Probe {
    let reply = asker.about_bucket("PUT").send().await?;
    Ok(match (reply.status, reply.code()) {
        (409, Some("BucketAlreadyOwnedByYou")) => Found::Yes("409 BucketAlreadyOwnedByYou".into()),
        (200, None) => Found::Yes("200".into()),
        _ => Found::Differs(reply.refusal().to_string()),
    })
}

async fn region(asker: &Asker) -> Probe {
    let reply = asker.about_bucket("HEAD").send().await?;
    Ok(match reply.header("x-amz-bucket-region") {
        _ if !reply.ok() => reply.refused(),
        Some(_) => Found::yes(),
        None => Found::no(),
    })
}
