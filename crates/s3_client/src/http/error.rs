//! Why a request got no complete response, in plain words.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;

use crate::error::describe_io;

/// Why a request got no complete response.
#[derive(Clone, Debug)]
pub enum Error {
    /// The connection could not be made, broke, or made no progress.
    Transport {
        /// Where.
        stage: Stage,
        /// The cause in plain words, for example `connection refused by 127.0.0.1:9000`.
        cause: String,
    },
    /// The response cannot be what was asked for. The text says why, in plain words.
    Response(String),
    /// The file with the request body could not be read, or became shorter.
    Body(Arc<io::Error>),
}

/// Where the connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The host name has no address.
    Resolve,
    /// No connection within the time limit, or refused.
    Connect,
    /// The proxy refused or could not be reached.
    Proxy,
    /// The proxy wants a user name and password, or other ones.
    ProxyCredentials,
    /// The certificate or handshake was not accepted.
    Tls(TlsRefusal),
    /// The connection broke after it was made.
    Exchange,
    /// The same, without encryption and before the endpoint ever answered: it may expect TLS.
    Unanswered,
    /// The connection was made, but made no progress for this long.
    NoProgress(Duration),
}

/// Why there is no TLS connection; each has its own remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsRefusal {
    /// No authority that we trust has signed the certificate.
    Untrusted,
    /// The certificate has expired or is not valid yet, by the clock of this machine.
    Dates,
    /// The certificate is for other names.
    Name,
    /// The certificate lacks what a certificate of a server needs today.
    Form,
    /// The other end does not speak TLS.
    NoTls,
    /// Anything else.
    Other,
}

impl Error {
    pub(super) fn new(stage: Stage, cause: impl Into<String>) -> Self {
        Self::Transport {
            stage,
            cause: cause.into(),
        }
    }

    /// A failure of an established connection.
    pub(super) fn exchange(cause: impl Into<String>) -> Self {
        Self::new(Stage::Exchange, cause)
    }

    /// A broken connection to an endpoint that has never answered, if so.
    pub(super) fn unanswered_if(mut self, is_unanswered: bool) -> Self {
        if let Self::Transport { stage, .. } = &mut self
            && *stage == Stage::Exchange
            && is_unanswered
        {
            *stage = Stage::Unanswered;
        }
        self
    }

    /// Finds the cause of an error of hyper. `authority` is the other end.
    pub(super) fn of_hyper(error: &(dyn StdError + 'static), authority: &str) -> Self {
        if let Some(own) = find::<Self>(error) {
            return own.clone();
        }
        if let Some(error) = find::<io::Error>(error) {
            return Self::exchange(match error.kind() {
                io::ErrorKind::ConnectionReset => format!("connection reset by {authority}"),
                io::ErrorKind::BrokenPipe => format!("{authority} closed the connection"),
                io::ErrorKind::UnexpectedEof => {
                    format!("{authority} closed the connection in the middle of its response")
                }
                _ => format!(
                    "the connection to {authority} broke: {}",
                    describe_io(error)
                ),
            });
        }
        if let Some(error) = find::<hyper::Error>(error) {
            if error.is_incomplete_message() {
                return Self::exchange(format!(
                    "{authority} closed the connection before its response was complete"
                ));
            }
            if error.is_parse() {
                return Self::exchange(format!("{authority} sent something that is not HTTP"));
            }
        }
        Self::exchange(format!("the connection to {authority} broke: {error}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport { cause, .. } => f.write_str(cause),
            Self::Response(text) => f.write_str(text),
            Self::Body(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {}

/// Host and port as a person would write them.
pub(super) fn authority(uri: &Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

/// The first error of this type in the chain of causes, the error itself included.
pub(super) fn find<'a, T: StdError + 'static>(
    error: &'a (dyn StdError + 'static),
) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        // io::Error hides its inner error from source(): ask it directly.
        if let Some(inner) = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            && let Some(found) = find::<T>(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}
