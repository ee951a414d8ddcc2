//! Accepts connections, and provides the list of requests.

use std::collections::BTreeMap;
use std::io::{self, Error, ErrorKind};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread;

use super::connection::serve;
use super::shared::{Recorded, Shared, lock};
use super::{Fault, Plan};

/// A proxy on 127.0.0.1 in front of one endpoint. It stops when dropped.
///
/// It passes the Host header and the path on unchanged, so signatures stay valid. It runs on its own threads, so tests
/// need no runtime.
pub struct FaultProxy {
    shared: Arc<Shared>,
    address: SocketAddr,
    acceptor: Option<thread::JoinHandle<()>>,
}

impl FaultProxy {
    /// Listens on a free port in front of `endpoint`, an `http://host:port` URL with or without a path.
    ///
    /// # Errors
    /// If the URL is another, its host has no address, or no port can be had.
    pub fn start(endpoint: &str, plan: Plan) -> io::Result<Self> {
        let wrong = |text: &str| Error::new(ErrorKind::InvalidInput, format!("{endpoint}: {text}"));
        let rest = endpoint
            .strip_prefix("http://")
            .ok_or_else(|| wrong("the fault proxy speaks plain http only"))?;
        let rest = rest.trim_end_matches('/');
        let (host, prefix) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let upstream = host
            .to_socket_addrs()?
            .next()
            .ok_or_else(|| wrong("the host has no address"))?;

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
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

    /// The URL for clients, with the path of the endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://{}{}", self.address, self.shared.prefix)
    }

    /// The number of requests with this fault.
    pub fn hits(&self, fault: Fault) -> u64 {
        self.all_hits().get(&fault).copied().unwrap_or(0)
    }

    /// Every fault that happened, with its count.
    pub fn all_hits(&self) -> BTreeMap<Fault, u64> {
        let mut hits = BTreeMap::new();
        for fault in lock(&self.shared.recorded)
            .iter()
            .filter_map(|seen| seen.fault)
        {
            *hits.entry(fault).or_default() += 1;
        }
        hits
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.recorded).clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        // Wakes the acceptor, so that it ends.
        let _woken = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ended = acceptor.join();
        }
        for stream in lock(&self.shared.open).iter().filter_map(Weak::upgrade) {
            let _gone = stream.shutdown(Shutdown::Both);
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.is_stopping.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client.map(Arc::new) else {
            continue;
        };
        lock(&shared.open).push(Arc::downgrade(&client));
        let shared = Arc::clone(shared);
        thread::spawn(move || serve(&client, &shared));
    }
}
