//! The client: options in, signed requests out.

mod key;
mod presign;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use http::Method;
use http::header::CONTENT_LENGTH;
use jiff::Timestamp;
use rusoto_core::signature::SignedRequest;
use rusoto_credential::{Anonymous as _, AwsCredentials};

use crate::endpoint::{Addressing, Endpoint, Scheme};
use crate::error::{Error, Result};
use crate::failure::Failure;
use crate::http::{Buffers, Response, Transport};
use crate::limiter::Limiter;
use crate::quirks::Quirks;
use crate::request::Request;
use crate::retrying::Retrying;
use crate::route::Route;
use crate::sign::{Signer, canonicalize};
use crate::wire::{head_of, log_result, shown};
pub use key::{RenewCredentials, ShownKey};

/// Shows a warning to the user, once.
pub type Warn = Arc<dyn Fn(String) + Send + Sync>;

/// What a client is made of.
pub struct ClientOptions {
    /// The address of the service.
    pub endpoint: Endpoint,
    /// Where buckets are named in requests to it.
    pub addressing: Addressing,
    /// The region to sign for.
    pub region: String,
    /// Its connections.
    pub transport: Transport,
    /// What requests are signed with.
    pub credentials: Arc<dyn RenewCredentials>,
    /// How many requests may be under way at a time.
    pub most_requests: usize,
    /// How often one request is tried before it counts as failed.
    pub max_attempts: u32,
    /// Gets the one warning about a region that is not the one to sign for.
    pub warn: Warn,
}

/// A connection to one S3 endpoint. Cheap to clone; all clones share connections, credentials
/// and what was learned about region and clock.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Transport,
    limiter: Arc<Limiter>,
    credentials: Arc<dyn RenewCredentials>,
    signer: Signer,
    route: RwLock<Arc<Route>>,
    max_attempts: u32,
    retrying: Arc<Retrying>,
    quirks: Quirks,
    warn: Warn,
    region_warned: AtomicBool,
    key: RwLock<ShownKey>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Client({})", self.endpoint_text())
    }
}

impl Client {
    /// Prepares everything; sends nothing.
    pub fn new(options: ClientOptions) -> Self {
        let route = Route::new(options.endpoint, options.addressing, &options.region);
        Self(Arc::new(Inner {
            credentials: options.credentials,
            limiter: Arc::new(Limiter::new(
                options.most_requests,
                Arc::clone(options.transport.health()),
            )),
            transport: options.transport,
            signer: Signer::default(),
            quirks: Quirks::of_host(&route.endpoint().host),
            route: RwLock::new(Arc::new(route)),
            max_attempts: options.max_attempts,
            retrying: Arc::default(),
            warn: options.warn,
            region_warned: AtomicBool::new(false),
            key: RwLock::default(),
        }))
    }

    /// Resolves the credentials, before anything else is tried.
    ///
    /// # Errors
    /// [`Error::Credentials`]: no source gave credentials.
    pub async fn check_credentials(&self) -> Result<()> {
        self.credentials().await.map(drop)
    }

    /// What requests are signed with.
    ///
    /// # Errors
    /// [`Error::Credentials`]: no source gave credentials.
    pub async fn credentials(&self) -> Result<AwsCredentials> {
        let credentials = self.0.credentials.credentials().await;
        let key = credentials.as_ref().map(ShownKey::of);
        *self.0.key.write().unwrap_or_else(PoisonError::into_inner) = key.unwrap_or_default();
        credentials.map_err(Error::Credentials)
    }

    /// What messages show of the credentials that were last asked for. Fetches none: a message must
    /// not try again what it is about.
    pub fn shown_key(&self) -> ShownKey {
        let key = self.0.key.read().unwrap_or_else(PoisonError::into_inner);
        key.clone()
    }

    /// A request about the service, a bucket, or an object in it. The key is taken byte for byte.
    pub fn request(&self, method: &str, bucket: Option<&str>, key: Option<&str>) -> Request {
        let route = self.route();
        let target = route.locate(bucket, key);
        let mut signed = SignedRequest::new(method, "s3", route.rusoto_region(), "");
        signed.path = target.path;
        signed.scheme = Some(target.scheme.to_owned());
        signed.hostname = Some(target.authority);
        Request::new(signed, bucket)
    }

    /// The time by which requests are signed: that of this machine, as corrected by what the
    /// service said.
    pub fn now(&self) -> Timestamp {
        self.0.signer.now()
    }

