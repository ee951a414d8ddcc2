//! The listening side: connections, what was seen, what was hit, and the end of it all.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Error, ErrorKind};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use fastrand::Rng;

use super::connection::Connection;
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

/// A proxy on 127.0.0.1 in front of one endpoint; it ends when dropped.
///
/// The Host header and the path go on as they came, so signatures stay valid. Connections run on threads of
/// their own: it works the same in tests with and without a runtime.
#[derive(Debug)]
pub struct FaultProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<thread::JoinHandle<()>>,
}

impl FaultProxy {
    /// Listens on a free port in front of `endpoint`, an `http://` URL with or without a path.
    ///
    /// # Errors
    /// If the URL is not plain http, its host has no address, or no port can be had.
    pub fn start(endpoint: &str, plan: Plan) -> io::Result<Self> {
        Self::start_on(0, endpoint, plan)
    }

    /// The same on a port of your choice.
    ///
    /// # Errors
    /// As [`FaultProxy::start`], and if the port is taken.
    pub(crate) fn start_on(port: u16, endpoint: &str, plan: Plan) -> io::Result<Self> {
        let wrong = |text: &str| Error::new(ErrorKind::InvalidInput, format!("{endpoint}: {text}"));
        let rest = endpoint
            .strip_prefix("http://")
            .ok_or_else(|| wrong("the fault proxy speaks plain http only"))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let has_port = host
            .rsplit(':')
            .next()
            .is_some_and(|port| port.parse::<u16>().is_ok());
        let host = if has_port {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        let upstream = host
            .to_socket_addrs()?
            .next()
            .ok_or_else(|| wrong("the host has no address"))?;
        let path = path.trim_end_matches('/');
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(upstream, prefix, plan));
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, &shared)
        });
        Ok(Self {
            shared,
            address,
            acceptor: Some(acceptor),
        })
    }

    /// The URL for clients, with the path of the endpoint behind.
    pub fn endpoint(&self) -> String {
        format!("http://{}{}", self.address, self.shared.prefix)
    }

    /// How many requests met this fault. One that could not be carried out (an empty body has no bit to flip) does not count.
    pub fn hits(&self, fault: Fault) -> u64 {
        lock(&self.shared.hits).get(&fault).copied().unwrap_or(0)
    }

    /// Every fault that was hit, with its count.
    pub fn all_hits(&self) -> BTreeMap<Fault, u64> {
        lock(&self.shared.hits).clone()
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.recorded).clone()
    }

    /// Waits until the proxy ends, which is never unless its thread dies.
    pub fn wait(mut self) {
        if let Some(acceptor) = self.acceptor.take() {
            let _ended = acceptor.join();
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::SeqCst);
        for (_, streams) in lock(&self.shared.open).drain() {
            for stream in streams {
                let _gone = stream.shutdown(Shutdown::Both);
            }
        }
        // Wakes the acceptor, which then sees that it should end.
        let _woken = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ended = acceptor.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        let shared = Arc::clone(shared);
        thread::spawn(move || Connection::new(client, &shared).serve());
    }
}

/// What all connections of one proxy have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) upstream: SocketAddr,
    pub(super) prefix: String,
    plan: Plan,
    attempts: Mutex<Attempts>,
    hits: Mutex<BTreeMap<Fault, u64>>,
    recorded: Mutex<Vec<Recorded>>,
    open: Mutex<HashMap<u64, Vec<Arc<TcpStream>>>>,
    next_connection: AtomicU64,
    stopping: AtomicBool,
}

impl Shared {
    fn new(upstream: SocketAddr, prefix: String, plan: Plan) -> Self {
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
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
