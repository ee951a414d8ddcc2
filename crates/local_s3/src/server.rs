//! Starting, stopping and watching the server from the same process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use crate::front::Front;
use crate::log::{Log, LoggedRequest};
use crate::options::Options;
use crate::store::Store;

/// A running server. When it is dropped, it stops, and its objects are lost.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    options: Options,
    store: Store,
    log: Log,
    runtime: Option<Runtime>,
}

impl Server {
    /// Starts a server on threads of its own, so that it works with and without a runtime
    /// around it.
    ///
    /// # Errors
    /// The port is in use, or no thread can be started.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let threads =
            std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_name("local_s3")
            .enable_all()
            .build()?;
        let store = Store::new(&options.region, options.thaw);
        let log = Log::default();
        let front = Arc::new(Front::new(&options, store.clone(), log.clone()));
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(accept(listener, front));
        Ok(Self {
            address,
            options,
            store,
            log,
            runtime: Some(runtime),
        })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The access key id.
    #[must_use]
    pub fn access_key(&self) -> &str {
        &self.options.access_key
    }

    /// The secret key.
    #[must_use]
    pub fn secret_key(&self) -> &str {
        &self.options.secret_key
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.options.region
    }

    /// The variables that point our programs, the AWS SDKs, the AWS CLI and s5cmd at this
    /// server.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        let (endpoint, region) = (self.endpoint(), self.options.region.as_str());
        [
            ("REGION_NAME", region),
            ("ENDPOINT_URL", &endpoint),
            ("AWS_ACCESS_KEY_ID", self.access_key()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_key()),
            ("AWS_REGION", region),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_ENDPOINT_URL", &endpoint),
            ("S3_ENDPOINT_URL", &endpoint),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Every request so far that has a response, in the order of the responses. A request is added before the client
    /// sees the first byte of the response.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.log.lock().clone()
    }

    /// Clears the list of requests.
    pub fn clear_requests(&self) {
        self.log.lock().clear();
    }

    /// The stored objects. Tests use it to prepare and check them without requests.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The runtime's own drop would block, which panics inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, front: Arc<Front>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, Arc::clone(&front)));
            }
            // Most likely no file descriptor is free. Other connections will be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn serve(stream: TcpStream, front: Arc<Front>) {
    // Without it, a small body waits until the client has acknowledged the headers.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(|request| {
        let front = Arc::clone(&front);
        async move { front.respond(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        log::debug!("connection ended: {error}");
    }
}
