//! Objects in parts: two of 5 MiB, the minimum of AWS, and a short one.

use bytes::Bytes;
use s3_client::failure::Failure;
use s3_client::http::Body;
use s3_client::operations::{
    ObjectHeaders, UploadPart, complete_multipart_upload, create_multipart_upload, upload_part,
};
use s3_client::sign::PayloadHash;

use crate::bucket::TestBucket;
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};

const KEY: &str = "parts/three";
const PART_BYTES: usize = 5 * 1024 * 1024;
const PARTS: [(u8, usize); 3] = [(b'1', PART_BYTES), (b'2', PART_BYTES), (b'3', 9)];

/// The MD5 of the MD5s of the parts, as in AWS's ETags.
const ETAG: &str = "7e995758e1288724565d0fa3faf5184d-3";

pub(crate) const GROUP: Group = Group::new(
    "uploads in parts",
    &[
        Capability::new(
            "multipart",
            "three parts become one object",
            "yes",
            "files over 64 MiB go up in parts, side by side",
            "files over 64 MiB cannot be uploaded",
            |bucket| Box::pin(length(bucket)),
        ),
        Capability::new(
            "multipart_etag",
            "its ETag is the MD5 of the MD5s of its parts, -3",
            "yes",
            "downloads of large objects are proved by the MD5 of their parts",
            "downloads of large objects are proved by a checksum, or not at all",
            |bucket| Box::pin(etag(bucket)),
        ),
        Capability::new(
            "part_number_head",
            "HEAD ?partNumber=1 is about that part",
            "206, x-amz-mp-parts-count",
            "the programs ask for the part size of an object",
            "the programs try the usual part sizes side by side",
            |bucket| Box::pin(part_number(bucket)),
        ),
    ],
);

/// Sends a part and returns its ETag.
async fn send(bucket: &TestBucket, part: UploadPart<'_>, body: Bytes) -> ProbeResult<String> {
    let hash = PayloadHash::of(&body);
    let stored = bucket
        .try_often(|| {
            let body = Body::Bytes(body.clone());
            upload_part(&bucket.client, &part, body, hash, None)
        })
        .await?;
    let etag = stored.info.etag;
    etag.ok_or_else(|| Finding::unknown("a part has no ETag"))
}

/// Creates the object, once for all probes that need it.
async fn made(bucket: &TestBucket) -> ProbeResult<()> {
    let make = async || {
        let headers = ObjectHeaders::default();
        let id = bucket
            .try_often(|| create_multipart_upload(&bucket.client, &bucket.name, KEY, &headers))
            .await?;
        let mut etags = Vec::new();
        for (part_number, (byte, length)) in (1..).zip(PARTS) {
            let part = UploadPart {
                bucket: &bucket.name,
                key: KEY,
                upload_id: &id,
                part_number,
                sse: None,
            };
            let body = Bytes::from(vec![byte; length]);
            etags.push((part_number, send(bucket, part, body).await?));
        }
        let complete = async || {
            let (client, name) = (&bucket.client, &bucket.name);
            let completed = complete_multipart_upload(client, name, KEY, &id, &etags).await;
            completed
                .map(drop)
                .map_err(|failure| match failure.is_not_there() {
                    // It says nothing about the first attempt, whose response was lost.
                    true => Failure::Response("the upload is gone".to_owned()),
                    false => failure,
                })
        };
        bucket.try_often(complete).await
    };
    bucket.three_parts.get_or_init(make).await.clone()
}

async fn length(bucket: &TestBucket) -> ProbeResult {
    made(bucket).await?;
    let head = bucket.head(KEY).send().await?;
    let length: usize = PARTS.iter().map(|(_, length)| length).sum();
    let is_whole = head.is_ok() && head.header("content-length") == Some(length.to_string());
    Ok(Finding::yes_if(is_whole, "another length"))
}

async fn etag(bucket: &TestBucket) -> ProbeResult {
    made(bucket).await?;
    Ok(judge_etag(bucket.head(KEY).send().await?.etag().as_deref()))
}

fn judge_etag(etag: Option<&str>) -> Finding {
    match etag {
        Some(ETAG) => Finding::yes(),
        Some(etag) if etag.contains('-') => Finding::differs("another, of parts"),
        Some(_) => Finding::differs("another, without -3"),
        None => Finding::no("it is empty"),
    }
}

async fn part_number(bucket: &TestBucket) -> ProbeResult {
    made(bucket).await?;
    let request = bucket.head(KEY).param("partNumber", "1");
    let response = request.send().await?.or_refused()?;
    let length = response.header("content-length");
    let length = length.and_then(|length| length.parse().ok());
    let count = response.header("x-amz-mp-parts-count");
    Ok(judge_part(response.status, length, count.as_deref()))
}

fn judge_part(status: u16, length: Option<usize>, count: Option<&str>) -> Finding {
    let is_part = length == Some(PART_BYTES);
    let what = if is_part {
        "the part"
    } else {
        "the whole object"
    };
    match (status, count) {
        (206, Some("3")) if is_part => Finding::yes(),
        (_, None) => Finding::differs(format!("{status}, {what}, no count of parts")),
        (_, Some(_)) => Finding::differs(format!("{status}, {what}, with a count of parts")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    #[test]
    fn only_206_with_a_count_and_the_length_of_the_part_is_about_the_part() {
        assert!(judge_part(206, Some(PART_BYTES), Some("3")).is_yes());
        let whole = judge_part(200, Some(2 * PART_BYTES + 9), None).to_string();
        assert_eq!(whole, "differs: 200, the whole object, no count of parts");
        assert!(!judge_part(206, Some(2 * PART_BYTES + 9), Some("3")).is_yes());
        assert!(!judge_part(206, Some(PART_BYTES), None).is_yes());
    }

    #[test]
    fn another_etag_and_none_are_told_apart() {
        assert!(judge_etag(Some(ETAG)).is_yes());
        assert_eq!(judge_etag(None).verdict, Verdict::No);
        let other = judge_etag(Some("abc")).to_string();
        assert_eq!(other, "differs: another, without -3");
    }
}
