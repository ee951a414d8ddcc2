//! File work off the async threads, with the one error that only happens while a run ends.

use common::{Error, Kind, Result};

/// Runs `work` where blocking is allowed. Fails if the runtime ends first; `subject` is the path
/// that the work is about.
pub(crate) async fn blocking<T: Send + 'static>(
    subject: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| interrupted(subject))
}

/// A blocking task that was dropped before it began.
pub(crate) fn interrupted(subject: &str) -> Error {
    Error::new(Kind::Failed, "finish", subject, "the run ended first")
}
