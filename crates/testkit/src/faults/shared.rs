//! What all connections of one proxy have in common: the plan, what was seen, what was hit.

use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use fastrand::Rng;

use super::plan::Attempts;
use super::{Action, Fault, Plan, Request};

/// One request, and how it ended.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The request as it came.
    pub request: Request,
    /// The status that went to the client; `None` if none did, or not yet.
    pub status: Option<u16>,
    /// The fault that was put on it. One that could not be carried out (an empty body has no bit to flip) is none.
    pub fault: Option<Fault>,
}

/// What all connections of one proxy have in common.
pub(super) struct Shared {
    pub(super) upstream: SocketAddr,
    /// The path of the endpoint itself, empty as a rule.
    pub(super) prefix: String,
    plan: Plan,
    attempts: Mutex<Attempts>,
    pub(super) recorded: Mutex<Vec<Recorded>>,
    pub(super) open: Mutex<Vec<Weak<TcpStream>>>,
    pub(super) is_stopping: AtomicBool,
}

impl Shared {
    pub(super) fn new(upstream: SocketAddr, prefix: &str, plan: Plan) -> Self {
        Self {
            upstream,
            prefix: prefix.to_owned(),
            plan,
            attempts: Mutex::default(),
            recorded: Mutex::default(),
            open: Mutex::default(),
            is_stopping: AtomicBool::new(false),
        }
    }

    pub(super) fn decide(&self, request: &Request) -> (Action, Rng) {
        // Without the lock, a script may hold up one request and let the others go on.
        let attempt = lock(&self.attempts).count(request);
        self.plan.decide(request, attempt)
    }

    /// The index of the new record.
    pub(super) fn record(&self, request: Request) -> usize {
        let mut recorded = lock(&self.recorded);
        recorded.push(Recorded {
            request,
            status: None,
            fault: None,
        });
        recorded.len() - 1
    }

    /// To be called before the client can see the status.
    pub(super) fn answered(&self, record: usize, status: u16) {
        if let Some(record) = lock(&self.recorded).get_mut(record) {
            record.status = Some(status);
        }
    }

    /// To be called before the client can see the effect of the fault.
    pub(super) fn hit(&self, record: usize, fault: Fault) {
        if let Some(record) = lock(&self.recorded).get_mut(record) {
            record.fault = Some(fault);
            lock(&self.attempts).hit(&record.request);
        }
    }
}

/// A thread that died with the lock held has already failed its test; the data is still good to look at.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
