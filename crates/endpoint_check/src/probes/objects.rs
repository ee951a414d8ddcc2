//! Single objects: the content that is read must equal the content that was written.

use s3_client::operations::delete_objects;

use super::attributes;
use crate::bucket::{Repeat, TestBucket};
use crate::capability::{Capability, Group};
use crate::finding::{Finding, ProbeResult};

const BODY: &str = "what bucket_demo sends";
const BODY_MD5: &str = "8b1908d4cd257e2457e32be5dbcae476";

pub(crate) const GROUP: Group = Group::new(
    "objects",
    &[
        Capability::new(
            "round_trip",
            "what was stored comes back unchanged",
            "yes",
            "uploads and downloads work",
            "THIS ENDPOINT CANNOT BE USED: what was stored does not come back",
            |bucket| Box::pin(round_trip(bucket)),
        )
        .essential(),
        Capability::new(
            "etag_md5",
            "the ETag of PUT, HEAD and listings is the MD5 of the object",
            "yes, except under KMS or a customer key",
            "downloads of small objects are proved by MD5; equal files are recognised and skipped",
            "equal files are not recognised without a checksum, and transferred again",
            |bucket| Box::pin(etag_md5(bucket)),
        ),
        Capability::new(
            "missing_key",
            "an object that is not there",
            "404 NoSuchKey",
            "exit 4, and the message says that the object is not there",
            "a missing object is reported in the words of the service",
            |bucket| Box::pin(missing(bucket)),
        ),
        Capability::new(
            "range",
            "ranges: 0-3, 5-, -4, 2-2, and 416 beyond the end",
            "206 and 416",
            "large objects are downloaded in parts, side by side",
            "large objects may fail to download in parts",
            |bucket| Box::pin(ranges(bucket)),
        ),
        Capability::new(
            "empty_object",
            "an empty object",
            "200 and no bytes",
            "empty files go up and come back",
            "empty files may fail",
            |bucket| Box::pin(empty(bucket)),
        ),
        Capability::new(
            "headers_kept",
            "Content-*, Cache-Control, Expires and metadata are kept",
            "all",
            "--content-type, --cache-control, --metadata and similar flags work",
            "some attributes are lost on this service",
            |bucket| Box::pin(attributes::headers(bucket)),
        ),
        Capability::new(
            "tags",
            "object tags are kept",
            "yes",
            "--tags works",
            "--tags cannot be used here",
            |bucket| Box::pin(attributes::tags(bucket)),
        ),
        Capability::new(
            "sse_s3",
            "encryption at rest on request (SSE-S3)",
            "yes",
            "--sse AES256 works",
            "--sse cannot be used here",
            |bucket| Box::pin(attributes::sse(bucket)),
        ),
        Capability::new(
            "delete_objects",
            "deleting many objects with one request",
            "yes",
            "bucket_demo deletes 1,000 objects at a time",
            "bucket_demo deletes objects one by one, or cannot delete them",
            |bucket| Box::pin(delete(bucket)),
        ),
    ],
);

async fn round_trip(bucket: &TestBucket) -> ProbeResult {
    let key = "object/round trip";
    bucket.put(key, BODY).send().await?.or_refused()?;
    let response = bucket.get(key).send().await?.or_refused()?;
    Ok(Finding::yes_if(
        response.body == BODY,
        "other bytes came back",
    ))
}

async fn etag_md5(bucket: &TestBucket) -> ProbeResult {
    let key = "object/etag";
    let put = bucket.store(key, BODY).await?.etag();
    let head = bucket.head(key).send().await?.etag();
    let page = bucket.list(bucket.under(key)).await?;
    let listed = page.objects.into_iter().next();
    let listed = listed.and_then(|object| object.etag);
    Ok(judge_etags([
        ("PUT", put),
        ("HEAD", head),
        ("list", listed),
    ]))
}

fn judge_etags(etags: [(&str, Option<String>); 3]) -> Finding {
    let wrong = etags.into_iter().filter_map(|(place, etag)| match etag {
        Some(etag) if etag == BODY_MD5 => None,
        Some(_) => Some(format!("{place} has another")),
        None => Some(format!("{place} has none")),
    });
    let wrong: Vec<String> = wrong.collect();
    Finding::yes_if(wrong.is_empty(), wrong.join(", "))
}

async fn missing(bucket: &TestBucket) -> ProbeResult {
    let response = bucket.get("object/none").send().await?;
    Ok(response.judge_missing("NoSuchKey"))
}

async fn ranges(bucket: &TestBucket) -> ProbeResult {
    let key = "object/range";
    bucket.store(key, "0123456789").await?;
    let mut wrong = Vec::new();
    for (range, bytes) in [
        ("0-3", "0123"),
        ("5-", "56789"),
        ("-4", "6789"),
        ("2-2", "2"),
    ] {
        let request = bucket.get(key).header("range", format!("bytes={range}"));
        let response = request.send().await?;
        if response.status != 206 || response.body != bytes {
            wrong.push(format!("{range}: {}", response.status));
        }
    }
    let beyond = bucket.get(key).header("range", "bytes=100-").send().await?;
    if beyond.status != 416 {
        wrong.push(format!("100- of 10 bytes: {}", beyond.status));
    }
    Ok(Finding::yes_if(wrong.is_empty(), wrong.join(", ")))
}

async fn empty(bucket: &TestBucket) -> ProbeResult {
    let key = "object/empty";
    bucket.put(key, "").send().await?.or_refused()?;
    let response = bucket.get(key).send().await?;
    let is_empty = response.status == 200 && response.body.is_empty();
    Ok(Finding::yes_if(is_empty, response.refusal()))
}

async fn delete(bucket: &TestBucket) -> ProbeResult {
    let keys = ["delete/one", "delete/two"];
    for key in keys {
        bucket.store(key, "x").await?;
    }
    bucket
        .try_often(Repeat::Harmless, || {
            delete_objects(&bucket.client, &bucket.name, &keys)
        })
        .await?;
    for key in keys {
        if bucket.has(key).await? {
            return Ok(Finding::no("200, but an object is still there"));
        }
    }
    Ok(Finding::yes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_etag_and_another_one_are_told_apart() {
        let etag = |text: &str| Some(text.to_owned());
        let md5 = || etag(BODY_MD5);
        assert!(judge_etags([("PUT", md5()), ("HEAD", md5()), ("list", md5())]).is_yes());
        let some = judge_etags([("PUT", md5()), ("HEAD", etag("0-1")), ("list", None)]);
        assert_eq!(some.to_string(), "differs: HEAD has another, list has none");
    }
}
