//! The result of a step, for the log and the screen.

use std::fmt;

use common::{Error, Exit, Kind};
use serde_json::Value;

/// The event that a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The step begins.
    Run,
    /// The service responded with this status.
    Http(u16),
    /// There was no response, or the downloaded files differ.
    Failed,
    /// This program does not support it.
    Refused,
    /// A signal came.
    Interrupted,
    /// A note that belongs to no step.
    Warning,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => f.write_str("run"),
            Self::Http(status) => status.fmt(f),
            Self::Failed => f.write_str("failed"),
            Self::Refused => f.write_str("refused"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Warning => f.write_str("warning"),
        }
    }
}

/// The fields of a record, in the order in which they are printed.
pub(crate) type Fields = Vec<(&'static str, Value)>;

/// The result of a step.
#[derive(Debug)]
pub(crate) struct Done {
    /// The status that S3 documents for this step.
    pub(crate) status: u16,
    /// The fields of the record.
    pub(crate) fields: Fields,
    /// The text on the screen.
    pub(crate) summary: String,
}

/// Why a step failed.
#[derive(Debug)]
pub(crate) struct StepFailure {
    pub(crate) status: Status,
    /// `cannot VERB SUBJECT: CAUSE`.
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    pub(crate) exit: Exit,
}

impl StepFailure {
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            status: Status::of(error),
            text: error.to_string(),
            hint: error.hint().map(str::to_owned),
            exit: error.exit(),
        }
    }

    /// Something that this program does not support. The run ends with exit 1.
    pub(crate) fn refused(doing: &str, subject: &str, cause: &str, hint: &str) -> Self {
        let error = Error::new(Kind::Failed, doing, subject, cause).with_hint(hint);
        Self {
            status: Status::Refused,
            ..Self::of(&error)
        }
    }

    /// The same, recorded with this status.
    pub(crate) fn with_http_status(mut self, status: u16) -> Self {
        self.status = Status::Http(status);
        self
    }
}

impl Status {
    /// The status of the response that an error is about, if there was one.
    pub(crate) fn of(error: &Error) -> Self {
        error.http_status().map_or(Self::Failed, Self::Http)
    }
}

impl From<Error> for StepFailure {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}
