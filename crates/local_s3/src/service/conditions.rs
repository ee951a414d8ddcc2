//! Conditional requests: If-Match for reading and writing, If-None-Match for writing.

use http::HeaderMap;
use s3s::{S3Error, S3Result, s3_error};

use crate::store::object::Object;

const IF_MATCH: &str = "if-match";
const IF_NONE_MATCH: &str = "if-none-match";

/// Whether the object may be read.
pub(super) fn check_read(headers: &HeaderMap, object: &Object) -> S3Result<()> {
    match text(headers, IF_MATCH) {
        Some(tags) if !lists(tags, &object.etag) => Err(failed()),
        _ => Ok(()),
    }
}

/// Whether a new object may replace the present one. The caller holds the lock until the new one is inserted.
pub(super) fn check_write(headers: &HeaderMap, present: Option<&Object>) -> S3Result<()> {
    match text(headers, IF_NONE_MATCH) {
        Some("*") if present.is_some() => return Err(failed()),
        Some("*") | None => {}
        Some(_) => return Err(s3_error!(NotImplemented, "If-None-Match takes only * here")),
    }
    match (text(headers, IF_MATCH), present) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
        (Some(tags), Some(object)) if lists(tags, &object.etag) => Ok(()),
        (Some(_), Some(_)) => Err(failed()),
    }
}

/// Whether a list of entity tags (or `*`) contains this one. Quotes may be missing.
fn lists(tags: &str, etag: &str) -> bool {
    tags.split(',')
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|tag| tag == "*" || tag == etag)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn failed() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}
