//! Responses that the proxy sends instead of the server.

use super::Fault;
use crate::http1::Head;

/// A complete response.
#[derive(Clone, Debug)]
pub struct Canned {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Canned {
    /// A response with this body; Content-Length is added when it is sent.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    /// An S3 error document.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
             <RequestId>fault-proxy</RequestId><HostId>fault-proxy</HostId></Error>"
        );
        Self::new(status, body)
            .header("content-type", "application/xml")
            .header("x-amz-request-id", "fault-proxy")
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body, as text.
    pub fn body_text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The status of this response.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The response that this fault sends, if it sends one.
    pub(super) fn of(fault: Fault) -> Option<Self> {
        let internal_error = |status| {
            let message = "We encountered an internal error. Please try again.";
            Self::error(status, "InternalError", message)
        };
        Some(match fault {
            Fault::SlowDown => Self::error(503, "SlowDown", "Please reduce your request rate."),
            Fault::InternalError => internal_error(500),
            // What AWS sends when it fails after the status line has gone out.
            Fault::ErrorInComplete => internal_error(200),
            // What captive portals and load balancers send.
            Fault::HtmlListing => Self::new(
                200,
                "<!DOCTYPE html>\n<html><head><title>Welcome</title></head>\
                 <body><h1>Please log in</h1><p>Network access &nbsp; for guests<br></body></html>\n",
            )
            .header("content-type", "text/html; charset=utf-8"),
            _ => return None,
        })
    }

    pub(super) fn to_bytes(&self, method: &str, closes: bool) -> Vec<u8> {
        let mut head = Head::new(&format!("HTTP/1.1 {} Canned", self.status));
        for (name, value) in &self.headers {
            head.add(name, value);
        }
        if head.header("content-length").is_none() {
            head.add("content-length", &self.body.len().to_string());
        }
        if closes {
            head.add("connection", "close");
        }
        let mut bytes = head.to_bytes();
        if method != "HEAD" {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}
