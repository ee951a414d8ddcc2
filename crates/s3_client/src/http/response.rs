//! Responses: status, headers as they came, and a body that is still to be read.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use http::{HeaderMap, header};
use hyper::body::{Body as _, Incoming};
use tokio::sync::Semaphore;

use super::health::Health;
use super::response_body::{BodyLimits, ResponseBody};
use super::send_progress::StopSending;
use super::timeout::{MinimumRate, ProgressTimer};

/// What the endpoint answered; any status.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers; values need not be ASCII, see [`Response::header`].
    pub headers: HeaderMap,
    /// The body, not read yet.
    pub body: ResponseBody,
    /// When the request began.
    pub began: Instant,
}

impl Response {
    /// A header's value as text, whatever bytes the server sent: UTF-8, or else Latin-1.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        header_text(&self.headers, name)
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A header's value as text, whatever bytes the server sent: UTF-8, or else Latin-1.
pub fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    let bytes = headers.get(name)?.as_bytes();
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect()),
    })
}

/// Puts together what hyper returned.
pub(super) fn assemble(
    response: http::Response<Incoming>,
    authority: &str,
    limits: BodyLimits,
    sending: StopSending,
    long_documents: &Arc<Semaphore>,
    health: &Arc<Health>,
) -> Response {
    let (parts, incoming) = response.into_parts();
    // A response without Content-Length may be cut off without anyone noticing.
    let expected = incoming.size_hint().exact();
    let expected = expected.or_else(|| range_len(&parts.headers));
    let is_good = parts.status.as_u16() < 400;
    Response {
        status: parts.status.as_u16(),
        headers: parts.headers,
        began: limits.began,
        body: ResponseBody {
            incoming,
            expected,
            received: 0,
            ended: false,
            limits,
            minimum_rate: MinimumRate::new(limits.progress),
            timer: ProgressTimer::default(),
            _sending: sending,
            authority: authority.to_owned(),
            long_documents: Arc::clone(long_documents),
            health: is_good.then(|| Arc::clone(health)),
            until_read: None,
        },
    }
}

/// The length of Content-Range.
fn range_len(headers: &HeaderMap) -> Option<u64> {
    let range = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (first, last) = range
        .trim()
        .strip_prefix("bytes ")?
        .split_once('/')?
        .0
        .split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    last.checked_sub(first)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &[u8])]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.insert(
                name.parse::<http::HeaderName>().unwrap(),
                http::HeaderValue::from_bytes(value).unwrap(),
            );
        }
        map
    }

    #[test]
    fn a_header_that_is_not_ascii_is_still_text() {
        let map = headers(&[("a", "café".as_bytes()), ("b", b"caf\xe9")]);
        assert_eq!(header_text(&map, "a").unwrap(), "café");
        assert_eq!(header_text(&map, "b").unwrap(), "café");
        assert_eq!(header_text(&map, "c"), None);
    }

    #[test]
    fn without_a_length_the_range_says_how_much_must_come() {
        assert_eq!(
            range_len(&headers(&[("content-range", b"bytes 100-199/1000")])),
            Some(100)
        );
        for strange in ["bytes */10", "bytes 5-4/9", "bytes 0-x/9", "0-9/10"] {
            assert_eq!(
                range_len(&headers(&[("content-range", strange.as_bytes())])),
                None
            );
        }
    }
}
