//! The error that a person reads: what we were doing, with what, why it failed, and what to do
//! next.
//!
//! Printed as `PROGRAM: cannot VERB SUBJECT: CAUSE (S3Code, HTTP nnn, request id)` and at
//! most one `hint:` line. Other errors become this type in few places: responses of the
//! service in [`crate::failure`], everything else where it happens.

use std::fmt;
use std::io;

use s3_client::error::describe_io;

use crate::exit::Exit;

/// The result of any operation whose failure a person reads.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kind of a failure, as far as callers need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A setting is missing, unreadable, contradictory or wrong for this endpoint.
    Settings,
    /// The requested bucket, key or directory does not exist.
    NotThere,
    /// The service refused access.
    Denied,
    /// The service does not accept the credentials at all, so no request can succeed.
    Unauthenticated,
    /// A check found damaged data.
    Damaged,
    /// The service or network gave up after all attempts.
    Unavailable,
    /// The local disk is full or not writable.
    Disk,
    /// A failure of this one object or file. Others may still succeed.
    Failed,
    /// An internal error: the program contradicts itself.
    Bug,
}

/// Whether a failure concerns one object or all that follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The other objects of the run may still succeed.
    Object,
    /// The cause would fail every object: the run stops.
    Run,
}

/// What we were doing, to what, why it failed, and what to do next.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: Kind,
    scope: Scope,
    doing: String,
    subject: String,
    cause: String,
    detail: Option<String>,
    http_status: Option<u16>,
    code: Option<String>,
    hint: Option<String>,
}

impl Error {
    /// An error with the text `cannot DOING SUBJECT: CAUSE`. It concerns one object, until
    /// [`Error::stopping_the_run`] changes that. `cause` is lower case, without full stop.
    pub fn new(
        kind: Kind,
        doing: impl Into<String>,
        subject: impl Into<String>,
        cause: impl Into<String>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            scope: Scope::Object,
            doing: doing.into(),
            subject: subject.into(),
            cause: cause.into(),
            detail: None,
            http_status: None,
            code: None,
            hint: None,
        }))
    }

    /// A setting that is missing or wrong: `cannot start: CAUSE`, exit 3.
    pub fn settings(cause: impl Into<String>) -> Self {
        Self::new(Kind::Settings, "start", "", cause).stopping_the_run()
    }

    /// An error that only has a cause so far. Add the rest with [`Error::while_doing`].
    pub(crate) fn because(kind: Kind, cause: impl Into<String>) -> Self {
        Self::new(kind, "", "", cause)
    }

    /// Adds what was being done, and with what.
    #[must_use]
    pub(crate) fn while_doing(mut self, doing: String, subject: String) -> Self {
        self.0.doing = doing;
        self.0.subject = subject;
        self
    }

    /// A local file operation that failed. Full and read-only disks stop the run (exit 8). Other
    /// errors, such as EACCES, EFBIG and ENAMETOOLONG, concern this file only.
    pub fn io(doing: impl Into<String>, path: impl Into<String>, source: &io::Error) -> Self {
        use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        match source.kind() {
            StorageFull => Self::new(Kind::Disk, doing, path, "no space left on this disk")
                .with_hint("free space or choose another directory; finished files are kept and will be skipped")
                .stopping_the_run(),
            QuotaExceeded => Self::new(Kind::Disk, doing, path, "the disk quota is used up")
                .with_hint("free space or choose another directory; finished files are kept and will be skipped")
                .stopping_the_run(),
            ReadOnlyFilesystem => Self::new(Kind::Disk, doing, path, "this file system is read-only")
                .with_hint("choose a directory that can be written to")
                .stopping_the_run(),
            _ => Self::new(Kind::Failed, doing, path, describe_io(source)),
        }
    }

    /// The codes that support staff need, shown in brackets: `NoSuchKey, HTTP 404, request 7f3a`.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// The HTTP status of the response, for records.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.0.http_status = Some(status);
        self
    }

    /// The code of S3, such as `NoSuchBucket`, for records.
    #[must_use]
    pub(crate) fn with_code(mut self, code: Option<&str>) -> Self {
        self.0.code = code.map(str::to_owned);
        self
    }

    /// Adds a hint: what to do next, as an imperative. Only if it is true.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Changes the kind but not the text, for a cause that only the caller can judge.
    #[must_use]
    pub fn with_kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Marks the cause as one that would fail all other objects too.
    #[must_use]
    pub fn stopping_the_run(self) -> Self {
        self.stopping_the_run_if(true)
    }

    /// Like [`Error::stopping_the_run`] if `concerns_all`, else unchanged.
    #[must_use]
    pub(crate) fn stopping_the_run_if(mut self, concerns_all: bool) -> Self {
        if concerns_all {
            self.0.scope = Scope::Run;
        }
        self
    }

    /// The kind of the failure.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether other objects may still succeed.
    pub fn scope(&self) -> Scope {
        self.0.scope
    }

    /// The hint, if there is one.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The HTTP status of the response, if there was one.
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// The code of S3, if the service sent one.
    pub(crate) fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The object or path that the error is about, as shown.
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The cause alone, for reports that name the subject themselves.
    pub fn cause(&self) -> String {
        match &self.0.detail {
            Some(detail) => format!("{} ({detail})", self.0.cause),
            None => self.0.cause.clone(),
        }
    }

    /// The exit code of a run that ends with this error.
    pub fn exit(&self) -> Exit {
        match self.0.kind {
            Kind::Settings => Exit::Settings,
            Kind::NotThere => Exit::NotThere,
            Kind::Denied | Kind::Unauthenticated => Exit::Denied,
            Kind::Damaged => Exit::Damaged,
            Kind::Unavailable => Exit::Unavailable,
            Kind::Disk => Exit::Disk,
            Kind::Failed => Exit::SomeFailed,
            Kind::Bug => Exit::Bug,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.0.doing)?;
        if !self.0.subject.is_empty() {
            write!(f, " {}", self.0.subject)?;
        }
        write!(f, ": {}", self.cause())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_reads_verb_subject_cause_and_codes() {
        let error = Error::new(Kind::Denied, "list", "s3://photos/2024/", "access denied")
            .with_detail("AccessDenied, HTTP 403, request 7f3a");
        assert_eq!(
            error.to_string(),
            "cannot list s3://photos/2024/: access denied (AccessDenied, HTTP 403, request 7f3a)"
        );
    }

    #[test]
    fn a_full_disk_stops_the_run_and_a_closed_door_does_not() {
        let full = Error::io("write", "x", &io::Error::from_raw_os_error(28));
        assert_eq!((full.kind(), full.scope()), (Kind::Disk, Scope::Run));
        let closed = Error::io("write", "x", &io::Error::from_raw_os_error(13));
        assert_eq!(
            (closed.kind(), closed.scope()),
            (Kind::Failed, Scope::Object)
        );
        assert_eq!(closed.to_string(), "cannot write x: permission denied");
    }
}
