//! The body of a response: complete, or an error.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use tokio::time::timeout_at;

use super::error::Error;
use super::health::Health;
use super::send_progress::StopSending;
use super::timeout::{MinimumRate, ProgressTimer, no_progress};

/// How long a body may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct BodyLimits {
    /// Without a byte.
    pub(super) progress: Duration,
    /// Without a byte other than white space, if the body is one document: white space only keeps the
    /// connection open.
    pub(super) document: Duration,
    /// When the server had the whole request.
    pub(super) waited_since: Instant,
    /// When the request began.
    pub(super) began: Instant,
}

/// A document must be complete within this many progress timeouts (ten minutes if one is 30 s), or
/// within the time limit of its request if that is longer. Its size is limited, so any working
/// connection is faster.
const DOCUMENT_TIMEOUTS: u32 = 20;

/// A longer document waits until fewer than [`LONG_DOCUMENTS`] are being read: a server that sends
/// long documents to all requests must not fill the memory. A usual page of a listing has half of it.
const SHORT_DOCUMENT_BYTES: usize = 1024 * 1024;

/// How many documents may be longer at a time.
pub(super) const LONG_DOCUMENTS: usize = 2;

/// The body of a response. Dropping it early closes its connection; reading it to the end gives
/// the connection back.
pub struct ResponseBody {
    pub(super) incoming: Incoming,
    pub(super) expected: Option<u64>,
    pub(super) received: u64,
    pub(super) ended: bool,
    pub(super) limits: BodyLimits,
    pub(super) timer: ProgressTimer,
    pub(super) minimum_rate: MinimumRate,
    /// The rest of the request is not needed once its response was read or dropped.
    pub(super) _sending: StopSending,
    pub(super) authority: String,
    pub(super) long_documents: Arc<Semaphore>,
    /// Only for status codes below 400: the body of a 503 is no progress.
    pub(super) health: Option<Arc<Health>>,
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
    /// The connection broke, ended early, or made no progress within the time limit; more came than was
    /// announced.
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Error>> {
        let deadline = Instant::now() + self.limits.progress;
        let next = self.next_until(deadline, self.limits.progress).await;
        if let (Some(Ok(data)), Some(health)) = (&next, &self.health) {
            health.record_progress(data.len() as u64);
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
        let next = self.next_data(deadline, limit).await.transpose();
        if !matches!(next, Some(Ok(_))) {
            self.ended = true;
            self.until_read = None;
        }
        next
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
            let frame = tokio::select! {
                biased;
                frame = self.incoming.frame() => frame,
                () = self.timer.until(deadline) => return Err(no_progress(&self.authority, limit)),
            };
            let frame = frame
                .transpose()
                .map_err(|error| Error::of_hyper(&error, &self.authority))?;
            let Some(frame) = frame else {
                self.check_len(true)?;
                return Ok(None);
            };
            // Trailers are not data.
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                self.received = self.received.saturating_add(data.len() as u64);
                self.check_len(false)?;
                self.check_rate(waiting_since, data.len() as u64)?;
                return Ok(Some(data));
            }
        }
    }

    fn check_len(&self, is_end: bool) -> Result<(), Error> {
        let (authority, received) = (&self.authority, self.received);
        match self.expected {
            Some(expected) if received > expected => Err(Error::exchange(format!(
                "the response of {authority} is longer than the {expected} bytes it announced"
            ))),
            Some(expected) if is_end && received < expected => Err(Error::exchange(format!(
                "the response of {authority} ended after {received} of {expected} bytes"
            ))),
            _ => Ok(()),
        }
    }

    fn check_rate(&mut self, waiting_since: Instant, bytes: u64) -> Result<(), Error> {
        let too_slow = self
            .minimum_rate
            .is_too_slow(waiting_since.elapsed(), bytes);
        if too_slow && self.expected.is_none_or(|all| self.received < all) {
            return Err(self.minimum_rate.error(&self.authority));
        }
        Ok(())
    }

    /// The whole body, if it is a document of at most `limit` bytes. White space is not counted as
    /// a sign of life, and all of it has to come within one deadline.
    ///
    /// # Errors
    /// As [`ResponseBody::chunk`]; more than `limit` bytes is [`Error::Response`].
    pub async fn collect(mut self, limit: usize) -> Result<Bytes, Error> {
        let most = self
            .limits
            .progress
            .saturating_mul(DOCUMENT_TIMEOUTS)
            .max(self.limits.document);
        let last = self.limits.waited_since + most;
        let all = timeout_at(last.into(), self.collect_slowly(limit)).await;
        all.unwrap_or_else(|_| Err(no_progress(&self.authority, most)))
    }

    /// The same without the deadline for all of it.
    async fn collect_slowly(&mut self, limit: usize) -> Result<Bytes, Error> {
        let patience = self.limits.document;
        let mut deadline = Instant::now() + patience;
        let mut all = BytesMut::new();
        let mut may_be_long = None;
        while let Some(data) = self.next_until(deadline, patience).await {
            let data = data?;
            if all.len().saturating_add(data.len()) > limit {
                return Err(Error::Response(format!(
                    "the response is longer than {limit} bytes"
                )));
            }
            let is_progress = !data.trim_ascii().is_empty();
            all.extend_from_slice(&data);
            if all.len() > SHORT_DOCUMENT_BYTES && may_be_long.is_none() {
                may_be_long = Arc::clone(&self.long_documents).acquire_owned().await.ok();
            }
            if is_progress {
                deadline = Instant::now() + patience;
            }
        }
        Ok(all.freeze())
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
