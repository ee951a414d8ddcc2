//! What one connection has sent, and when, for the progress timeout.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::Extensions;
use hyper_util::client::legacy::connect::CaptureConnection;

use super::send_progress::SendProgress;

/// What a connection has sent. Shared by the connection, which lives in hyper's task, and the caller
/// that waits for its response. Received bytes do not count: a server can send informational
/// responses for ever.
#[derive(Clone, Debug)]
pub(super) struct Meter(Arc<MeterState>);

#[derive(Debug)]
struct MeterState {
    epoch: Instant,
    last_millis: AtomicU64,
    sending: Mutex<Option<Arc<SendProgress>>>,
}

impl Meter {
    /// Starts now.
    pub(super) fn new() -> Self {
        Self(Arc::new(MeterState {
            epoch: Instant::now(),
            last_millis: AtomicU64::new(0),
            sending: Mutex::new(None),
        }))
    }

    /// Counts what is sent from now on as bytes of this body.
    pub(super) fn count_for(&self, body: &Arc<SendProgress>) {
        *self.sending() = Some(Arc::clone(body));
    }

    /// Ready while the connection may send; an error once it must be closed.
    pub(super) fn poll_may_send(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        match &*self.sending() {
            Some(body) => body.poll_may_send(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Records bytes that the network took.
    pub(super) fn sent(&self, bytes: usize) {
        let millis = u64::try_from(self.0.epoch.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.last_millis.store(millis, Relaxed);
        let mut sending = self.sending();
        if sending.as_ref().is_some_and(|body| body.sent(bytes as u64)) {
            *sending = None;
        }
    }

    fn sending(&self) -> MutexGuard<'_, Option<Arc<SendProgress>>> {
        self.0
            .sending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// When the last byte was sent, or when the connection was made.
    pub(super) fn last_sent(&self) -> Instant {
        self.0.epoch + Duration::from_millis(self.0.last_millis.load(Relaxed))
    }
}

/// The meter of the connection that a request was given; `None` while it has none.
pub(super) fn meter_of(connection: &CaptureConnection) -> Option<Meter> {
    let connected = connection.connection_metadata();
    let mut extras = Extensions::new();
    connected.as_ref()?.get_extras(&mut extras);
    extras.remove()
}
