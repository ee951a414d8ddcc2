//! The body of a response: complete, or an error.

use std::any::Any;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::error::Error;
use super::pulse::Pulse;
use super::sending::Stop;
use super::silence::{Drip, Silence, silent};

/// How long a body may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// Without a byte.
    pub(super) silence: Duration,
    /// Without a byte that says something, where the whole body is one document: white space only
    /// keeps the connection open.
    pub(super) document: Duration,
    /// When the server had the whole request.
    pub(super) waited_since: Instant,
    /// When the request began.
    pub(super) began: Instant,
}

/// A document must be complete after so many times the limit of silence (ten minutes, if that is
/// 30 s), or after the time that its request was granted: its size is limited, so an honest line
/// brings it sooner.
const DOCUMENT_LIMITS: u32 = 20;

/// A document that is longer waits for its turn: requests are many, and a server that sends much to
/// all of them must not fill the memory. A usual page of a listing is half as long.
const SHORT_DOCUMENT_BYTES: usize = 1024 * 1024;

/// So many documents may be longer at a time.
pub(super) const LONG_DOCUMENTS: usize = 2;

/// The body of a response. Dropping it early closes its connection; reading it to the end gives
/// the connection back.
pub struct ResponseBody {
    pub(super) incoming: Incoming,
    pub(super) expected: Option<u64>,
    pub(super) received: u64,
    pub(super) ended: bool,
    pub(super) limits: BodyLimits,
    pub(super) silence: Silence,
    pub(super) drip: Drip,
    /// The rest of the request is of no use once its response was read or thrown away.
    pub(super) _sending: Stop,
    pub(super) authority: String,
    pub(super) long_documents: Arc<Semaphore>,
    /// Fed only by good answers: the body of a 503 is no sign of life.
    pub(super) pulse: Option<Arc<Pulse>>,
    /// Dropped at the end of the body.
    pub(super) until_read: Option<Box<dyn Any + Send + Sync>>,
}

impl std::fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "ResponseBody({} of {:?} bytes)",
            self.received, self.expected
        )
    }
}

impl ResponseBody {
    /// The next bytes, as they came off the connection; None after exactly the announced length.
    ///
    /// # Errors
    /// The connection broke, ended early, or was silent for the time limit; more came than was
    /// announced.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Error>> {
        let deadline = Instant::now() + self.limits.silence;
        let next = self.next_until(deadline, self.limits.silence).await;
        if let (Some(Ok(data)), Some(pulse)) = (&next, &self.pulse) {
            pulse.moved(data.len() as u64);
        }
        next
    }

    /// The next bytes, if they come before `deadline`, which is the end of a time of `limit`.
    async fn next_until(
        &mut self,
        deadline: Instant,
        limit: Duration,
    ) -> Option<Result<Bytes, Error>> {
        if self.ended {
            return None;
        }
        match self.next_data(deadline, limit).await {
            Ok(Some(data)) => Some(Ok(data)),
            Ok(None) => {
                self.end();
                None
            }
            Err(error) => {
                self.end();
                Some(Err(error))
            }
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.until_read = None;
    }

    /// Drops this when the body has ended or is dropped itself.
    pub(crate) fn until_read(&mut self, held: impl Any + Send + Sync) {
        self.until_read = Some(Box::new(held));
    }

    async fn next_data(
        &mut self,
        deadline: Instant,
        limit: Duration,
    ) -> Result<Option<Bytes>, Error> {
        let waiting_since = Instant::now();
        loop {
            let incoming = &mut self.incoming;
            let frame = std::future::poll_fn(|cx| Pin::new(&mut *incoming).poll_frame(cx));
            let frame = tokio::select! {
                biased;
                frame = frame => frame,
                () = self.silence.until(deadline) => return Err(silent(&self.authority, limit)),
            };
            match frame {
                None => return self.check_end().map(|()| None),
                Some(Err(error)) => return Err(Error::of_hyper(&error, &self.authority)),
                Some(Ok(frame)) => {
                    // Trailers are not data.
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    if data.is_empty() {
                        continue;
                    }
                    self.received = self.received.saturating_add(data.len() as u64);
                    self.check_excess()?;
                    self.check_drip(waiting_since, data.len() as u64)?;
                    return Ok(Some(data));
                }
            }
        }
    }

    fn check_end(&self) -> Result<(), Error> {
        match self.expected {
            Some(expected) if self.received < expected => Err(Error::exchange(format!(
                "the response of {} ended after {} of {expected} bytes",
                self.authority, self.received
            ))),
            _ => Ok(()),
        }
    }

    fn check_excess(&self) -> Result<(), Error> {
        match self.expected {
            Some(expected) if self.received > expected => Err(Error::exchange(format!(
                "the response of {} is longer than the {expected} bytes it announced",
                self.authority
            ))),
            _ => Ok(()),
        }
    }

    fn check_drip(&mut self, waiting_since: Instant, bytes: u64) -> Result<(), Error> {
        let drips = self.drip.goes_on(waiting_since.elapsed(), bytes);
        if drips && self.expected.is_none_or(|all| self.received < all) {
            return Err(self.drip.error(&self.authority));
        }
        Ok(())
    }

    /// The whole body, if it is a document of at most `limit` bytes. White space is not counted as
    /// a sign of life, and all of it has to come within one deadline.
    ///
    /// # Errors
    /// As [`ResponseBody::chunk`]; more than `limit` bytes is [`Error::Response`].
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, Error> {
        let patience = self.limits.document;
        let most = self
            .limits
            .silence
            .saturating_mul(DOCUMENT_LIMITS)
            .max(patience);
        let last = self.limits.waited_since + most;
        let mut deadline = Instant::now() + patience;
        let mut all = Collected::default();
        let mut may_be_long = None;
        loop {
            let (deadline_now, time) = if deadline < last {
                (deadline, patience)
            } else {
                (last, most)
            };
            let Some(data) = self.next_until(deadline_now, time).await else {
                return Ok(all.into_bytes());
            };
            let data = data?;
            if all.len().saturating_add(data.len()) > limit {
                return Err(Error::Response(format!(
                    "the response is longer than {limit} bytes"
                )));
            }
            if !data.trim_ascii().is_empty() {
                deadline = Instant::now() + patience;
            }
            all.push(data);
            if all.len() > SHORT_DOCUMENT_BYTES && may_be_long.is_none() {
                let long_documents = Arc::clone(&self.long_documents);
                let permit = timeout_at(last.into(), long_documents.acquire_owned()).await;
                may_be_long = Some(permit.map_err(|_| silent(&self.authority, most))?);
                deadline = Instant::now() + patience;
            }
        }
    }

    /// The length that Content-Length announces or, without one, Content-Range; None if neither
    /// does: then only the caller can know whether the body is complete.
    pub fn expected_len(&self) -> Option<u64> {
        self.expected
    }

    /// Bytes received so far.
    pub fn received(&self) -> u64 {
        self.received
    }
}

/// A body that is being collected. One chunk is the usual case and is passed on as it is.
#[derive(Default)]
struct Collected {
    first: Bytes,
    all: BytesMut,
}

impl Collected {
    fn len(&self) -> usize {
        self.first.len().saturating_add(self.all.len())
    }

    fn push(&mut self, data: Bytes) {
        if self.len() == 0 {
            self.first = data;
            return;
        }
        self.all.extend_from_slice(&std::mem::take(&mut self.first));
        self.all.extend_from_slice(&data);
    }

    fn into_bytes(self) -> Bytes {
        if self.all.is_empty() {
            self.first
        } else {
            self.all.freeze()
        }
    }
}
