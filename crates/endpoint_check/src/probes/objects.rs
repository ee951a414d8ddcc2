//! Single objects: the content that is read must equal the content that was written.

use super::attributes;
use crate::bucket::TestBucket;
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
            "range",
            "ranges: 0-3, 5-, -4, 2-2, and 416 beyond the end",
            "206 and 416",
            "large objects are downloaded in parts, side by side",
            "large objects may fail to download in parts",
            |bucket| Box::pin(ranges(bucket)),
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