    /// Signs and sends a request, once, as soon as one more may be under way. One with an
    /// `authorization` header is signed already. Any status is a response; its body is still to be
    /// read, and whoever holds it must not wait for another request.
    ///
    /// # Errors
    /// [`Failure::Transport`]; [`Failure::Final`] without credentials, with a header that cannot
    /// be sent, or with a body that cannot be read.
    pub async fn send(&self, request: Request) -> Result<Response, Failure> {
        let Request {
            mut signed,
            body,
            payload_hash,
            patience,
            on_sent,
            ..
        } = request;
        let credentials = self.credentials().await.map_err(Failure::Final)?;
        // Signed when it may go: a signature is good for minutes only.
        let permit = self.0.limiter.permit().await;
        let host = signed.hostname.clone().unwrap_or_default();
        signed
            .headers
            .insert("host".to_owned(), vec![host.into_bytes()]);
        if credentials.is_anonymous() || signed.headers.contains_key("authorization") {
            canonicalize(&mut signed);
        } else {
            let signer = &self.0.signer;
            signer
                .sign(&mut signed, &credentials, payload_hash)
                .map_err(Failure::Final)?;
        }
        let mut head = head_of(signed).map_err(Failure::Final)?;
        // Explicit also when zero: some servers refuse a PUT that does not say so.
        if !body.is_empty() || matches!(*head.method(), Method::PUT | Method::POST) {
            head.headers_mut().insert(CONTENT_LENGTH, body.len().into());
        }
        let logged = log::log_enabled!(log::Level::Debug).then(|| (shown(&head), Instant::now()));
        let exchange = self.0.transport.exchange(head, body, on_sent, patience);
        let mut result = exchange.await.map_err(Failure::from);
        if let Ok(response) = &mut result {
            self.0.limiter.answered();
            response.body.until_read(permit);
        }
        if let Some((request, began)) = logged {
            log_result(&request, began, &result);
        }
        result
    }

    /// The region in use: the configured one, or the one that a response named.
    pub fn region(&self) -> String {
        self.route().region().to_owned()
    }

    /// The endpoint as a user would write it.
    pub fn endpoint_text(&self) -> String {
        self.route().endpoint().to_string()
    }

    /// Whether requests are encrypted on their way.
    pub(crate) fn is_tls(&self) -> bool {
        self.route().scheme() == Scheme::Https
    }

    /// The address of an object for a browser.
    pub fn public_url(&self, bucket: &str, key: &str) -> String {
        self.route().public_url(bucket, key)
    }

    /// How many requests may be under way at present.
    pub fn requests_at_a_time(&self) -> usize {
        self.0.limiter.limit()
    }

    /// How many requests are under way.
    pub fn requests_under_way(&self) -> usize {
        self.0.limiter.under_way()
    }

    /// What this endpoint does differently.
    pub fn quirks(&self) -> Quirks {
        self.0.quirks
    }

    pub(crate) fn route(&self) -> Arc<Route> {
        let route = self.0.route.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&route)
    }

    pub(crate) fn limiter(&self) -> &Limiter {
        &self.0.limiter
    }

    /// Buffers for what is sent, received, read and written.
    pub fn buffers(&self) -> &Buffers {
        self.0.transport.buffers()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }

    pub(crate) fn retrying(&self) -> &Arc<Retrying> {
        &self.0.retrying
    }

    pub(crate) fn max_attempts(&self) -> u32 {
        self.0.max_attempts
    }

    /// Tells whether there are new ones.
    pub(crate) async fn renew_credentials(&self) -> bool {
        self.0.credentials.renew().await
    }

    pub(crate) fn correct_clock(&self, skew_seconds: i64) {
        self.0.signer.correct_clock(skew_seconds);
    }

    /// What is added to this machine's clock to sign requests, in seconds.
    pub fn clock_skew_seconds(&self) -> i64 {
        self.0.signer.clock_skew_seconds()
    }

    /// Uses this region from now on and says so, once per run.
    pub(crate) fn learn_region(&self, region: &str) {
        let before = self.region();
        if before == region {
            return;
        }
        self.set_route(self.route().in_region(region));
        if !self.0.region_warned.swap(true, Relaxed) {
            (self.0.warn)(format!(
                "the region is {region}, not {before}: export REGION_NAME={region}"
            ));
        }
    }

    /// Follows a redirect if that is allowed; tells whether it was.
    pub(crate) fn follow(&self, to: &str, bucket: Option<&str>) -> bool {
        let route = self.route().redirect(to, bucket);
        let is_followed = route.is_some();
        route.into_iter().for_each(|route| self.set_route(route));
        is_followed
    }

    fn set_route(&self, route: Route) {
        let mut current = self.0.route.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(route);
    }
}

#[cfg(test)]
mod tests;
