//! Why a connection could not be made or broke, in plain words.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use http::Uri;

use crate::error::{Error, describe_io};
use crate::failure::{Failure, Stage, TransportFailure};

/// Why no connection could be made.
#[derive(Clone, Debug)]
pub(super) struct ConnectFault {
    pub(super) stage: Stage,
    pub(super) cause: String,
}

impl ConnectFault {
    pub(super) fn new(stage: Stage, cause: impl Into<String>) -> Self {
        Self {
            stage,
            cause: cause.into(),
        }
    }
}

impl fmt::Display for ConnectFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl StdError for ConnectFault {}

/// Why a body could not be sent to its announced end: our side's fault, not the network's.
#[derive(Debug)]
pub(super) enum BodyFault {
    /// The file ended before the announced length.
    Short,
    /// The file could not be read.
    Read(io::Error),
}

impl fmt::Display for BodyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => f.write_str("the file became shorter while it was being read"),
            Self::Read(error) => write!(f, "{error}"),
        }
    }
}

impl StdError for BodyFault {}

impl BodyFault {
    fn as_failure(&self) -> Failure {
        Failure::Final(Error::Body(match self {
            Self::Short => io::Error::new(io::ErrorKind::UnexpectedEof, self.to_string()),
            // The kind decides what it means for the run; io::Error cannot be cloned.
            Self::Read(error) => match error.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(error.kind(), error.to_string()),
            },
        }))
    }
}

/// A failure of an established connection.
pub(super) fn exchange(cause: impl Into<String>) -> Failure {
    Failure::Transport(TransportFailure {
        stage: Stage::Exchange,
        cause: cause.into(),
    })
}

/// Host and port as a person would write them.
pub(super) fn authority(uri: &Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

/// What hyper reports, with `authority` as the other end.
pub(super) fn classify(error: &(dyn StdError + 'static), authority: &str) -> Failure {
    if let Some(fault) = find::<ConnectFault>(error) {
        return Failure::Transport(TransportFailure {
            stage: fault.stage,
            cause: fault.cause.clone(),
        });
    }
    if let Some(fault) = find::<BodyFault>(error) {
        return fault.as_failure();
    }
    if let Some(error) = find::<io::Error>(error) {
        return exchange(match error.kind() {
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
            return exchange(format!(
                "{authority} closed the connection before its response was complete"
            ));
        }
        if error.is_parse() {
            return exchange(format!("{authority} sent something that is not HTTP"));
        }
    }
    exchange(format!("the connection to {authority} broke: {error}"))
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
