//! One connection of a client. Each request is passed on, damaged, or gets a response from here.
//!
//! The proxy reads a whole body before it sends it on with its length, so it damages a body by changing bytes in memory.

use std::io::{self, BufRead as _, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use fastrand::Rng;
use rustix::net::sockopt::set_socket_linger;

use super::shared::Shared;
use super::{Action, Canned, Fault, Operation, Request};
use crate::http1::{Framing, Head};

/// What happens to the connection after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Again,
    Close,
    Reset,
    /// Stays open and silent until the client gives up.
    Hold,
}

struct Connection<'a> {
    client: &'a TcpStream,
    reader: BufReader<&'a TcpStream>,
    shared: &'a Shared,
}

/// Serves a client until one side closes the connection.
pub(super) fn serve(client: &TcpStream, shared: &Shared) {
    let _not_on_unix_sockets = client.set_nodelay(true);
    let mut connection = Connection {
        client,
        reader: BufReader::new(client),
        shared,
    };
    let mut next = Next::Again;
    while next == Next::Again {
        // Broken connections are the purpose of this proxy, so errors are ignored.
        next = connection.request().unwrap_or(Next::Close);
    }
    match next {
        Next::Hold => {
            let reader = &mut connection.reader;
            while reader.fill_buf().is_ok_and(|data| !data.is_empty()) {
                let ready = reader.buffer().len();
                reader.consume(ready);
            }
        }
        Next::Reset => {
            let _gone_already = set_socket_linger(client, Some(Duration::ZERO));
        }
        Next::Again | Next::Close => {}
    }
}

impl Connection<'_> {
    fn request(&mut self) -> io::Result<Next> {
        let Some(mut head) = Head::read(&mut self.reader)? else {
            return Ok(Next::Close);
        };
        let request = Request::of(&head, &self.shared.prefix);
        let (action, mut random) = self.shared.decide(&request);
        let record = self.shared.record(request.clone());
        let shared = self.shared;
        let hit = |fault| shared.hit(record, fault);
        if request.header("expect").is_some() {
            // The server gets no Expect header, because it would respond before the body is damaged.
            head.remove("expect");
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }

        let is_download = request.operation == Operation::Download;
        let coin = random.bool();
        match action {
            Action::Fault(fault @ Fault::Reset) if !(is_download && coin) => {
                hit(fault);
                return Ok(Next::Reset);
            }
            Action::Fault(fault @ Fault::Stall) if !is_download => {
                hit(fault);
                return Ok(Next::Hold);
            }
            _ => {}
        }
        let (canned, fault) = match &action {
            Action::Respond(canned) => (Some(canned.clone()), None),
            Action::Fault(fault) => (Canned::of(*fault), Some(*fault)),
            _ => (None, None),
        };
        let mut body = Vec::new();
        let is_refusal = matches!(fault, Some(Fault::SlowDown | Fault::InternalError));
        let is_early = coin && request.has_body && is_refusal;
        let framing = head.request_framing();
        if !is_early {
            framing.read(&mut self.reader, &mut body)?;
        }
        if let Some(canned) = canned {
            if let Some(fault) = fault {
                hit(fault);
            }
            let closes = is_early || head.closes();
            return self.respond(record, &canned, &request.method, closes);
        }

        if framing == Framing::Chunked {
            head.announce(Some(body.len()));
        }
        if fault == Some(Fault::FlippedUp) && !body.is_empty() {
            hit(Fault::FlippedUp);
            flip(&mut body, &mut random);
        }
        let response = self.ask_server(&head, &body, &request.method)?;
        let closes = head.closes() || response.0.closes();
        self.pass_back(record, &request.method, action, response, closes, random)
    }

    /// The response of the server. A server that refuses early may close before all of the body was sent.
    fn ask_server(&self, head: &Head, body: &[u8], method: &str) -> io::Result<(Head, Vec<u8>)> {
        let mut server = TcpStream::connect(self.shared.upstream)?;
        server.set_nodelay(true)?;
        let _refused_early = server
            .write_all(&head.to_bytes())
            .and_then(|()| server.write_all(body));
        let mut server = BufReader::new(server);
        let mut head = loop {
            let head = Head::read(&mut server)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if !(100..200).contains(&head.status()) {
                break head;
            }
        };
        let mut body = Vec::new();
        let framing = head.response_framing(method);
        framing.read(&mut server, &mut body)?;
        if !matches!(framing, Framing::Length(_)) {
            head.announce(Some(body.len()));
        }
        Ok((head, body))
    }

    /// Passes a response on, and damages it if the action says so. Errors of the server are passed on unchanged.
    fn pass_back(
        &self,
        record: usize,
        method: &str,
        action: Action,
        (mut head, mut body): (Head, Vec<u8>),
        closes: bool,
        mut random: Rng,
    ) -> io::Result<Next> {
        let mut next = if closes { Next::Close } else { Next::Again };
        let is_success = (200..300).contains(&head.status());
        match action {
            Action::Instead(canned) if is_success => {
                return self.respond(record, &canned, method, closes);
            }
            Action::Headers(edits) if is_success => {
                for (name, value) in edits {
                    head.remove(name);
                    if let Some(value) = value {
                        head.add(name, &value);
                    }
                }
            }
            Action::Fault(Fault::LostResponse) if is_success => {
                self.shared.hit(record, Fault::LostResponse);
                let is_reset = random.bool();
                return Ok(if is_reset { Next::Reset } else { Next::Close });
            }
            Action::Fault(fault) if is_success && !body.is_empty() => {
                match fault {
                    Fault::FlippedDown => flip(&mut body, &mut random),
                    Fault::CutListing => {
                        body.truncate(body.len() / 2);
                        head.announce(Some(body.len()));
                    }
                    Fault::Truncated | Fault::TruncatedUnframed | Fault::Reset | Fault::Stall => {
                        body.truncate(middle(&body, &mut random));
                        if fault == Fault::TruncatedUnframed {
                            head.announce(None);
                        }
                        next = match fault {
                            Fault::Reset => Next::Reset,
                            Fault::Stall => Next::Hold,
                            _ => Next::Close,
                        };
                    }
                    _ => return self.write(record, &head, &body, next),
                }
                self.shared.hit(record, fault);
            }
            _ => {}
        }
        self.write(record, &head, &body, next)
    }

    fn respond(
        &self,
        record: usize,
        canned: &Canned,
        method: &str,
        closes: bool,
    ) -> io::Result<Next> {
        self.shared.answered(record, canned.status());
        self.send(&canned.to_bytes(method, closes))?;
        Ok(if closes { Next::Close } else { Next::Again })
    }

    fn write(&self, record: usize, head: &Head, body: &[u8], next: Next) -> io::Result<Next> {
        self.shared.answered(record, head.status());
        self.send(&head.to_bytes())?;
        self.send(body)?;
        Ok(next)
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut client = self.client;
        client.write_all(bytes)
    }
}

/// A place in the middle half of a body.
fn middle(body: &[u8], random: &mut Rng) -> usize {
    body.len() / 4 + random.usize(0..(body.len() / 2).max(1))
}

fn flip(body: &mut [u8], random: &mut Rng) {
    let at = middle(body, random);
    if let Some(byte) = body.get_mut(at) {
        *byte ^= 1 << random.u8(0..8);
    }
}
