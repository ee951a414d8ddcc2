//! How far the body of a request has got, and the way to stop it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

use super::pulse::Pulse;

/// Called with the number of body bytes that the network has just taken.
pub type OnSent = Arc<dyn Fn(u64) + Send + Sync>;

const GOING: u8 = 0;
const HALTED: u8 = 1;
const STOPPED: u8 = 2;

/// A body on its way: shared by the body, the connection that sends it, and whoever waits for the
/// response.
pub(super) struct Sending {
    /// Bytes that the network has not taken yet.
    left: AtomicU64,
    state: AtomicU8,
    waker: AtomicWaker,
    on_sent: Option<OnSent>,
    pulse: Arc<Pulse>,
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sending({:?} bytes left)", self.left)
    }
}

impl Sending {
    pub(super) fn new(bytes: u64, on_sent: Option<OnSent>, pulse: Arc<Pulse>) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(bytes),
            state: AtomicU8::new(GOING),
            waker: AtomicWaker::new(),
            on_sent,
            pulse,
        })
    }

    /// The network took so many bytes of the request; true if that was the last of it. The head
    /// comes first and is counted too, because nobody here knows its length; it is too short to matter.
    pub(super) fn sent(&self, bytes: u64) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        let bytes = bytes.min(left);
        // Only the one connection counts down.
        self.left.store(left - bytes, Ordering::Release);
        if bytes > 0 {
            self.pulse.moved(bytes);
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

    /// Ready while the connection may go on, with an error once it is to be given up.
    pub(super) fn poll_may_go_on(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        self.waker.register(cx.waker());
        match self.state.load(Ordering::Acquire) {
            GOING => Poll::Ready(Ok(())),
            HALTED => Poll::Pending,
            _ => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }
}

/// Ends the sending when it is dropped, and with it the connection, unless all was sent.
#[derive(Debug)]
pub(super) struct Stop(Arc<Sending>);

impl Stop {
    pub(super) fn new(sending: Arc<Sending>) -> Self {
        Self(sending)
    }

    /// Sends nothing more, but keeps the connection, from which a response may be read.
    pub(super) fn halt(&self) {
        self.0.state.store(HALTED, Ordering::Release);
    }

    /// Whether the network has taken all of the body.
    pub(super) fn is_done(&self) -> bool {
        self.0.is_done()
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        if !self.0.is_done() {
            self.0.state.store(STOPPED, Ordering::Release);
            self.0.waker.wake();
        }
    }
}
