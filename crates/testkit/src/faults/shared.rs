//! The state that all connections of a proxy share.

use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, MutexGuard, PoisonError, Weak};

use fastrand::Rng;

use super::plan::Attempts;
use super::{Action, Fault, Plan, Request};

/// A request and its result.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The request.
    pub request: Request,
    /// The status that the client got, if any.
    pub status: Option<u16>,
    /// The fault that happened. `None` if it was impossible: an empty body has no bit to flip.
    pub fault: Option<Fault>,
}

/// The state that all connections of a proxy share.
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
        // The lock is free again, so a script that waits does not delay other requests.
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

    /// Records the status, before the client can see it.
    pub(super) fn answered(&self, record: usize, status: u16) {
        if let Some(record) = lock(&self.recorded).get_mut(record) {
            record.status = Some(status);
        }
    }

    /// Records the fault, before the client can see its effect.
    pub(super) fn hit(&self, record: usize, fault: Fault) {
        if let Some(record) = lock(&self.recorded).get_mut(record) {
            record.fault = Some(fault);
            lock(&self.attempts).hit(&record.request);
        }
    }
}

/// If a thread panicked with the lock, its test has failed, but the data can still be read.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
