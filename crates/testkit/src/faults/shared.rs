//! What all connections of one proxy have in common: the plan, what was seen, what was hit.

use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// The fault that was put on it.
    pub fault: Option<Fault>,
}

/// What all connections of one proxy have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) upstream: SocketAddr,
    pub(super) prefix: String,
    plan: Plan,
    attempts: Mutex<Attempts>,
    pub(super) hits: Mutex<BTreeMap<Fault, u64>>,
    pub(super) recorded: Mutex<Vec<Recorded>>,
    pub(super) open: Mutex<HashMap<u64, Vec<Arc<TcpStream>>>>,
    next_connection: AtomicU64,
    pub(super) stopping: AtomicBool,
}

impl Shared {
    pub(super) fn new(upstream: SocketAddr, prefix: String, plan: Plan) -> Self {
        Self {
            upstream,
            prefix,
            plan,
            attempts: Mutex::default(),
            hits: Mutex::default(),
            recorded: Mutex::default(),
            open: Mutex::default(),
            next_connection: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
        }
    }

    pub(super) fn connection_id(&self) -> u64 {
        self.next_connection.fetch_add(1, Ordering::Relaxed)
    }

    /// Remembers a stream so that dropping the proxy can end it; false if the proxy is ending.
    pub(super) fn opened(&self, connection: u64, stream: &Arc<TcpStream>) -> bool {
        let mut open = lock(&self.open);
        open.entry(connection).or_default().push(Arc::clone(stream));
        !self.stopping.load(Ordering::SeqCst)
    }

    /// Forgets the streams of a connection, so that dropping them closes them.
    pub(super) fn closed(&self, connection: u64) {
        lock(&self.open).remove(&connection);
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

    pub(super) fn answered(&self, record: usize, status: u16) {
        if let Some(record) = lock(&self.recorded).get_mut(record) {
            record.status = Some(status);
        }
    }

    /// Counts a fault; called before the client can see its effect.
    pub(super) fn hit(&self, record: usize, fault: Fault) {
        *lock(&self.hits).entry(fault).or_default() += 1;
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
