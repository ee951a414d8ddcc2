//! Making a connection: name, TCP, proxy, TLS, all within one time limit.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls;
use tokio_rustls::rustls::AlertDescription as Alert;
use tower_service::Service;

use super::certificate::about_certificate;
use super::connection::MeteredConnection;
use super::error::{Error, Stage, TlsRefusal, authority, find};
use super::proxy::{ProxyRules, wants_credentials};
use super::tls::Trust;
use crate::error::describe_io;

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// Makes connections for hyper's pool.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    proxies: Arc<ProxyRules>,
    trust: Arc<Trust>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(proxies: Arc<ProxyRules>, trust: Arc<Trust>, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        // Requests are written in one piece; waiting for more would only add latency.
        tcp.set_nodelay(true);
        // Divided among the addresses of a name, so that a dead one does not use all of it.
        tcp.set_connect_timeout(Some(limit));
        Self {
            tcp,
            proxies,
            trust,
            limit,
        }
    }

    async fn connect(self, to: Uri) -> Result<TokioIo<MeteredConnection>, Error> {
        let is_tls = to.scheme() == Some(&http::uri::Scheme::HTTPS);
        let proxy = self.proxies.for_destination(&to);
        let tcp = match &proxy {
            None => dial(self.tcp, to.clone()).await?,
            Some(proxy) if is_tls => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), self.tcp);
                if let Some(auth) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(auth.clone());
                }
                tunnel
                    .call(to.clone())
                    .await
                    .map_err(|error| through_proxy(&error, proxy))?
            }
            Some(proxy) => dial(self.tcp, proxy.uri().clone())
                .await
                .map_err(|error| Error::new(Stage::Proxy, format!("proxy: {error}")))?,
        };
        let tcp = tcp.into_inner();
        keep_little_unsent(&tcp);
        Ok(TokioIo::new(if is_tls {
            MeteredConnection::tls(handshake(&self.trust, tcp, &to).await?)
        } else {
            MeteredConnection::plain(tcp, proxy.is_some())
        }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<MeteredConnection>;
    type Error = Error;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let limit = this.limit;
            let late = Error::new(
                Stage::Connect,
                format!(
                    "no connection to {} within {} s",
                    authority(&to),
                    limit.as_secs_f64()
                ),
            );
            tokio::time::timeout(limit, this.connect(to))
                .await
                .unwrap_or(Err(late))
        })
    }
}

/// How many bytes the system may buffer before the network takes them. Without a limit it buffers
/// several MiB a connection: progress would be reported too early, and a stalled connection
/// noticed minutes late.
#[cfg(any(target_os = "linux", target_os = "android"))]
const MOST_UNSENT_BYTES: u32 = 256 * 1024;

/// On systems without this option, bytes count as sent a little too early.
fn keep_little_unsent(tcp: &TcpStream) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = socket2::SockRef::from(tcp).set_tcp_notsent_lowat(MOST_UNSENT_BYTES) {
        log::debug!("the system does not limit unsent bytes: {error}");
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = tcp;
}

async fn dial(mut tcp: HttpConnector, to: Uri) -> Result<TokioIo<TcpStream>, Error> {
    let dialed = tcp.call(to.clone()).await;
    dialed.map_err(|error| describe_dial(&error, &to))
}

fn describe_dial(error: &(dyn std::error::Error + 'static), to: &Uri) -> Error {
    if is_in_chain(error, "dns error") {
        let host = to.host().unwrap_or_default();
        let cause = format!("the host name `{host}` has no address");
        return Error::new(Stage::Resolve, cause);
    }
    let shown = authority(to);
    let cause = match find::<io::Error>(error) {
        Some(error) => match error.kind() {
            io::ErrorKind::ConnectionRefused => format!("connection refused by {shown}"),
            io::ErrorKind::TimedOut => format!("no connection to {shown}: no response in time"),
            _ => format!("no connection to {shown}: {}", describe_io(error)),
        },
        None => format!("no connection to {shown}: {error}"),
    };
    Error::new(Stage::Connect, cause)
}

fn through_proxy(error: &(dyn std::error::Error + 'static), proxy: &Intercept) -> Error {
    if is_in_chain(error, "tunnel error: proxy authorization required") {
        return Error::new(Stage::ProxyCredentials, wants_credentials(Some(proxy)));
    }
    let cause = match find::<io::Error>(error) {
        Some(_) => format!("proxy: {}", describe_dial(error, proxy.uri())),
        None => format!(
            "the proxy {} refused the connection",
            authority(proxy.uri())
        ),
    };
    Error::new(Stage::Proxy, cause)
}

/// Whether an error or one of its causes has this text. The types of hyper-util's errors are private.
fn is_in_chain(error: &(dyn std::error::Error + 'static), text: &str) -> bool {
    let mut chain = std::iter::successors(Some(error), |error| error.source());
    chain.any(|error| error.to_string() == text)
}

async fn handshake(trust: &Trust, tcp: TcpStream, to: &Uri) -> Result<TlsStream<TcpStream>, Error> {
    let config = trust
        .client_config()
        .map_err(|error| Error::new(Stage::Tls(TlsRefusal::Other), error.to_string()))?;
    let shown = authority(to);
    let host = to.host().unwrap_or_default().trim_matches(['[', ']']);
    let name = ServerName::try_from(host.to_owned()).map_err(|_| {
        Error::new(
            Stage::Tls(TlsRefusal::Other),
            format!("`{host}` cannot be checked against a certificate"),
        )
    })?;
    TlsConnector::from(config)
        .connect(name, tcp)
        .await
        .map_err(|error| describe_handshake(&error, shown))
}

fn describe_handshake(error: &io::Error, shown: &str) -> Error {
    let Some(reason) = find::<rustls::Error>(error) else {
        let cause = format!("no TLS connection to {shown}: {}", describe_io(error));
        return Error::new(Stage::Connect, cause);
    };
    let (refusal, cause) = match reason {
        rustls::Error::InvalidCertificate(bad) => {
            let (refusal, what) = about_certificate(bad);
            (refusal, format!("the certificate of {shown} {what}"))
        }
        rustls::Error::InvalidMessage(_) => {
            (TlsRefusal::NoTls, format!("{shown} does not speak TLS"))
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(Alert::HandshakeFailure | Alert::ProtocolVersion) => (
            TlsRefusal::Other,
            format!(
                "{shown} offers neither TLS 1.2 nor TLS 1.3 with ciphers that are secure today"
            ),
        ),
        rustls::Error::AlertReceived(Alert::CertificateRequired | Alert::BadCertificate) => (
            TlsRefusal::Other,
            format!("{shown} wants a certificate of its clients, which these programs cannot show"),
        ),
        rustls::Error::AlertReceived(Alert::UnrecognisedName) => (
            TlsRefusal::Name,
            format!("{shown} has no certificate for this host name"),
        ),
        _ => (
            TlsRefusal::Other,
            format!("the TLS handshake with {shown} failed"),
        ),
    };
    log::debug!("{cause}: {reason}");
    Error::new(Stage::Tls(refusal), cause)
}
