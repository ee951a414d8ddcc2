//! A response of the endpoint, of any status, and how to look at it. Nothing in it is trusted.

use bytes::Bytes;
use http::HeaderMap;
use s3_client::failure::{Meaning, ServiceFailure};
use s3_client::http::header_text;

use super::finding::{Found, Probe, Refusal, Unknown};
use super::xml::Document;

/// The most characters of a code, header or key that are shown.
const LONGEST_SHOWN_CHARS: usize = 60;

/// Status, headers and body.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Bytes,
    failure: ServiceFailure,
}

impl Reply {
    /// `failure` is what the body and headers say if this is an error.
    pub(crate) fn new(
        status: u16,
        headers: HeaderMap,
        body: Bytes,
        failure: ServiceFailure,
    ) -> Self {
        Self {
            status,
            headers,
            body,
            failure,
        }
    }

    /// Whether the service did what was asked: also `200` with an `<Error>` is none.
    pub(crate) fn ok(&self) -> bool {
        (200..300).contains(&self.status) && !self.has_error_body()
    }

    /// `200` with an `<Error>`: Complete and Copy response so when they fail late.
    fn has_error_body(&self) -> bool {
        self.failure.code.is_some()
            && Document::read(&self.body).is_ok_and(|xml| xml.root == "Error")
    }

    /// What went wrong, if asking again may help. `damaged`: the request contradicts itself, and
    /// a refusal of that is a response.
    pub(crate) fn passing(&self, damaged: bool) -> Option<ServiceFailure> {
        if self.ok() {
            return None;
        }
        let passes = match self.failure.meaning() {
            Meaning::Busy | Meaning::Internal | Meaning::Timeout => true,
            // IncompleteBody and its like; a digest that does not fit is a response if we lied.
            Meaning::DamagedInTransit => !damaged,
            Meaning::Conflict => self.status == 409,
            _ => false,
        };
        passes.then(|| ServiceFailure {
            status: self.status,
            code: self.failure.code.clone(),
            message: self.failure.message.clone(),
            retry_after: self.failure.retry_after,
            ..ServiceFailure::default()
        })
    }

    /// A header, readable and not empty.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let value = header_text(&self.headers, name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The ETag without its quotes.
    pub(crate) fn etag(&self) -> Option<String> {
        self.header("etag")
            .map(|etag| etag.trim_matches('"').to_owned())
    }

    /// `<Code>`, if the response is an error that has one.
    pub(crate) fn code(&self) -> Option<&str> {
        self.failure.code.as_deref()
    }

    /// The region that an error names.
    pub(crate) fn region(&self) -> Option<&str> {
        self.failure.region.as_deref()
    }

    /// Status and code of an error.
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal {
            status: self.status,
            code: self.failure.code.as_deref().map(shown),
        }
    }

    /// The finding of an operation that this service does not have.
    pub(crate) fn refused(&self) -> Found {
        Found::Refused(self.refusal())
    }

    /// The body as XML.
    pub(crate) fn xml(&self) -> Probe<Document> {
        Document::read(&self.body).map_err(Unknown)
    }

    /// The same response if the service did what was asked; else the probe cannot go on.
    pub(crate) fn expected(self, else_what: &str) -> Probe<Self> {
        if self.ok() {
            Ok(self)
        } else {
            Err(Unknown(format!("{else_what}: {}", self.refusal())))
        }
    }
}

/// Text of the service, short enough for a table and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(LONGEST_SHOWN_CHARS)
        .map(|letter| {
            if letter.is_control() || letter == '|' {
                '?'
            } else {
                letter
            }
        })
        .collect();
    if text.chars().nth(LONGEST_SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &'static [u8]) -> Reply {
        let headers = HeaderMap::new();
        let failure =
            s3_client::operations::service_failure(status, &headers, body, jiff::Timestamp::now());
        Reply::new(status, headers, Bytes::from_static(body), failure)
    }

    #[test]
    fn a_busy_or_broken_service_has_not_answered() {
        let error = b"<Error><Code>SlowDown</Code></Error>";
        for (status, body) in [
            (503, &error[..]),
            (500, b""),
            (429, b""),
            (200, b"<Error><Code>InternalError</Code></Error>"),
        ] {
            assert!(reply(status, body).passing(false).is_some(), "{status}");
        }
        for status in [200, 206, 304, 400, 403, 404, 405, 409, 412, 416, 501] {
            assert!(reply(status, b"").passing(false).is_none(), "{status}");
        }
    }

    #[test]
    fn a_refusal_of_damaged_bytes_is_an_response_only_if_we_sent_them_so() {
        let damaged = reply(400, b"<Error><Code>BadDigest</Code></Error>");
        assert!(damaged.passing(false).is_some());
        assert!(damaged.passing(true).is_none());
        assert_eq!(damaged.refusal().to_string(), "400 BadDigest");
    }

    #[test]
    fn an_error_with_a_success_status_is_no_success() {
        assert!(!reply(200, b"<Error><Code>InvalidPart</Code></Error>").ok());
        assert!(reply(200, b"<Result><Code>x</Code></Result>").ok());
        assert!(reply(200, b"Code").ok());
    }

    #[test]
    fn text_of_the_service_is_short_and_harmless() {
        assert_eq!(shown("a\u{1b}[2J|b"), "a?[2J?b");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 61);
    }
}
