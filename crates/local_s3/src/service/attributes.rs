//! Headers of a request that stay with the object, its tags and its ACL.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use s3s::{S3Result, s3_error};

use super::customer_key::{customer_key, echo_customer_key};
use crate::store::object::Attributes;

/// Headers that are answered just as they came. Not through s3s's typed fields: those decode
/// and encode metadata anew.
const KEPT: [&str; 12] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
    "x-amz-storage-class",
    SSE,
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-server-side-encryption-context",
];

/// The header that asks for encryption.
pub(super) const SSE: &str = "x-amz-server-side-encryption";

const STORAGE_CLASSES: [&str; 10] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "DEEP_ARCHIVE",
    "GLACIER_IR",
    "EXPRESS_ONEZONE",
    "OUTPOSTS",
];

const CANNED_ACLS: [&str; 7] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
];

/// S3's limit for names and values of user metadata together.
const METADATA_LIMIT_BYTES: usize = 2048;

/// Everything that a PUT, a copy with new metadata or a new upload in parts says.
pub(super) fn of_request(headers: &HeaderMap) -> S3Result<Attributes> {
    let mut kept = HeaderMap::new();
    let mut metadata_bytes = 0;
    for (name, value) in headers {
        let metadata = name.as_str().strip_prefix("x-amz-meta-");
        if let Some(metadata) = metadata {
            metadata_bytes += metadata.len() + value.len();
        }
        if metadata.is_some() || KEPT.contains(&name.as_str()) {
            kept.append(name, value.clone());
        }
    }
    if metadata_bytes > METADATA_LIMIT_BYTES {
        return Err(s3_error!(
            MetadataTooLarge,
            "Your metadata headers exceed the maximum allowed metadata size"
        ));
    }
    drop_framing(&mut kept);
    check_storage_class(&mut kept)?;
    check_encryption(&kept)?;
    let customer_key_md5 = customer_key(headers)?;
    echo_customer_key(&mut kept, customer_key_md5.as_deref());
    Ok(Attributes {
        acl: canned_acl(headers)?,
        tags: tags_of_header(headers)?,
        headers: kept,
        customer_key_md5,
    })
}

/// `aws-chunked` says how the body travelled, not what it is.
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

fn check_storage_class(kept: &mut HeaderMap) -> S3Result<()> {
    let Some(class) = kept.get("x-amz-storage-class") else {
        return Ok(());
    };
    let class = class.to_str().unwrap_or_default();
    if !STORAGE_CLASSES.contains(&class) {
        return Err(s3_error!(
            InvalidStorageClass,
            "The storage class you specified is not valid"
        ));
    }
    if class == "STANDARD" {
        // AWS does not answer the default.
        kept.remove("x-amz-storage-class");
    }
    Ok(())
}

fn check_encryption(kept: &HeaderMap) -> S3Result<()> {
    let Some(sse) = kept.get(SSE) else {
        return Ok(());
    };
    if [&b"AES256"[..], b"aws:kms", b"aws:kms:dsse"].contains(&sse.as_bytes()) {
        return Ok(());
    }
    Err(s3_error!(
        InvalidArgument,
        "The encryption method specified is not supported"
    ))
}

/// The canned ACL of a request; empty if it has none.
pub(super) fn canned_acl(headers: &HeaderMap) -> S3Result<String> {
    let Some(acl) = headers
        .get("x-amz-acl")
        .and_then(|value| value.to_str().ok())
    else {
        return Ok(String::new());
    };
    if CANNED_ACLS.contains(&acl) {
        return Ok(acl.to_owned());
    }
    Err(s3_error!(
        InvalidArgument,
        "The canned ACL is not one of S3's"
    ))
}

/// The tags of the `x-amz-tagging` header: a query string.
pub(super) fn tags_of_header(headers: &HeaderMap) -> S3Result<Vec<(String, String)>> {
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
    checked_tags(tags.collect())
}

/// At most ten tags, keys of 1 to 128 and values of up to 256 characters, no key twice.
pub(super) fn checked_tags(tags: Vec<(String, String)>) -> S3Result<Vec<(String, String)>> {
    if tags.len() > 10 {
        return Err(super::refused(
            "BadRequest",
            "Object tags cannot be greater than 10",
        ));
    }
    for (index, (key, value)) in tags.iter().enumerate() {
        if key.is_empty() || key.chars().count() > 128 {
            return Err(s3_error!(
                InvalidTag,
                "The TagKey you have provided is invalid"
            ));
        }
        if value.chars().count() > 256 {
            return Err(s3_error!(
                InvalidTag,
                "The TagValue you have provided is invalid"
            ));
        }
        if tags.iter().take(index).any(|(earlier, _)| earlier == key) {
            return Err(s3_error!(
                InvalidTag,
                "Cannot provide multiple Tags with the same key"
            ));
        }
    }
    Ok(tags)
}

/// All headers that GET and HEAD answer about an object.
pub(super) fn response_headers(attributes: &Attributes) -> HeaderMap {
    let mut headers = attributes.headers.clone();
    headers.remove("x-amz-server-side-encryption-context");
    headers
        .entry(CONTENT_TYPE)
        .or_insert(HeaderValue::from_static("binary/octet-stream"));
    if !attributes.tags.is_empty() {
        headers.insert("x-amz-tagging-count", attributes.tags.len().into());
    }
    headers
}
