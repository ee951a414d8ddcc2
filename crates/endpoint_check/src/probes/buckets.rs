//! Properties of buckets that the service reports.

use s3_client::operations::list_buckets;

use crate::bucket::{Repeat, TestBucket};
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};

pub(crate) const GROUP: Group = Group::new(
    "buckets",
    &[
        Capability::new(
            "missing_bucket",
            "a bucket that is not there",
            "404 NoSuchBucket",
            "exit 4, and the message says that the bucket is not there",
            "a missing bucket is reported in the words of the service",
            |bucket| Box::pin(missing(bucket)),
        ),
        Capability::new(
            "list_buckets",
            "the list of buckets has this one",
            "yes",
            "do_bucket_list shows the buckets of this key",
            "do_bucket_list cannot show the buckets; name the bucket instead",
            |bucket| Box::pin(is_listed(bucket)),
        ),
        Capability::new(
            "bucket_region",
            "HEAD of a bucket names its region",
            "x-amz-bucket-region",
            "errors can name the region of a bucket",
            "the region has to be known",
            |bucket| Box::pin(region(bucket)),
        ),
    ],
);

async fn missing(bucket: &TestBucket) -> ProbeResult {
    let request = bucket.request("GET").param("list-type", "2");
    let none = format!("{}-none", bucket.name);
    let response = request.of_bucket(none).send().await?;
    Ok(response.judge_missing("NoSuchBucket"))
}

async fn is_listed(bucket: &TestBucket) -> ProbeResult {
    let listed = bucket
        .try_often(Repeat::Harmless, || list_buckets(&bucket.client))
        .await?;
    let is_there = listed.iter().any(|listed| listed.name == bucket.name);
    Ok(Finding::yes_if(is_there, "it is not in the list"))
}

async fn region(bucket: &TestBucket) -> ProbeResult {
    let response = bucket.request("HEAD").send().await?.or_refused()?;
    Ok(match response.header("x-amz-bucket-region") {
        Some(_) => Finding::yes(),
        None => Finding::no(""),
    })
}
