//! The listening side: connections, what was seen, what was hit, and the end of it all.

use std::collections::BTreeMap;
use std::io::{self, Error, ErrorKind};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use super::connection::Connection;
use super::shared::{Recorded, Shared, lock};
use super::{Fault, Plan};

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

    /// The URL for clients, with the path of the endpoint behind.
    pub fn endpoint(&self) -> String {
        format!("http://{}{}", self.address, self.shared.prefix)
    }

    /// How many requests met this fault. One that could not be carried out (an empty body has no bit to flip) does not count.
    pub fn hits(&self, fault: Fault) -> u64 {
        self.all_hits().get(&fault).copied().unwrap_or(0)
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
