//! A proxy that wants a password, as it stands between many users and the internet.

use std::io::{BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use testkit::http1::Head;

/// A proxy that tunnels, and remembers who asked for it.
pub(crate) struct Tunnel {
    port: u16,
    authorizations: Arc<Mutex<Vec<Option<String>>>>,
}

impl Tunnel {
    /// It lives as long as the test process.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let authorizations = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&authorizations);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || tunnel(client, &seen));
            }
        });
        Self {
            port,
            authorizations,
        }
    }

    /// The proxy as a user writes it.
    pub(crate) fn url(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// The `Proxy-Authorization` of each tunnel.
    pub(crate) fn authorizations(&self) -> Vec<Option<String>> {
        self.authorizations.lock().unwrap().clone()
    }
}

fn tunnel(mut client: TcpStream, seen: &Mutex<Vec<Option<String>>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let head = Head::read(&mut reader).ok()??;
    let to = head.start().strip_prefix("CONNECT ")?.split(' ').next()?;
    seen.lock()
        .unwrap()
        .push(head.header("proxy-authorization"));
    let server = TcpStream::connect(to).ok()?;
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
