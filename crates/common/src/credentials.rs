//! Credentials and where they come from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::config::Config;
use crate::error::Result;

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A key pair.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: Secret,
    /// The token of temporary credentials.
    pub session_token: Option<Secret>,
    /// When they end.
    pub expires: Option<jiff::Timestamp>,
}

/// Fetches what credential sources ask for.
pub trait HttpFetch: Send + Sync {
    /// One request, within the time limit.
    fn fetch(
        &self,
        request: http::Request<Bytes>,
        timeout: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, String>> + Send + '_>>;
}

/// Where credentials come from.
pub struct CredentialSource {
    fixed: Option<Arc<Credentials>>,
}

impl CredentialSource {
    /// Prepares the chain.
    pub fn new(_config: &Config, _fetch: Arc<dyn HttpFetch>) -> Self {
        Self { fixed: None }
    }

    /// The credentials to use now; None for unsigned requests.
    pub async fn current(&self) -> Result<Option<Arc<Credentials>>> {
        Ok(self.fixed.clone())
    }

    /// Forgets what the server calls expired.
    pub async fn renew_after_expired(&self) {}
}
