//! How credentials are asked for over HTTP: a trait for the transport, and its adapter to
//! reqsign.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use reqsign_core::{Context, FileRead, HttpSend};

use crate::ui::one_line;

/// The future of one response.
pub type Fetched<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, String>> + Send + 'a>>;

/// Sends one small request over the program's own connections, proxies and trusted certificates.
pub trait HttpFetch: Send + Sync + 'static {
    /// Sends the request and reads the whole response, of any status, within this time.
    ///
    /// # Errors
    /// The reason why there was no response, in plain words. It never quotes the request or the
    /// response, because both hold secrets.
    fn fetch(&self, request: Request<Bytes>, timeout: Duration) -> Fetched<'_>;
}

/// Time limits and attempts for one source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// The time for each attempt.
    pub(super) timeout: Duration,
    /// Number of attempts, at least one.
    pub(super) tries: u32,
}

impl Patience {
    /// Services across the network.
    pub(super) const REMOTE: Self = Self {
        timeout: Duration::from_secs(10),
        tries: 3,
    };
    /// Services on this machine or its link, which respond in milliseconds or not at all.
    pub(super) const NEARBY: Self = Self {
        timeout: Duration::from_secs(1),
        tries: 2,
    };
}

/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// Sends requests for reqsign. Keeps the reason for a missing response, because reqsign's errors do
/// not have it.
#[derive(Clone)]
pub(super) struct Sender {
    fetch: Arc<dyn HttpFetch>,
    patience: Patience,
    silence: Arc<Mutex<Option<String>>>,
}

impl Sender {
    pub(super) fn new(fetch: &Arc<dyn HttpFetch>, patience: Patience) -> Self {
        Self {
            fetch: Arc::clone(fetch),
            patience,
            silence: Arc::default(),
        }
    }

    /// Sends until there is a response other than a temporary server error.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let mut left = self.patience.tries;
        loop {
            left = left.saturating_sub(1);
            let result = self
                .fetch
                .fetch(request.clone(), self.patience.timeout)
                .await;
            let is_final = match &result {
                Ok(response) => !response.status().is_server_error() && response.status() != 429,
                Err(_) => false,
            };
            if is_final || left == 0 {
                return result;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A context for reqsign that sees no environment and runs no command: the plan decides what
    /// may be used.
    pub(super) fn context(&self) -> Context {
        Context::new()
            .with_http_send(self.clone())
            .with_file_read(Files)
    }

    /// What reqsign's error means, with the reason for a missing response.
    pub(super) fn explain(&self, error: &reqsign_core::Error) -> String {
        let silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        one_line(silence.as_deref().unwrap_or(&error.to_string()))
    }
}

/// reqsign requires Debug.
impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender")
    }
}

impl HttpSend for Sender {
    async fn http_send(&self, request: Request<Bytes>) -> reqsign_core::Result<Response<Bytes>> {
        let result = self.send(request).await;
        let mut silence = self.silence.lock().unwrap_or_else(PoisonError::into_inner);
        *silence = result.as_ref().err().cloned();
        result.map_err(reqsign_core::Error::unexpected)
    }
}

#[derive(Debug)]
struct Files;

impl FileRead for Files {
    async fn file_read(&self, path: &str) -> reqsign_core::Result<Vec<u8>> {
        tokio::fs::read(path)
            .await
            .map_err(|error| reqsign_core::Error::unexpected(error.to_string()))
    }
}
