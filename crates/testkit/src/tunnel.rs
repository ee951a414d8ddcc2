//! An HTTP proxy with CONNECT. For a test, one port of this machine is the internet.

use std::io::{BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::http1::Head;

/// A proxy that opens tunnels and records who asked for them.
#[derive(Debug)]
pub struct Tunnel {
    port: u16,
    authorizations: Arc<Mutex<Vec<Option<String>>>>,
}

impl Tunnel {
    /// Opens tunnels to any address. It runs as long as the test process.
    ///
    /// # Panics
    /// If no port can be had.
    pub fn start() -> Self {
        Self::leading(None)
    }

    /// Opens all tunnels to this port on 127.0.0.1, whatever the requested address is.
    ///
    /// # Panics
    /// If no port can be had.
    pub fn to(port: u16) -> Self {
        Self::leading(Some(port))
    }

    fn leading(to: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port can be had");
        let address = listener.local_addr().expect("a listener has an address");
        let port = address.port();
        let authorizations = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&authorizations);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || tunnel(client, to, &seen));
            }
        });
        Self {
            port,
            authorizations,
        }
    }

    /// The address of the proxy, as users write it.
    pub fn url(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// The `Proxy-Authorization` of each tunnel.
    pub fn authorizations(&self) -> Vec<Option<String>> {
        let seen = self.authorizations.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn tunnel(mut client: TcpStream, to: Option<u16>, seen: &Mutex<Vec<Option<String>>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let head = Head::read(&mut reader).ok()??;
    let asked = head.start().strip_prefix("CONNECT ")?.split(' ').next()?;
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(head.header("proxy-authorization"));
    let server = match to {
        Some(port) => TcpStream::connect(("127.0.0.1", port)),
        None => TcpStream::connect(asked),
    };
    let server = server.ok()?;
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").ok()?;
    let mut up = server.try_clone().ok()?;
    thread::spawn(move || {
        let _ended = std::io::copy(&mut reader, &mut up);
        let _gone = up.shutdown(Shutdown::Write);
    });
    let _ended = std::io::copy(&mut &server, &mut client);
    let _gone = client.shutdown(Shutdown::Both);
    Some(())
}
