//! What an object keeps of the request that created it: headers, tags, ACL.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use s3s::{S3Result, s3_error};

use super::customer_key::{SSE, customer_key, echo_customer_key};
use crate::store::object::Attributes;

const STORAGE_CLASS: &str = "x-amz-storage-class";

/// Headers that GET and HEAD return unchanged. s3s's typed fields are not used, because they decode and encode metadata.
const KEPT: [&str; 9] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    STORAGE_CLASS,
    SSE,
    "x-amz-server-side-encryption-aws-kms-key-id",
];

/// The attributes in a request that puts an object or begins an upload.
pub(super) fn of_request(headers: &HeaderMap) -> S3Result<Attributes> {
    let mut kept = HeaderMap::new();
    for (name, value) in headers {
        if name.as_str().starts_with("x-amz-meta-") || KEPT.contains(&name.as_str()) {
            kept.append(name, value.clone());
        }
    }
    drop_framing(&mut kept);
    // AWS does not return the default.
    if kept
        .get(STORAGE_CLASS)
        .is_some_and(|class| class == "STANDARD")
    {
        kept.remove(STORAGE_CLASS);
    }
    let customer_key_md5 = customer_key(headers)?;
    echo_customer_key(&mut kept, customer_key_md5.as_deref());
    let acl = headers
        .get("x-amz-acl")
        .and_then(|value| value.to_str().ok());
    Ok(Attributes {
        acl: acl.unwrap_or_default().to_owned(),
        tags: tags_of_header(headers)?,
        headers: kept,
        customer_key_md5,
    })
}

/// Removes `aws-chunked`, which describes the transfer and not the object.
fn drop_framing(kept: &mut HeaderMap) {
    let Some(value) = kept
        .get(CONTENT_ENCODING)
        .and_then(|value| value.to_str().ok())
    else {
        return;
    };
    let rest: Vec<&str> = value
        .split(',')
        .map(str::trim)
        .filter(|name| *name != "aws-chunked" && !name.is_empty())
        .collect();
    match HeaderValue::from_str(&rest.join(",")) {
        Ok(value) if !rest.is_empty() => kept.insert(CONTENT_ENCODING, value),
        _ => kept.remove(CONTENT_ENCODING),
    };
}

/// The tags of the `x-amz-tagging` header: a query string.
fn tags_of_header(headers: &HeaderMap) -> S3Result<Vec<(String, String)>> {
    let Some(header) = headers.get("x-amz-tagging") else {
        return Ok(Vec::new());
    };
    let text = header
        .to_str()
        .map_err(|_| s3_error!(InvalidArgument, "The header 'x-amz-tagging' is malformed."))?;
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced)
            .decode_utf8_lossy()
            .into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let tags = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decoded(key), decoded(value)));
    Ok(tags.collect())
}

/// The headers of a response to GET and HEAD.
pub(super) fn response_headers(attributes: &Attributes) -> HeaderMap {
    let mut headers = attributes.headers.clone();
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("binary/octet-stream"));
    if !attributes.tags.is_empty() {
        headers.insert("x-amz-tagging-count", attributes.tags.len().into());
    }
    headers
}
