//! How credentials are asked for over HTTP: small requests with the limits and trusted certificates
//! of requests to the service, but through no proxy that could read them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderValue, Request, Response, StatusCode};
use reqsign_aws_v4::Credential;
use reqsign_core::{Context, HttpSend, ProvideCredential};
use rusoto_credential::AwsCredentials;
use s3_client::http::{Body, Error, Transport};

use crate::ui::one_line;

/// Credentials are a few KiB. A longer response is something else.
const RESPONSE_LIMIT_BYTES: usize = 1024 * 1024;
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(100);

/// The future of one response, or why there was none, in plain words. They never quote the request or
/// the response, because both hold secrets.
pub(super) type Fetched<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Bytes>, String>> + Send + 'a>>;

/// Sends one small request and reads the whole response, of any status. Tests have a fake.
pub(crate) trait HttpFetch: Send + Sync + 'static {
    fn fetch(&self, request: Request<Bytes>) -> Fetched<'_>;
}

impl HttpFetch for Transport {
    fn fetch(&self, request: Request<Bytes>) -> Fetched<'_> {
        Box::pin(async move {
            let response = exchange(self, request).await;
            response.map_err(|error| error.to_string())
        })
    }
}

async fn exchange(
    transport: &Transport,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Error> {
    let (mut parts, body) = request.into_parts();
    if let Ok(host) = HeaderValue::from_str(parts.uri.authority().map_or("", |to| to.as_str())) {
        parts.headers.entry(HOST).or_insert(host);
    }
    if !body.is_empty() {
        parts.headers.insert(CONTENT_LENGTH, body.len().into());
    }
    let head = Request::from_parts(parts, ());
    let response = transport
        .exchange(head, Body::Bytes(body), None, None)
        .await?;
    let status = response.status;
    let mut fetched = Response::new(response.body.collect(RESPONSE_LIMIT_BYTES).await?);
    *fetched.status_mut() = StatusCode::from_u16(status)
        .map_err(|_| Error::Response(format!("HTTP status {status}")))?;
    *fetched.headers_mut() = response.headers;
    Ok(fetched)
}

/// Sends requests, its own and those of reqsign. Keeps the reason for a missing response, because
/// reqsign's errors do not have it.
#[derive(Clone)]
pub(super) struct Sender {
    fetch: Arc<dyn HttpFetch>,
    timeout: Duration,
    attempts: u32,
    no_response: Arc<Mutex<Option<String>>>,
}

impl Sender {
    /// For services across the network.
    pub(super) fn remote(fetch: &Arc<dyn HttpFetch>) -> Self {
        Self::new(fetch, Duration::from_secs(10), 3)
    }

    /// For services on this machine or its link, which respond in milliseconds or not at all.
    pub(super) fn nearby(fetch: &Arc<dyn HttpFetch>) -> Self {
        Self::new(fetch, Duration::from_secs(1), 2)
    }

    fn new(fetch: &Arc<dyn HttpFetch>, timeout: Duration, attempts: u32) -> Self {
        Self {
            fetch: Arc::clone(fetch),
            timeout,
            attempts,
            no_response: Arc::default(),
        }
    }

    /// Sends until there is a response other than a temporary server error.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let mut failed = 0;
        loop {
            let fetched = self.fetch.fetch(request.clone());
            let result = match tokio::time::timeout(self.timeout, fetched).await {
                Ok(result) => result,
                Err(_) => Err(format!(
                    "no response within {} s",
                    self.timeout.as_secs_f64()
                )),
            };
            failed += 1;
            let is_final = result.as_ref().is_ok_and(|response| {
                !response.status().is_server_error() && response.status() != 429
            });
            if is_final || failed == self.attempts {
                return result;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// A context for reqsign that sees no environment, reads no file and runs no command: the
    /// settings decide what may be used.
    pub(super) fn context(&self) -> Context {
        Context::new().with_http_send(self.clone())
    }

    /// The credentials that a provider of reqsign gets.
    pub(super) async fn ask(
        &self,
        provider: impl ProvideCredential<Credential = Credential>,
    ) -> Result<AwsCredentials, String> {
        let response = provider.provide_credential(&self.context()).await;
        let keys = response.map_err(|error| {
            let no_response = self
                .no_response
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            one_line(no_response.as_deref().unwrap_or(&error.to_string()))
        })?;
        let keys = keys.ok_or("it has none")?;
        let expires = keys.expires_in.map(|end| end.to_string().parse());
        Ok(AwsCredentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            keys.session_token,
            expires
                .transpose()
                .map_err(|_| "it gave an impossible time")?,
        ))
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
        let mut no_response = self
            .no_response
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *no_response = result.as_ref().err().cloned();
        result.map_err(reqsign_core::Error::unexpected)
    }
}
