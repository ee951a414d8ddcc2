//! From an HTTP response to success or [`ServiceFailure`]: status, headers and the `<Error>` body.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::client::Client;
use crate::failure::{Failure, Meaning, NOT_S3, ServiceFailure, WANTS_HTTPS};
use crate::http::{Response, header_text};
use crate::operations::xml::{self, Xml, missing};
use crate::request::Request;

/// The limit for error responses. Those of S3 are under 2 KiB; longer ones are web pages.
pub(super) const ERROR_LIMIT_BYTES: usize = 64 * 1024;

/// The limit for responses in XML. A page of 1,000 keys of 1,024 escaped bytes is about 4 MiB.
const XML_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// A difference between the clocks that explains a 403 without a body. Services refuse requests
/// from 15 minutes on, and the response took some time too.
const SUSPICIOUS_SKEW_SECONDS: i64 = 14 * 60;

/// Sends the request. A status that is no success becomes a failure.
pub(crate) async fn send(client: &Client, request: Request) -> Result<Response, Failure> {
    let (method, bucket) = (request.signed.method.clone(), request.bucket.clone());
    // The clock correction that the request is signed with.
    let skew_seconds = client.clock_skew_seconds();
    let response = client.send(request).await?;
    let health = client.transport().health();
    if response
        .headers
        .keys()
        .any(|name| name.as_str().starts_with("x-amz-"))
    {
        health.record_response();
    }
    let (limiter, began) = (client.limiter(), response.began);
    if response.is_success() {
        limiter.succeeded(began);
        return match (method.as_str(), response.status) {
            // GET returns the whole object or a range; `202 Accepted` and `204 No Content` are
            // neither.
            ("GET", status) if status != 200 && status != 206 => Err(Failure::Response(format!(
                "the service answered HTTP {status} without what was asked for"
            ))),
            ("HEAD" | "PUT" | "DELETE", _) => {
                health.record_response();
                health.record_progress(0);
                Ok(response)
            }
            _ => Ok(response),
        };
    }
    // If the body does not arrive, the status is enough.
    let body = response
        .body
        .collect(ERROR_LIMIT_BYTES)
        .await
        .unwrap_or_default();
    let signed = Timestamp::now().as_second().saturating_add(skew_seconds);
    let signed = Timestamp::from_second(signed).unwrap_or_default();
    let failure = ServiceFailure {
        bucket,
        after_s3: health.has_answered(),
        ..service_failure(response.status, &response.headers, &body, signed)
    };
    if failure.code.is_some() {
        health.record_response();
    }
    if !failure.retryable() && failure.meaning() != Meaning::NotS3 {
        health.record_progress(0);
        limiter.succeeded(began);
    }
    if failure.meaning() == Meaning::Busy {
        limiter.refused(began, failure.retry_after);
    }
    Err(Failure::Service(Box::new(failure)))
}

/// Sends the request and collects the XML of its response.
pub(crate) async fn send_for_xml(
    client: &Client,
    request: Request,
) -> Result<XmlResponse, Failure> {
    let Response {
        status,
        headers,
        body,
        began,
    } = send(client, request).await?;
    Ok(XmlResponse {
        client: client.clone(),
        status,
        headers,
        began,
        body: body.collect(XML_LIMIT_BYTES).await?,
    })
}

/// The collected body of a successful response.
pub(crate) struct XmlResponse {
    client: Client,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    began: Instant,
    body: Bytes,
}

impl XmlResponse {
    /// Whether the body is empty. Some services send a line end.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.trim_ascii().is_empty()
    }

    /// Reads the document. A failure in it without a request id gets the one of the headers.
    pub(crate) fn read<T>(
        &self,
        with: impl FnOnce(&mut Xml<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let health = self.client.transport().health();
        let read = xml::success(&self.body, with);
        if read.is_ok() {
            health.record_response();
            health.record_progress(self.body.len() as u64);
        }
        read.map_err(|failure| match failure {
            Failure::Service(mut service) => {
                if service.meaning() == Meaning::Busy {
                    self.client.limiter().refused(self.began, None);
                }
                service.after_s3 = health.has_answered();
                add_request_id(&mut service, &self.headers);
                Failure::Service(service)
            }
            other => other,
        })
    }

    /// The text of the child of the root that has this name; it may be empty.
    pub(crate) fn child(&self, wanted: &str) -> Result<String, Failure> {
        self.read(|xml| {
            let mut found = None;
            xml.children(|xml, name| {
                if name == wanted {
                    found = Some(xml.text()?.into_owned());
                    return Ok(());
                }
                xml.skip()
            })?;
            found.ok_or_else(|| missing(wanted))
        })
    }
}

/// The request id of the headers, if the document has none.
fn add_request_id(failure: &mut ServiceFailure, headers: &HeaderMap) {
    if failure.request_id.is_none() {
        failure.request_id = text(headers, "x-amz-request-id");
    }
}

