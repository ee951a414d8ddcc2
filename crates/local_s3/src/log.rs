//! The list of requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{HeaderMap, Method};

/// A request that has a response.
#[derive(Clone, Debug)]
pub struct LoggedRequest {
    /// The method.
    pub method: Method,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query as sent, without `?`; empty if there was none.
    pub query: String,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The status of the response.
    pub status: u16,
}

/// The requests so far. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<LoggedRequest>>>);

impl Log {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Vec<LoggedRequest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
