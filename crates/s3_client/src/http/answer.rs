//! Answers: status, headers as they came, and a body that is complete or an error.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode, header};
use http_body::Body as _;
use hyper::body::Incoming;

use super::fault::{classify, exchange};
use super::meter::{Meter, Pulse};
use super::silence::{Drip, Silence};
use crate::failure::Failure;

/// What the endpoint answered; any status.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers; values need not be ASCII, see [`Answer::header`].
    pub headers: HeaderMap,
    /// The body, not read yet.
    pub body: AnswerBody,
}

impl Answer {
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

/// The body of an answer. Dropping it early closes its connection; reading it to the end gives
/// the connection back.
pub struct AnswerBody {
    incoming: Incoming,
    expected: Option<u64>,
    received: u64,
    ended: bool,
    silence: Silence,
    drip: Drip,
    authority: String,
    /// Fed only by good answers: the body of a 503 is no sign of life.
    pulse: Option<Arc<Pulse>>,
}

impl std::fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "AnswerBody({} of {:?} bytes)",
            self.received, self.expected
        )
    }
}

impl AnswerBody {
    /// The next bytes, as they came off the connection; None after exactly the announced length.
    ///
    /// # Errors
    /// The connection broke, ended early, or was silent for the time limit; more came than was
    /// announced.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Failure>> {
        if self.ended {
            return None;
        }
        match self.next_data().await {
            Ok(Some(data)) => {
                if let Some(pulse) = &self.pulse {
                    pulse.moved();
                }
                Some(Ok(data))
            }
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(failure) => {
                self.ended = true;
                Some(Err(failure))
            }
        }
    }

    async fn next_data(&mut self) -> Result<Option<Bytes>, Failure> {
        let waiting_since = Instant::now();
        loop {
            let incoming = &mut self.incoming;
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *incoming).poll_frame(cx));
            let frame = tokio::select! {
                biased;
                frame = frame => frame,
                () = self.silence.broken(waiting_since) => return Err(self.silence.failure(&self.authority)),
            };
            match frame {
                None => return self.check_end().map(|()| None),
                Some(Err(error)) => return Err(classify(&error, &self.authority)),
                Some(Ok(frame)) => {
                    // Trailers are not data.
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    if data.is_empty() {
                        continue;
                    }
                    self.received = self.received.saturating_add(data.len() as u64);
                    self.check_excess()?;
                    self.check_drip(waiting_since, data.len() as u64)?;
                    return Ok(Some(data));
                }
            }
        }
    }

    fn check_end(&self) -> Result<(), Failure> {
        match self.expected {
            Some(expected) if self.received < expected => Err(exchange(format!(
                "the answer of {} ended after {} of {expected} bytes",
                self.authority, self.received
            ))),
            _ => Ok(()),
        }
    }

    fn check_excess(&self) -> Result<(), Failure> {
        match self.expected {
            Some(expected) if self.received > expected => Err(exchange(format!(
                "the answer of {} is longer than the {expected} bytes it announced",
                self.authority
            ))),
            _ => Ok(()),
        }
    }

    /// Only where more is sure to come: without a length, a byte now and then may be the way of a
    /// service that is still at work.
    fn check_drip(&mut self, waiting_since: Instant, bytes: u64) -> Result<(), Failure> {
        let drips = self.drip.goes_on(waiting_since.elapsed(), bytes);
        if drips && self.expected.is_some_and(|all| self.received < all) {
            return Err(self.drip.failure(&self.authority));
        }
        Ok(())
    }

    /// The whole body, if it is at most `limit` bytes.
    ///
    /// # Errors
    /// As [`AnswerBody::chunk`]; more than `limit` bytes is [`Failure::Answer`].
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, Failure> {
        let too_long = || Failure::Answer(format!("the answer is longer than {limit} bytes"));
        let Some(first) = self.chunk().await else {
            return Ok(Bytes::new());
        };
        let first = first?;
        if first.len() > limit {
            return Err(too_long());
        }
        // One chunk is the usual case and is passed on as it is.
        let Some(second) = self.chunk().await else {
            return Ok(first);
        };
        let announced = self
            .expected
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0);
        let mut all = BytesMut::with_capacity(announced.clamp(first.len(), limit));
        all.extend_from_slice(&first);
        let mut next = Some(second);
        while let Some(data) = next {
            let data = data?;
            if all.len().saturating_add(data.len()) > limit {
                return Err(too_long());
            }
            all.extend_from_slice(&data);
            next = self.chunk().await;
        }
        Ok(all.freeze())
    }

    /// The length that Content-Length announces or, without one, Content-Range; None if neither
    /// does: then only the caller can know whether the body is complete.
    pub fn expected_len(&self) -> Option<u64> {
        self.expected
    }

    /// Bytes received so far.
    pub fn received(&self) -> u64 {
        self.received
    }
}

/// Puts together what hyper returned.
pub(super) fn assemble(
    response: http::Response<Incoming>,
    method: &Method,
    authority: &str,
    limit: Duration,
    pulse: &Arc<Pulse>,
) -> Answer {
    let (mut parts, incoming) = response.into_parts();
    let bodiless = *method == Method::HEAD
        || matches!(
            parts.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
    let expected = if bodiless {
        Some(0)
    } else {
        announced_len(&parts.headers)
    };
    let good = parts.status.as_u16() < 400;
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: AnswerBody {
            incoming,
            expected,
            received: 0,
            ended: false,
            drip: Drip::new(limit),
            silence: Silence::new(limit, parts.extensions.remove::<Meter>()),
            authority: authority.to_owned(),
            pulse: good.then(|| Arc::clone(pulse)),
        },
    }
}

/// Content-Length, else the length of Content-Range: an answer without the first may be cut
/// off without anyone noticing.
fn announced_len(headers: &HeaderMap) -> Option<u64> {
    if let Some(length) = headers.get(header::CONTENT_LENGTH) {
        return length.to_str().ok()?.trim().parse().ok();
    }
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
            announced_len(&headers(&[("content-length", b"12")])),
            Some(12)
        );
        assert_eq!(
            announced_len(&headers(&[("content-range", b"bytes 100-199/1000")])),
            Some(100)
        );
        for strange in ["bytes */10", "bytes 5-4/9", "bytes 0-x/9", "0-9/10"] {
            assert_eq!(
                announced_len(&headers(&[("content-range", strange.as_bytes())])),
                None
            );
        }
    }
}
