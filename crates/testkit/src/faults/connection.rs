//! One connection of a client: requests one after another, each passed on, answered or spoiled.

use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustix::net::sockopt::set_socket_linger;

use super::relay::{Exchange, Next, Relay, Spoil};
use super::shared::Shared;
use super::tamper::{Tamper, copy};
use super::{Action, Canned, Fault, Operation, Request};
use crate::http1::{Body, Head};

/// One read of a body: large enough that a 200 MiB object costs 800 of them.
const BUFFER_BYTES: usize = 256 * 1024;
/// How long a body may go on after the response: some servers respond early and still read on.
const LATE_BODY: Duration = Duration::from_secs(1);

/// A socket shared with the proxy, which ends it when dropped.
#[derive(Debug)]
struct Wire(Arc<TcpStream>);

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&*self.0).read(buffer)
    }
}

pub(super) struct Connection<'a> {
    id: u64,
    client: Arc<TcpStream>,
    reader: BufReader<Wire>,
    upstream: Option<BufReader<Wire>>,
    shared: &'a Shared,
}

impl<'a> Connection<'a> {
    pub(super) fn new(client: TcpStream, shared: &'a Shared) -> Self {
        let client = Arc::new(client);
        Self {
            id: shared.connection_id(),
            reader: BufReader::with_capacity(BUFFER_BYTES, Wire(Arc::clone(&client))),
            client,
            upstream: None,
            shared,
        }
    }

    /// Until either side has had enough.
    pub(super) fn serve(mut self) {
        let _not_on_unix_sockets = self.client.set_nodelay(true);
        if self.shared.opened(self.id, &self.client) {
            let mut next = Next::Again;
            while next == Next::Again {
                // A broken connection is what this proxy is for: no one needs to hear of it.
                next = self.request().unwrap_or(Next::Close);
            }
            match next {
                Next::Hold => {
                    while self.reader.fill_buf().is_ok_and(|data| !data.is_empty()) {
                        let ready = self.reader.buffer().len();
                        self.reader.consume(ready);
                    }
                }
                Next::Reset => {
                    let _gone_already = set_socket_linger(&*self.client, Some(Duration::ZERO));
                }
                Next::Again | Next::Close => {}
            }
        }
        self.shared.closed(self.id);
    }

