//! A response to a probe, of any status. Its content is not trusted.

use bytes::Bytes;
use http::HeaderMap;
use s3_client::failure::{Failure, Meaning, ServiceFailure};
use s3_client::http::header_text;

use crate::finding::{Finding, ProbeResult, Verdict};

/// The most characters of a code, header or key that are shown.
const LONGEST_SHOWN_CHARS: usize = 60;

/// Status, headers and body.
#[derive(Debug)]
pub(crate) struct ProbeResponse {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The error in the body and the headers, if this is an error.
    error: ServiceFailure,
}

impl ProbeResponse {
    /// `is_contradictory`: the request contradicts itself on purpose, so a refusal for that reason
    /// counts as the response.
    ///
    /// # Errors
    /// The failure may not happen in another attempt.
    pub(crate) fn new(
        status: u16,
        headers: HeaderMap,
        body: Bytes,
        error: ServiceFailure,
        is_contradictory: bool,
    ) -> Result<Self, Failure> {
        let response = Self {
            status,
            headers,
            body,
            error,
        };
        let may_pass = match response.error.meaning() {
            _ if response.is_ok() => false,
            Meaning::Busy | Meaning::Internal | Meaning::Timeout => true,
            Meaning::DamagedInTransit => !is_contradictory,
            Meaning::Conflict => status == 409,
            _ => false,
        };
        if may_pass {
            return Err(Failure::Service(Box::new(response.error)));
        }
        Ok(response)
    }

    /// Whether the service did what was asked. Status `200` with an `<Error>` is a failure.
    pub(crate) fn is_ok(&self) -> bool {
        (200..300).contains(&self.status) && self.error.code.is_none()
    }

    /// A header, if it is readable and not empty.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let value = header_text(&self.headers, name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }

    /// The ETag without its quotes.
    pub(crate) fn etag(&self) -> Option<String> {
        let etag = self.header("etag")?;
        Some(etag.trim_matches('"').to_owned())
    }

    /// `<Code>` of an error.
    pub(crate) fn code(&self) -> Option<&str> {
        self.error.code.as_deref()
    }

    /// Status and code of an error: `403 AccessDenied`.
    pub(crate) fn refusal(&self) -> String {
        refusal(self.status, self.code())
    }

    /// The response if the service did what was asked. A refusal is returned as the finding.
    pub(crate) fn or_refused(self) -> ProbeResult<Self> {
        if self.is_ok() {
            Ok(self)
        } else {
            Err(Finding::new(Verdict::Refused, self.refusal()))
        }
    }

    /// The response if the service did what was asked. Otherwise the finding is unknown.
    pub(crate) fn or_unknown(self, otherwise: &str) -> ProbeResult<Self> {
        if self.is_ok() {
            Ok(self)
        } else {
            Err(Finding::unknown(format!("{otherwise}: {}", self.refusal())))
        }
    }
}

/// Status and code of an error, as far as they are the same in every run.
pub(crate) fn refusal(status: u16, code: Option<&str>) -> String {
    match code {
        Some(code) => format!("{status} {}", shown(code)),
        None => status.to_string(),
    }
}

/// Text from the service: shortened, and without control characters.
pub(crate) fn shown(text: &str) -> String {
    let is_harmful = |letter: char| letter.is_control() || letter == '|';
    let mut short: String = text.chars().take(LONGEST_SHOWN_CHARS).collect();
    short = short.replace(is_harmful, "?");
    if text.chars().nth(LONGEST_SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(
        status: u16,
        body: &'static str,
        contradictory: bool,
    ) -> Result<ProbeResponse, Failure> {
        let code = body.split_once("<Code>").map(|(_, rest)| rest);
        let code = code.and_then(|rest| rest.split('<').next());
        let error = ServiceFailure {
            status,
            code: code.map(str::to_owned),
            ..ServiceFailure::default()
        };
        ProbeResponse::new(status, HeaderMap::new(), body.into(), error, contradictory)
    }

    #[test]
    fn a_busy_or_broken_service_has_not_answered() {
        for (status, body) in [
            (503, "<Error><Code>SlowDown</Code></Error>"),
            (500, ""),
            (429, ""),
            (200, "<Error><Code>InternalError</Code></Error>"),
        ] {
            assert!(response(status, body, false).is_err(), "{status}");
        }
        for status in [200, 206, 304, 400, 403, 404, 405, 409, 412, 416, 501] {
            assert!(response(status, "", false).is_ok(), "{status}");
        }
    }

    #[test]
    fn a_refusal_of_damaged_bytes_is_a_response_only_if_the_request_contradicted_itself() {
        let body = "<Error><Code>BadDigest</Code></Error>";
        assert!(response(400, body, false).is_err());
        assert_eq!(
            response(400, body, true).unwrap().refusal(),
            "400 BadDigest"
        );
    }

    #[test]
    fn an_error_with_a_success_status_is_no_success() {
        let body = "<Error><Code>InvalidPart</Code></Error>";
        assert!(!response(200, body, false).unwrap().is_ok());
        assert!(response(200, "Code", false).unwrap().is_ok());
    }

    #[test]
    fn text_of_the_service_is_short_and_harmless() {
        assert_eq!(shown("a\u{1b}[2J|b"), "a?[2J?b");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 61);
    }
}
