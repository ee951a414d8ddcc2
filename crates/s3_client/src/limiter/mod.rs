//! How many requests are under way at a time, over all that one client does.
//!
//! 1. Every attempt takes a [`Permit`] before it is signed, and its response holds it until the body was read to its
//!    end or dropped; whoever came first is served first, and nobody who pauses before a retry holds one.
//! 2. There is one permit until the endpoint has answered; then there are more as long as more of them bring more
//!    requests or bytes a second, at first twice as many each time, and later a quarter more now and then.
//! 3. When nothing moved for too long, or the service refuses requests because there are too many, there are half as
//!    many, once a round trip.
//! 4. After the first such refusal requests also begin at even intervals, because a service that counts requests a
//!    second does not care how few are under way at a time; the right rate is what it carries out between two
//!    refusals (`rate`).
//! 5. A pause that a refusal asks for is kept by all requests.
//!
//! So nobody may wait for another request while holding a body that is not read: with one permit in all it would wait
//! for itself.

mod concurrency;
mod control;
mod rate;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::http::Health;
use control::{Control, Start};

/// A timer of the runtime may be so late, which is too much where a request every few milliseconds is allowed.
const TIMER: Duration = Duration::from_millis(2);

/// How long one waits for the end of a request before it looks again.
const LOOK: Duration = Duration::from_millis(100);

/// Shared by all clones of a client.
pub(crate) struct Limiter {
    epoch: Instant,
    control: Mutex<Control>,
    /// Counts the bytes that moved.
    health: Arc<Health>,
    /// Whoever has it is the next to begin: first come, first served, so that a listing and the
    /// objects that it lists never starve each other.
    turn: tokio::sync::Mutex<()>,
    /// Told of every end of a request.
    ended: Notify,
}

impl Limiter {
    /// At most so many requests at a time.
    pub(crate) fn new(most: usize, health: Arc<Health>) -> Self {
        Self {
            epoch: Instant::now(),
            control: Mutex::new(Control::new(most)),
            health,
            turn: tokio::sync::Mutex::default(),
            ended: Notify::new(),
        }
    }

    /// Waits until one more request may begin.
    pub(crate) async fn permit(self: &Arc<Self>) -> Permit {
        let _turn = self.turn.lock().await;
        loop {
            let now = self.epoch.elapsed();
            let start = self.control().start(now, self.health.body_bytes());
            match start {
                Start::Now => {
                    return Permit {
                        limiter: Arc::clone(self),
                        began: now,
                    };
                }
                Start::In(time) if time > TIMER => tokio::time::sleep(time - TIMER).await,
                Start::In(time) => {
                    let slept = tokio::task::spawn_blocking(move || std::thread::sleep(time));
                    let _ = slept.await;
                }
                Start::WhenOneEnds => {
                    // Large objects take long, and what they bring meanwhile may allow more requests.
                    let _ = tokio::time::timeout(LOOK, self.ended.notified()).await;
                }
            }
        }
    }

    /// How many requests may be under way now.
    pub(crate) fn limit(&self) -> usize {
        self.control().limit()
    }

    /// How many requests are under way.
    pub(crate) fn under_way(&self) -> usize {
        self.control().under_way()
    }

    /// The endpoint has answered, whatever it said.
    pub(crate) fn answered(&self) {
        let is_first = self.control().answered(self.epoch.elapsed());
        if is_first {
            self.ended.notify_one();
        }
    }

    /// The service did what it was asked for by a request that began then, or refused it for a reason of its own.
    pub(crate) fn succeeded(&self, began: Instant) {
        let began = self.since_epoch(began);
        self.control().succeeded(self.epoch.elapsed(), began);
    }

    /// The service refused a request that began then because there are too many.
    pub(crate) fn refused(&self, began: Instant, retry_after: Option<Duration>) {
        let began = self.since_epoch(began);
        self.control()
            .refused(self.epoch.elapsed(), began, retry_after);
    }

    /// A request came to nothing because nothing moved for so long.
    pub(crate) fn timed_out(&self, time: Duration) {
        let now = self.epoch.elapsed();
        self.control().timed_out(now, now.saturating_sub(time));
    }

    fn since_epoch(&self, time: Instant) -> Duration {
        time.saturating_duration_since(self.epoch)
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request under way; dropped, it is over.
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    began: Duration,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let limiter = &self.limiter;
        let bytes = limiter.health.body_bytes();
        limiter
            .control()
            .end(limiter.epoch.elapsed(), self.began, bytes);
        limiter.ended.notify_one();
    }
}