    fn request(&mut self) -> io::Result<Next> {
        let Some(mut head) = Head::read(&mut self.reader)? else {
            return Ok(Next::Close);
        };
        let request = Request::of(&head, &self.shared.prefix);
        let (action, random) = self.shared.decide(&request);
        if request.header("expect").is_some() {
            // Answered here: the server's own response would come before a body that may be spoiled.
            head.remove("expect");
            (&*self.client).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let exchange = Exchange {
            framing: head.request_framing(),
            head,
            method: request.method.clone(),
            record: self.shared.record(request.clone()),
            random,
        };
        match action {
            Action::Pass => self.forward(exchange, None, false, Spoil::Nothing),
            Action::Respond(canned) => self.response(&exchange, &canned),
            Action::Instead(canned) => self.forward(exchange, None, false, Spoil::Instead(canned)),
            Action::Headers(edits) => self.forward(exchange, None, false, Spoil::Headers(edits)),
            Action::Fault(fault) => self.spoil(exchange, fault, &request),
        }
    }

    fn spoil(
        &mut self,
        mut exchange: Exchange,
        fault: Fault,
        request: &Request,
    ) -> io::Result<Next> {
        let is_download = request.operation == Operation::Download;
        let coin = exchange.random.bool();
        let stop = |then| Spoil::Stop {
            unframed: false,
            then,
        };
        let spoil = match fault {
            Fault::SlowDown | Fault::InternalError => {
                self.shared.hit(exchange.record, fault);
                let canned = match fault {
                    Fault::SlowDown => Canned::slow_down(),
                    _ => Canned::internal_error(),
                };
                if request.has_body && coin {
                    self.shared.answered(exchange.record, canned.status());
                    canned.send(&mut &*self.client, &exchange.method, true)?;
                    return Ok(Next::Close);
                }
                return self.response(&exchange, &canned);
            }
            Fault::ErrorInComplete | Fault::HtmlListing => {
                self.shared.hit(exchange.record, fault);
                let canned = match fault {
                    Fault::HtmlListing => Canned::html(),
                    _ => Canned::error_in_complete(),
                };
                return self.response(&exchange, &canned);
            }
            Fault::Reset if !(is_download && coin) => {
                self.shared.hit(exchange.record, fault);
                return Ok(Next::Reset);
            }
            Fault::Stall if !is_download => {
                self.shared.hit(exchange.record, fault);
                let half = Tamper::stop(exchange.framing, &mut exchange.random);
                let mut body = Body::new(&mut self.reader, exchange.framing);
                copy(&mut body, &mut io::sink(), exchange.framing, half)?;
                return Ok(Next::Hold);
            }
            Fault::FlippedUp => return self.forward(exchange, Some(fault), true, Spoil::Nothing),
            Fault::Reset => stop(Next::Reset),
            Fault::Truncated => stop(Next::Close),
            Fault::Stall => stop(Next::Hold),
            Fault::TruncatedUnframed => Spoil::Stop {
                unframed: true,
                then: Next::Close,
            },
            Fault::FlippedDown => Spoil::Flip,
            Fault::CutListing => Spoil::CutDocument,
            Fault::LostResponse => Spoil::Lose,
        };
        self.forward(exchange, Some(fault), false, spoil)
    }

    fn response(&mut self, exchange: &Exchange, canned: &Canned) -> io::Result<Next> {
        Body::new(&mut self.reader, exchange.framing).drain()?;
        self.shared.answered(exchange.record, canned.status());
        let close = exchange.head.closes();
        canned.send(&mut &*self.client, &exchange.method, close)?;
        Ok(if close { Next::Close } else { Next::Again })
    }

    /// Sends the request on and its response back.
    fn forward(
        &mut self,
        mut exchange: Exchange,
        fault: Option<Fault>,
        flip_up: bool,
        spoil: Spoil,
    ) -> io::Result<Next> {
        let mut upstream = self.upstream()?;
        let server = Arc::clone(&upstream.get_ref().0);
        (&*server).write_all(&exchange.head.to_bytes())?;
        let tamper = match fault {
            Some(fault) if flip_up && !exchange.framing.is_empty() => {
                self.shared.hit(exchange.record, fault);
                Tamper::flip(exchange.framing, &mut exchange.random)
            }
            _ => Tamper::Nothing,
        };
        let framing = exchange.framing;
        let client = Arc::clone(&self.client);
        let shared = self.shared;
        let mut down = Relay {
            client: &client,
            shared,
            exchange,
            fault: fault.filter(|_| !flip_up),
        };
        let next = if framing.is_empty() {
            down.relay(&mut upstream, spoil)?
        } else {
            // The server may answer before it has read everything, so both directions run at once.
            let reader = &mut self.reader;
            thread::scope(|scope| {
                let (done, finished) = mpsc::channel();
                let to = Arc::clone(&server);
                scope.spawn(move || {
                    let mut body = Body::new(reader, framing);
                    let sent = copy(&mut body, &mut &*to, framing, tamper);
                    if sent.is_err() {
                        // The server waits for bytes that will not come.
                        let _gone = to.shutdown(Shutdown::Write);
                    }
                    let _not_waited_for = done.send(sent.is_ok());
                });
                let next = down.relay(&mut upstream, spoil);
                let whole = finished.recv_timeout(LATE_BODY);
                if whole.is_err() {
                    let _gone = server.shutdown(Shutdown::Both);
                    let _gone = client.shutdown(Shutdown::Read);
                }
                match whole {
                    Ok(true) => next,
                    _ => next.map(|next| {
                        if next == Next::Again {
                            Next::Close
                        } else {
                            next
                        }
                    }),
                }
            })?
        };
        self.upstream = Some(upstream);
        Ok(next)
    }

    /// The open connection to the server if it is still good, else a new one.
    fn upstream(&mut self) -> io::Result<BufReader<Wire>> {
        if let Some(open) = self.upstream.take()
            && is_idle(&open.get_ref().0)
        {
            return Ok(open);
        }
        self.shared.closed(self.id);
        let stream = Arc::new(TcpStream::connect(self.shared.upstream)?);
        stream.set_nodelay(true)?;
        let goes_on =
            self.shared.opened(self.id, &self.client) && self.shared.opened(self.id, &stream);
        if !goes_on {
            return Err(io::ErrorKind::Interrupted.into());
        }
        Ok(BufReader::with_capacity(BUFFER_BYTES, Wire(stream)))
    }
}

/// False if the server has closed the connection (or sent what nobody asked for).
fn is_idle(stream: &TcpStream) -> bool {
    let quiet = stream.set_nonblocking(true).is_ok()
        && stream
            .peek(&mut [0])
            .is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
    quiet && stream.set_nonblocking(false).is_ok()
}
