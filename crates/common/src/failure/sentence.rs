//! The sentence for a person while it is being put together.

use super::context::Context;
use crate::error::{Error, Kind};

/// What is said of a failure, before it is known what was being done.
pub(super) struct Words {
    kind: Kind,
    cause: String,
    detail: Option<String>,
    http_status: Option<u16>,
    hint: Option<String>,
    stop: bool,
}

impl Words {
    pub(super) fn new(kind: Kind, cause: impl Into<String>) -> Self {
        Self {
            kind,
            cause: cause.into(),
            detail: None,
            http_status: None,
            hint: None,
            stop: false,
        }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn stop(mut self) -> Self {
        self.stop = true;
        self
    }

    pub(super) fn stop_if(mut self, stop: bool) -> Self {
        self.stop = stop;
        self
    }

    /// Adds what support staff need.
    pub(super) fn about(mut self, detail: String, http_status: u16) -> Self {
        self.detail = Some(detail);
        self.http_status = Some(http_status);
        self
    }

    pub(super) fn into_error(self, doing: String, subject: String) -> Error {
        let mut error = Error::new(self.kind, doing, subject, self.cause);
        if let Some(detail) = self.detail {
            error = error.with_detail(detail);
        }
        if let Some(status) = self.http_status {
            error = error.with_http_status(status);
        }
        if let Some(hint) = self.hint {
            error = error.with_hint(hint);
        }
        if self.stop {
            error = error.stopping_the_run();
        }
        error
    }
}

pub(super) fn check_endpoint(context: &Context) -> String {
    format!(
        "check that ENDPOINT_URL is the address of an S3 service; it is {}",
        context.endpoint
    )
}
