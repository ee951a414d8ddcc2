//! How much of a request body has been sent, and how to stop sending it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

use super::health::Health;

/// Called with the number of body bytes that the network has just taken.
pub type OnSent = Arc<dyn Fn(u64) + Send + Sync>;

const SENDING: u8 = 0;
const PAUSED: u8 = 1;
const STOPPED: u8 = 2;

/// How much of a request body has been sent. Shared by the body, the connection that sends it, and
/// the caller that waits for the response.
pub(super) struct SendProgress {
    /// Bytes that the network has not taken yet.
    left: AtomicU64,
    state: AtomicU8,
    waker: AtomicWaker,
    on_sent: Option<OnSent>,
    health: Arc<Health>,
}

impl std::fmt::Debug for SendProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SendProgress({:?} bytes left)", self.left)
    }
}

impl SendProgress {
    pub(super) fn new(bytes: u64, on_sent: Option<OnSent>, health: Arc<Health>) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(bytes),
            state: AtomicU8::new(SENDING),
            waker: AtomicWaker::new(),
            on_sent,
            health,
        })
    }

    /// Counts bytes of the request that the network took. Returns true if they were the last. The
    /// head is counted too, because its length is not known here; it is too short to matter.
    pub(super) fn sent(&self, bytes: u64) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        let bytes = bytes.min(left);
        // Only one connection counts down.
        self.left.store(left - bytes, Ordering::Release);
        if bytes > 0 {
            self.health.record_progress(bytes);
            if let Some(on_sent) = &self.on_sent {
                on_sent(bytes);
            }
        }
        left == bytes
    }

    /// Whether the network has taken all of it.
    pub(super) fn is_done(&self) -> bool {
        self.left.load(Ordering::Acquire) == 0
    }

    /// Ready while the connection may send; an error once it must be closed.
    pub(super) fn poll_may_send(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        self.waker.register(cx.waker());
        match self.state.load(Ordering::Acquire) {
            SENDING => Poll::Ready(Ok(())),
            PAUSED => Poll::Pending,
            _ => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

/// When dropped, stops the sending and closes the connection, unless the whole body was sent.
#[derive(Debug)]
pub(super) struct StopSending(Arc<SendProgress>);

impl StopSending {
    pub(super) fn new(sending: Arc<SendProgress>) -> Self {
        Self(sending)
    }

    /// Sends no more, but keeps the connection open so that its response can be read.
    pub(super) fn pause(&self) {
        self.0.state.store(PAUSED, Ordering::Release);
    }

    /// Whether the network has taken all of the body.
    pub(super) fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

impl Drop for StopSending {
    fn drop(&mut self) {
        if !self.0.is_done() {
            self.0.state.store(STOPPED, Ordering::Release);
            self.0.waker.wake();
        }
    }
}
