//! How a step ended, as the log and the screen show it.

use std::fmt;

use common::{Error, Exit, Kind};
use serde_json::Value;

/// What a record says of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It begins.
    Run,
    /// The service answered with this status.
    Http(u16),
    /// There was no response, or what came was not what was sent.
    Failed,
    /// This program does not do it.
    Refused,
    /// A signal came.
    Interrupted,
    /// No step: something that a person should know.
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

/// Fields of a record, in the order in which they are read.
pub(crate) type Fields = Vec<(&'static str, Value)>;

/// What a step did.
#[derive(Debug)]
pub(crate) struct Done {
    /// The status that S3 documents for the step.
    pub(crate) status: u16,
    /// For the record.
    pub(crate) fields: Fields,
    /// For the screen.
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

    /// Something that this program does not do: the run ends with exit 1.
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
