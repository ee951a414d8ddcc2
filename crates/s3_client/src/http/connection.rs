//! One connection, plain or encrypted, with a meter that counts every byte sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::meter::Meter;

/// One connection, metered.
pub(super) struct MeteredConnection {
    stream: Either<TcpStream, Box<TlsStream<TcpStream>>>,
    meter: Meter,
    /// The other end is a proxy, which needs whole addresses.
    proxied: bool,
}

impl MeteredConnection {
    pub(super) fn plain(stream: TcpStream, proxied: bool) -> Self {
        Self {
            stream: Either::Left(stream),
            meter: Meter::new(),
            proxied,
        }
    }

    pub(super) fn tls(stream: TlsStream<TcpStream>) -> Self {
        Self {
            stream: Either::Right(Box::new(stream)),
            meter: Meter::new(),
            proxied: false,
        }
    }

    fn metered(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes @ 1..)) = polled {
            self.meter.sent(bytes);
        }
        polled
    }
}

impl Connection for MeteredConnection {
    fn connected(&self) -> Connected {
        // `proxy` makes hyper write whole addresses. `extra` gives the meter to the request.
        Connected::new()
            .proxy(self.proxied)
            .extra(self.meter.clone())
    }
}

impl AsyncRead for MeteredConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for MeteredConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.meter.poll_may_send(cx))?;
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.metered(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.meter.poll_may_send(cx))?;
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.metered(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
