//! Conditional requests: If-Match and its kin, for reading and writing.

use http::header::{ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderValue};
use s3s::dto::Timestamp;
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use crate::store::object::Object;

/// The conditions of a GET or a HEAD.
#[derive(Default)]
pub(super) struct Conditions {
    pub(super) matches: Option<String>,
    pub(super) none_matches: Option<String>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

const IF_MATCH: &str = "if-match";
const IF_NONE_MATCH: &str = "if-none-match";

impl Conditions {
    /// The times come parsed from s3s.
    pub(super) fn of(
        headers: &HeaderMap,
        modified: Option<Timestamp>,
        unmodified: Option<Timestamp>,
    ) -> Self {
        let text = |name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self {
            matches: text(IF_MATCH),
            none_matches: text(IF_NONE_MATCH),
            modified_since: modified,
            unmodified_since: unmodified,
        }
    }

    /// Whether the object may be read, by RFC 9110 section 13.2.2.
    pub(super) fn check_read(&self, object: &Object) -> S3Result<()> {
        let last_modified = Timestamp::from(object.modified);
        match (&self.matches, &self.unmodified_since) {
            (Some(tags), _) if !lists(tags, &object.etag) => return Err(failed()),
            (None, Some(time)) if last_modified > *time => return Err(failed()),
            _ => {}
        }
        match (&self.none_matches, &self.modified_since) {
            (Some(tags), _) if lists(tags, &object.etag) => Err(not_modified(object)),
            (None, Some(time)) if last_modified <= *time => Err(not_modified(object)),
            _ => Ok(()),
        }
    }
}

/// Whether a new object may take the place of what is there. To be called where nothing can
/// come between it and the insertion.
pub(super) fn check_write(headers: &HeaderMap, present: Option<&Object>) -> S3Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text(IF_NONE_MATCH) {
        Some("*") if present.is_some() => return Err(failed()),
        Some("*") | None => {}
        Some(_) => return Err(s3_error!(NotImplemented, "If-None-Match takes only * here")),
    }
    match (text(IF_MATCH), present) {
        (None, _) => Ok(()),
        (Some(_), None) => Err(s3_error!(NoSuchKey, "The specified key does not exist.")),
        (Some(tags), Some(object)) if lists(tags, &object.etag) => Ok(()),
        (Some(_), Some(_)) => Err(failed()),
    }
}

/// Whether a list of entity tags (or `*`) holds this one; quotes may be missing.
pub(super) fn lists(tags: &str, etag: &str) -> bool {
    tags.split(',')
        .map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
        .any(|tag| tag == "*" || tag == etag)
}

fn failed() -> S3Error {
    s3_error!(
        PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold"
    )
}

fn not_modified(object: &Object) -> S3Error {
    let mut headers = HeaderMap::new();
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{}\"", object.etag)) {
        headers.insert(ETAG, etag);
    }
    let mut date = Vec::new();
    let format = s3s::dto::TimestampFormat::HttpDate;
    if Timestamp::from(object.modified)
        .format(format, &mut date)
        .is_ok()
        && let Ok(date) = HeaderValue::from_bytes(&date)
    {
        headers.insert(LAST_MODIFIED, date);
    }
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    error.set_headers(headers);
    error
}
