//! The attributes of an object, besides its content.

use crate::bucket::TestBucket;
use crate::finding::{Finding, ProbeResult};
use crate::response::shown;

const BODY: &str = "with attributes";

/// Headers that an object must keep. Services often change such values.
const KEPT: [(&str, &str); 8] = [
    ("content-type", "text/css; charset=utf-8"),
    ("cache-control", "max-age=60, public"),
    ("content-disposition", "attachment; filename=\"a b.txt\""),
    ("content-encoding", "x-none"),
    ("content-language", "de, en"),
    ("expires", "Thu, 01 Dec 2033 16:00:00 GMT"),
    ("x-amz-meta-plain", "a  b"),
    ("x-amz-meta-sign", "=+/%"),
];

pub(super) async fn headers(bucket: &TestBucket) -> ProbeResult {
    let key = "object/headers";
    let mut request = bucket.put(key, BODY);
    for (name, value) in KEPT {
        request = request.header(name, value);
    }
    request.send().await?.or_refused()?;
    let head = bucket.head(key).send().await?;
    let head = head.or_unknown("HEAD was refused")?;
    let lost = KEPT
        .into_iter()
        .filter_map(|(name, value)| match head.header(name) {
            Some(kept) if kept == value => None,
            Some(kept) => Some(format!("{name} became {}", shown(&kept))),
            None => Some(format!("{name} is lost")),
        });
    let lost: Vec<String> = lost.collect();
    Ok(Finding::yes_if(lost.is_empty(), lost.join(", ")))
}

pub(super) async fn tags(bucket: &TestBucket) -> ProbeResult {
    let key = "object/tags";
    let request = bucket.put(key, BODY);
    let request = request.header("x-amz-tagging", "colour=dark%20blue");
    request.send().await?.or_refused()?;
    let response = bucket.get(key).subresource("tagging").send().await?;
    let body = response.or_refused()?.body;
    // Services that do not know the parameter return the object instead.
    if body == BODY {
        return Ok(Finding::no(""));
    }
    let is_kept = String::from_utf8_lossy(&body).contains(">dark blue<");
    Ok(Finding::yes_if(is_kept, "they are dropped"))
}

pub(super) async fn sse(bucket: &TestBucket) -> ProbeResult {
    let key = "object/sse";
    let header = "x-amz-server-side-encryption";
    let request = bucket.put(key, BODY).header(header, "AES256");
    request.send().await?.or_refused()?;
    let head = bucket.head(key).send().await?;
    Ok(match head.header(header).as_deref() {
        Some("AES256") => Finding::yes(),
        _ => Finding::no("the header is ignored"),
    })
}
