//! How a step went, as records and story tell it.

use std::fmt;

use common::{Error, Exit, Kind};
use serde_json::Value;

/// What a record says of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It begins.
    Run,
    /// The service answered so.
    Http(u16),
    /// It failed before the service answered, or after: what came was not what was sent.
    Failed,
    /// We did not do it.
    Refused,
    /// A signal came.
    Interrupted,
    /// Something that a person should know.
    Warning,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => f.pad("run"),
            Self::Http(status) => f.pad(&status.to_string()),
            Self::Failed => f.pad("failed"),
            Self::Refused => f.pad("refused"),
            Self::Interrupted => f.pad("interrupted"),
            Self::Warning => f.pad("warning"),
        }
    }
}

/// Fields of a record, in the order in which they are read.
pub(crate) type Data = Vec<(&'static str, Value)>;

/// What a step did.
#[derive(Debug)]
pub(crate) struct Done {
    /// The response, as S3 documents it for the step.
    pub(crate) status: u16,
    /// For the record.
    pub(crate) data: Data,
    /// For the story.
    pub(crate) said: String,
}

/// Why a step did not do it.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) status: Status,
    /// `cannot VERB SUBJECT: CAUSE`.
    pub(crate) text: String,
    pub(crate) hint: Option<String>,
    pub(crate) exit: Exit,
}

impl Trouble {
    /// A failure in words.
    pub(crate) fn of(error: &Error) -> Self {
        Self {
            status: error.http_status().map_or(Status::Failed, Status::Http),
            text: error.to_string(),
            hint: error.hint().map(str::to_owned),
            exit: error.exit(),
        }
    }

    /// Something that we do not do: the run ends with exit 1.
    pub(crate) fn refused(doing: &str, subject: &str, cause: &str, hint: &str) -> Self {
        let error = Error::new(Kind::Failed, doing, subject, cause).with_hint(hint);
        Self {
            status: Status::Refused,
            ..Self::from(error)
        }
    }

    /// The same, recorded with this status: what the service answered to the question before.
    pub(crate) fn with_http_status(mut self, status: u16) -> Self {
        self.status = Status::Http(status);
        self
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}
