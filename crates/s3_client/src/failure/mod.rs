//! What one attempt of a request can come back with instead of a response, and what that means.
//!
//! [`Failure::retryable`] judges it; `judge` knows what the codes of the service mean.

mod judge;

use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::http::{self, Stage};

pub use judge::Meaning;

/// Why one attempt of a request failed.
#[derive(Debug)]
pub enum Failure {
    /// No response: the connection could not be made, broke, or made no progress.
    Transport {
        /// Where.
        stage: Stage,
        /// The cause in plain words, for example `connection refused by 127.0.0.1:9000`.
        cause: String,
    },
    /// The service answered with an error.
    Service(Box<ServiceFailure>),
    /// A response that cannot be what was asked for: a web page instead of XML, XML cut off, a
    /// body shorter than announced, a missing field. The text says what, in plain words.
    Response(String),
    /// We could not even ask: no credentials, a body that could not be read. Never retried.
    Final(Error),
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        match error {
            http::Error::Transport { stage, cause } => Self::Transport { stage, cause },
            http::Error::Response(text) => Self::Response(text),
            http::Error::Body(error) => Self::Final(Error::Body(error)),
        }
    }
}

/// The cause in a few words, for the log.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport { cause, .. } => f.write_str(cause),
            Self::Response(text) => f.write_str(text),
            Self::Final(error) => error.fmt(f),
            Self::Service(failure) => match &failure.code {
                Some(code) => write!(f, "{code}, HTTP {}", failure.status),
                None => write!(f, "HTTP {}", failure.status),
            },
        }
    }
}

/// An error that the service answered with. Everything but the status may be missing: HEAD
/// answers have no body, and Ceph sends an empty `<Message>`.
#[derive(Debug, Default)]
pub struct ServiceFailure {
    /// The HTTP status; 200 for an `<Error>` body sent with a success status.
    pub status: u16,
    /// `<Code>`, for example `NoSuchKey`.
    pub code: Option<String>,
    /// `<Message>`.
    pub message: Option<String>,
    /// `<RequestId>` or `x-amz-request-id`.
    pub request_id: Option<String>,
    /// `<Region>` or `x-amz-bucket-region`: the region that the bucket is in.
    pub region: Option<String>,
    /// `<Endpoint>` or `Location`: where the bucket wants to be asked.
    pub endpoint: Option<String>,
    /// `Retry-After`, if it was a number of seconds.
    pub retry_after: Option<Duration>,
    /// The server's `Date` minus the time that the request was signed with, in seconds, when the
    /// code is RequestTimeTooSkewed or when a 403 without a body comes with a `Date` about 15
    /// minutes off or more.
    pub clock_skew_seconds: Option<i64>,
    /// The bucket that the request was about.
    pub bucket: Option<String>,
    /// Whether this endpoint had answered as S3 does before: a web page is then something in
    /// between, and not what stands at a wrong address.
    pub after_s3: bool,
}

/// The `message` of an error response that is a web page or otherwise not a response of S3.
pub const NOT_S3: &str = "the response is a web page, not a response of S3";

/// The `message` of the refusal of plain http by a port that speaks TLS.
pub(crate) const WANTS_HTTPS: &str = "this port wants https";
