//! One request, one response.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::PROXY_AUTHORIZATION;
use http::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::capture_connection;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::Semaphore;
use tokio::time::sleep_until;

use super::buffers::Buffers;
use super::connector::Connector;
use super::error::{Error, Stage, authority};
use super::health::Health;
use super::meter::meter_of;
use super::proxy::{ProxyRules, wants_credentials};
use super::request_body::{Body, BodyStream};
use super::response::{Response, assemble};
use super::response_body::{BodyLimits, LONG_DOCUMENTS};
use super::send_progress::{OnSent, SendProgress, StopSending};
use super::timeout::no_progress;
use super::tls::Trust;

/// How long an unused connection is kept. S3 closes its side after about 20 seconds; a request
/// sent into a closing connection is lost and has to be repeated.
const IDLE: Duration = Duration::from_secs(15);

/// Headers that a response may have: 2 KiB of user metadata can be spread over many.
const MAX_HEADERS: usize = 400;

/// What one connection may buffer of a response and, beside one chunk of its body, of a request.
const MOST_BUFFERED_BYTES: usize = 128 * 1024;

/// Time limits of every request.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a connection to be ready: name, TCP, proxy and TLS together.
    pub connect: Duration,
    /// Without a byte sent or received.
    pub progress: Duration,
}

/// The connections of one client. Cheap to clone.
#[derive(Clone)]
pub struct Transport {
    pool: Client<Connector, BodyStream>,
    proxies: Arc<ProxyRules>,
    limits: Limits,
    health: Arc<Health>,
    buffers: Buffers,
    long_documents: Arc<Semaphore>,
}

impl Transport {
    /// Makes no connection yet.
    pub fn new(limits: Limits, proxies: ProxyRules, trust: Arc<Trust>) -> Self {
        let proxies = Arc::new(proxies);
        let connector = Connector::new(Arc::clone(&proxies), trust, limits.connect);
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .set_host(false)
            .http1_max_headers(MAX_HEADERS)
            .http1_max_buf_size(MOST_BUFFERED_BYTES)
            .http1_ignore_invalid_headers_in_responses(true)
            .build(connector);
        Self {
            pool,
            proxies,
            limits,
            health: Arc::new(Health::new()),
            buffers: Buffers::default(),
            long_documents: Arc::new(Semaphore::new(LONG_DOCUMENTS)),
        }
    }

    /// The buffers of bodies that are read from files, for whatever else needs some.
    pub(crate) fn buffers(&self) -> &Buffers {
        &self.buffers
    }

    /// The health of the endpoint.
    pub(crate) fn health(&self) -> &Arc<Health> {
        &self.health
    }

    /// The time limits.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Sends one request and waits for the head of its response, at most `patience` (default: the
    /// progress timeout) after the network took the last byte of the request. Informational responses
    /// (1xx) and an unfinished head are no progress. The request has an absolute URI and its `host`
    /// header.
    ///
    /// A refusal (300 and above) that comes before the body was sent ends the sending.
    ///
    /// # Errors
    /// [`Error::Transport`]; [`Error::Response`] for a success that came before the body was sent;
    /// [`Error::Body`] if the body could not be read.
    pub async fn exchange(
        &self,
        head: Request<()>,
        body: Body,
        on_sent: Option<OnSent>,
        patience: Option<Duration>,
    ) -> Result<Response, Error> {
        let patience = patience.unwrap_or(self.limits.progress);
        let sending = SendProgress::new(body.len(), on_sent, Arc::clone(&self.health));
        let body = BodyStream::new(body, Arc::clone(&sending), &self.buffers);
        let sending = StopSending::new(sending);
        let mut request = head.map(|()| body);
        self.authorize_at_proxy(&mut request);
        let uri = request.uri().clone();
        let connection = capture_connection(&mut request);
        request.body_mut().set_connection(connection.clone());
        let mut response = pin!(self.pool.request(request));
        let began = Instant::now();
        let mut deadline = began + patience;
        let mut timer = pin!(sleep_until(deadline.into()));
        let response = loop {
            tokio::select! {
                biased;
                response = &mut response => break response,
                () = &mut timer => {
                    // Without a connection yet, the connect limit is at work.
                    let last = meter_of(&connection).map_or_else(Instant::now, |meter| meter.last_sent());
                    deadline = deadline.max(last + patience);
                    if deadline <= Instant::now() {
                        return Err(no_progress(authority(&uri), patience));
                    }
                    timer.as_mut().reset(deadline.into());
                }
            }
        };
        let response = response.map_err(|error| {
            let error = Error::of_hyper(&error, authority(&uri));
            error.unanswered_if(is_plain(&uri) && !self.health.has_answered())
        })?;
        let status = response.status().as_u16();
        if status == 407 {
            let proxy = self.proxies.for_destination(&uri);
            let cause = wants_credentials(proxy.as_ref());
            return Err(Error::new(Stage::ProxyCredentials, cause));
        }
        // These show that a service is there. Any other status may come with a web page of something
        // else: the reader of the body decides.
        if status >= 500 || status == 429 || status == 408 {
            self.health.record_response();
        }
        if status >= 300 {
            sending.pause();
        } else if !sending.is_done() {
            return Err(Error::Response(format!(
                "{} answered before it had received the whole request",
                authority(&uri)
            )));
        }
        let waited_since =
            meter_of(&connection).map_or(began, |meter| meter.last_sent().max(began));
        let limits = BodyLimits {
            progress: self.limits.progress,
            // A refusal needs no work: only a success may take its time.
            document: if status < 300 {
                patience
            } else {
                self.limits.progress
            },
            waited_since,
            began,
        };
        Ok(assemble(
            response,
            authority(&uri),
            limits,
            sending,
            &self.long_documents,
            &self.health,
        ))
    }

    /// A plain request through a proxy carries the proxy's password itself; a tunnel has
    /// already shown it.
    fn authorize_at_proxy(&self, request: &mut Request<BodyStream>) {
        if !is_plain(request.uri()) {
            return;
        }
        if let Some(auth) = self
            .proxies
            .for_destination(request.uri())
            .and_then(|proxy| proxy.basic_auth().cloned())
        {
            request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
        }
    }
}

fn is_plain(uri: &Uri) -> bool {
    uri.scheme() == Some(&http::uri::Scheme::HTTP)
}
