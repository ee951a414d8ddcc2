//! The one type that `rusoto_core` names from `hyper-tls`, without OpenSSL.
//!
//! Our programs never open a connection through it: their transport is
//! `s3_client::http`. Whoever uses rusoto's own `HttpClient` in this workspace gets
//! plain http and, for https, an error that says why.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http02::Uri;
use hyper::client::HttpConnector;
use tokio::net::TcpStream;
use tower_service::Service;

/// Connects over plain http and refuses https.
#[derive(Clone, Debug)]
pub struct HttpsConnector<T> {
    http: T,
}

impl HttpsConnector<HttpConnector> {
    /// A connector for plain http.
    pub fn new() -> Self {
        Self { http: HttpConnector::new() }
    }
}

impl Default for HttpsConnector<HttpConnector> {
    fn default() -> Self {
        Self::new()
    }
}

type Connecting = Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>;

impl Service<Uri> for HttpsConnector<HttpConnector> {
    type Response = TcpStream;
    type Error = io::Error;
    type Future = Connecting;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.http.poll_ready(cx).map_err(io::Error::other)
    }

    fn call(&mut self, uri: Uri) -> Connecting {
        if uri.scheme_str() == Some("https") {
            return Box::pin(std::future::ready(Err(io::Error::other(
                "this build of rusoto's HttpClient has no TLS: use s3_client::http",
            ))));
        }
        let connecting = self.http.call(uri);
        Box::pin(async move { connecting.await.map_err(io::Error::other) })
    }
}