/// Everything that an error response says. `now` is the time that the request was signed with
/// ([`Client::now`]); it is compared with the time of the service.
pub fn service_failure(
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> ServiceFailure {
    let mut failure = match xml::document(body, |xml, _root| xml::error_fields(xml)) {
        Ok(failure) => failure,
        Err(_) => ServiceFailure {
            message: recognise(body).map(str::to_owned),
            ..ServiceFailure::default()
        },
    };
    failure.status = status;
    add_request_id(&mut failure, headers);
    if failure.region.is_none() {
        failure.region = text(headers, "x-amz-bucket-region");
    }
    if failure.endpoint.is_none() {
        // A path alone names no other host.
        failure.endpoint =
            text(headers, "location").filter(|to| !to.starts_with('/') || to.starts_with("//"));
    }
    failure.retry_after = text(headers, "retry-after")
        .and_then(|seconds| seconds.parse().ok())
        .map(Duration::from_secs);
    let bare = failure.code.is_none() && failure.message.is_none();
    failure.clock_skew_seconds = skew_seconds(headers, now).filter(|skew| {
        failure.code.as_deref() == Some("RequestTimeTooSkewed")
            || (bare && status == 403 && skew.abs() > SUSPICIOUS_SKEW_SECONDS)
    });
    failure
}

/// Recognises a body without a readable `<Error>`.
fn recognise(body: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(body);
    // nginx, Go and Apache, in this order.
    let wants_https = [
        "HTTP request was sent to HTTPS port",
        "HTTP request to an HTTPS server",
        "speaking plain HTTP to an SSL-enabled server port",
    ];
    if wants_https.iter().any(|words| text.contains(words)) {
        return Some(WANTS_HTTPS);
    }
    // A cut-off `<Error>` still comes from the service.
    let xml = text.trim_start().starts_with("<?xml") || text.contains("<Error>");
    (!text.trim().is_empty() && !xml).then_some(NOT_S3)
}

/// A header as text, if it is there, readable and not empty.
pub(crate) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = header_text(headers, name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// The server's clock minus ours.
fn skew_seconds(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let date = http_date(&text(headers, "date")?)?;
    Some(date.as_second().saturating_sub(now.as_second()))
}

/// `Sat, 21 Nov 2026 05:24:11 GMT`, as HTTP writes dates.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                let name = http::HeaderName::from_static(name);
                (name, http::HeaderValue::from_static(value))
            })
            .collect()
    }

    fn now() -> Timestamp {
        "2026-11-21T05:24:11Z".parse().unwrap()
    }

    #[test]
    fn everything_an_error_says_is_kept() {
        let failure = service_failure(
            301,
            &headers(&[
                ("x-amz-request-id", "other"),
                ("x-amz-bucket-region", "eu-west-1"),
                ("retry-after", "7"),
                ("date", "Sat, 21 Nov 2026 05:00:00 GMT"),
            ]),
            b"<Error><Code>PermanentRedirect</Code><Message/><RequestId>7f3a</RequestId>\
              <Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint><Bucket>b</Bucket></Error>",
            now(),
        );
        assert_eq!(failure.status, 301);
        assert_eq!(failure.code.as_deref(), Some("PermanentRedirect"));
        assert_eq!(failure.message, None);
        assert_eq!(failure.request_id.as_deref(), Some("7f3a"));
        assert_eq!(failure.region.as_deref(), Some("eu-west-1"));
        assert_eq!(
            failure.endpoint.as_deref(),
            Some("b.s3.eu-west-1.amazonaws.com")
        );
        assert_eq!(failure.retry_after, Some(Duration::from_secs(7)));
        assert_eq!(failure.clock_skew_seconds, None);
    }

    #[test]
    fn a_skewed_clock_is_measured_also_when_head_does_not_name_it() {
        let date = headers(&[("date", "Sat, 21 Nov 2026 05:44:11 GMT")]);
        let body = b"<Error><Code>RequestTimeTooSkewed</Code></Error>";
        let failure = service_failure(403, &date, body, now());
        assert_eq!(failure.clock_skew_seconds, Some(1200));
        let failure = service_failure(403, &date, b"", now());
        assert_eq!(failure.clock_skew_seconds, Some(1200));
        let failure = service_failure(404, &date, b"", now());
        assert_eq!(failure.clock_skew_seconds, None);
        let denied = b"<Error><Code>AccessDenied</Code></Error>";
        let failure = service_failure(403, &date, denied, now());
        assert_eq!(failure.clock_skew_seconds, None);
    }

    #[test]
    fn an_error_within_an_error_response_is_found() {
        let body = b"<ErrorResponse><Error><Code>Throttling</Code></Error>\
            <RequestId>9c</RequestId></ErrorResponse>";
        let failure = service_failure(400, &HeaderMap::new(), body, now());
        assert_eq!(failure.code.as_deref(), Some("Throttling"));
        assert_eq!(failure.request_id.as_deref(), Some("9c"));
    }

    #[test]
    fn web_pages_and_cut_off_errors_are_told_apart() {
        let message = |body: &[u8]| service_failure(404, &HeaderMap::new(), body, now()).message;
        assert_eq!(message(b"<html>Not Found</html>").as_deref(), Some(NOT_S3));
        assert_eq!(message(b"404 page not found\n").as_deref(), Some(NOT_S3));
        assert_eq!(
            message(b"<html>The plain HTTP request was sent to HTTPS port</html>").as_deref(),
            Some(WANTS_HTTPS)
        );
        assert_eq!(message(b"<?xml version=\"1.0\"?><Error><Code>NoSu"), None);
        assert_eq!(message(b""), None);
    }
}
