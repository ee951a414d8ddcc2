//! How many requests are under way at a time, over all that one client does.
//!
//! Every attempt takes a [`Permit`] before it is signed, and its response holds it until the body
//! was read to its end or dropped. So nobody may wait for another request while holding a body
//! that is not read: with one permit in all it would wait for itself.

mod control;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use control::{Control, Start};

/// Shared by all clones of a client.
pub(crate) struct Limiter {
    epoch: Instant,
    control: Mutex<Control>,
    /// Whoever has it is the next to begin: first come, first served, so that a listing and the
    /// objects that it lists never starve each other.
    turn: tokio::sync::Mutex<()>,
    /// Told of every end of a request.
    ended: Notify,
}

impl Limiter {
    /// At most so many requests at a time, and one until the endpoint has answered.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            epoch: Instant::now(),
            control: Mutex::new(Control::new(most)),
            turn: tokio::sync::Mutex::default(),
            ended: Notify::new(),
        }
    }

    /// Waits until one more request may begin.
    pub(crate) async fn permit(self: &Arc<Self>) -> Permit {
        let _turn = self.turn.lock().await;
        loop {
            let start = self.control().start(self.now());
            match start {
                Start::Now => return Permit(Arc::clone(self)),
                Start::WhenOneEnds => self.ended.notified().await,
            }
        }
    }

    /// How many requests may be under way now.
    pub(crate) fn limit(&self) -> usize {
        self.control().limit()
    }

    /// The endpoint has answered.
    pub(crate) fn answered(&self) {
        self.control().answered();
        self.ended.notify_one();
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    fn control(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request under way; dropped, it is over.
pub(crate) struct Permit(Arc<Limiter>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.control().end();
        self.0.ended.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn first_contact_is_one_request_and_then_the_first_to_come_is_the_first_to_begin() {
        let limiter = Arc::new(Limiter::new(2));
        let first = limiter.permit().await;
        let begun = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for number in 0..5 {
            let (limiter, begun) = (Arc::clone(&limiter), Arc::clone(&begun));
            waiting.push(tokio::spawn(async move {
                let permit = limiter.permit().await;
                begun.lock().unwrap().push(number);
                permit
            }));
            tokio::task::yield_now().await;
        }
        assert!(begun.lock().unwrap().is_empty());
        limiter.answered();
        let mut held = vec![first];
        for task in waiting {
            held.remove(0);
            held.push(task.await.unwrap());
        }
        assert_eq!(*begun.lock().unwrap(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_keeps_nobody_waiting() {
        let limiter = Arc::new(Limiter::new(1));
        let permit = limiter.permit().await;
        let shortly = Duration::from_millis(1);
        let gave_up = tokio::time::timeout(shortly, limiter.permit()).await;
        assert!(gave_up.is_err());
        drop(permit);
        limiter.permit().await;
    }
}
