//! The way back of a response: passed on as it is, spoiled, or lost.

use std::io::{self, BufRead, Write as _};
use std::net::TcpStream;

use fastrand::Rng;

use super::shared::Shared;
use super::tamper::{Tamper, copy};
use super::{Canned, Fault};
use crate::http1::{Body, Framing, Head};

/// A listing of 1,000 keys of 1,024 bytes, all escaped, stays below.
const LISTING_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// What becomes of the connection after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Again,
    Close,
    Reset,
    /// Neither a byte nor an end until the client gives up.
    Hold,
}

/// How a response is passed on.
#[derive(Clone, Debug)]
pub(super) enum Spoil {
    Nothing,
    Flip,
    Stop { unframed: bool, then: Next },
    CutDocument,
    Lose,
    Instead(Canned),
    Headers(Vec<(&'static str, Option<String>)>),
}

/// One request under way.
pub(super) struct Exchange {
    pub(super) head: Head,
    pub(super) method: String,
    pub(super) framing: Framing,
    pub(super) record: usize,
    pub(super) random: Rng,
}

/// The way of a response.
pub(super) struct Relay<'a> {
    pub(super) client: &'a TcpStream,
    pub(super) shared: &'a Shared,
    pub(super) exchange: Exchange,
    pub(super) fault: Option<Fault>,
}

impl Relay<'_> {
    pub(super) fn relay(&mut self, upstream: &mut impl BufRead, spoil: Spoil) -> io::Result<Next> {
        let mut head = loop {
            let head = Head::read(upstream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if !(100..200).contains(&head.status()) {
                break head;
            }
        };
        let framing = head.response_framing(&self.exchange.method);
        let is_success = (200..300).contains(&head.status());
        // Refusals go through as they are: there is nothing in them to spoil.
        let spoil = match spoil {
            Spoil::Lose | Spoil::Instead(_) | Spoil::Headers(_) if is_success => spoil,
            Spoil::Nothing | Spoil::Lose | Spoil::Instead(_) | Spoil::Headers(_) => Spoil::Nothing,
            _ if is_success && !framing.is_empty() => spoil,
            _ => Spoil::Nothing,
        };
        if let (Some(fault), false) = (self.fault, matches!(spoil, Spoil::Nothing)) {
            self.shared.hit(self.exchange.record, fault);
        }
        let mut body = Body::new(upstream, framing);
        let stays =
            !head.closes() && !self.exchange.head.closes() && framing != Framing::UntilClose;
        let after = if stays { Next::Again } else { Next::Close };
        let random = &mut self.exchange.random;
        let (tamper, then) = match spoil {
            Spoil::Nothing => (Tamper::Nothing, after),
            Spoil::Flip => (Tamper::flip(framing, random), after),
            Spoil::Stop { unframed, then } => {
                let tamper = Tamper::stop(framing, random);
                if unframed {
                    head.remove("content-length");
                    head.remove("transfer-encoding");
                    head.remove("connection");
                    head.add("connection", "close");
                    return self.pass(&head, &mut body, Framing::UntilClose, tamper, then);
                }
                (tamper, then)
            }
            Spoil::CutDocument => {
                let document = body.collect(LISTING_LIMIT_BYTES)?;
                let kept = document.get(..document.len() / 2).unwrap_or_default();
                head.remove("content-length");
                head.remove("transfer-encoding");
                head.add("content-length", &kept.len().to_string());
                let framing = Framing::Length(kept.len() as u64);
                return self.pass(
                    &head,
                    &mut Body::new(&mut &*kept, framing),
                    framing,
                    Tamper::Nothing,
                    after,
                );
            }
            Spoil::Instead(canned) => {
                body.drain()?;
                self.shared.answered(self.exchange.record, canned.status());
                canned.send(
                    &mut &*self.client,
                    &self.exchange.method,
                    after == Next::Close,
                )?;
                return Ok(after);
            }
            Spoil::Headers(edits) => {
                for (name, value) in edits {
                    head.remove(name);
                    if let Some(value) = value {
                        head.add(name, &value);
                    }
                }
                (Tamper::Nothing, after)
            }
            Spoil::Lose => {
                body.drain()?;
                return Ok(if random.bool() {
                    Next::Reset
                } else {
                    Next::Close
                });
            }
        };
        self.pass(&head, &mut body, framing, tamper, then)
    }

    fn pass<R: BufRead>(
        &self,
        head: &Head,
        body: &mut Body<'_, R>,
        framing: Framing,
        tamper: Tamper,
        then: Next,
    ) -> io::Result<Next> {
        self.shared.answered(self.exchange.record, head.status());
        let mut client = self.client;
        client.write_all(&head.to_bytes())?;
        copy(body, &mut client, framing, tamper)?;
        Ok(then)
    }
}
