//! Starting, stopping and watching the server from the same process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Method};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use crate::front::Front;
use crate::store::Store;

/// How the server is to behave. The defaults suit most tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// TCP port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The one access key id that is known.
    pub access_key: String,
    /// Its secret.
    pub secret_key: String,
    /// The region, as GetBucketLocation answers it.
    pub region: String,
    /// Whether a signature for another region is refused, naming the right one, as AWS and
    /// Garage do (Ceph does not look).
    pub strict_region: bool,
    /// Whether an object sent without a checksum gets a CRC64NVME, as on AWS since 2024.
    /// Off by default: most other stores have none, and then ETags have to prove.
    pub crc64_by_default: bool,
    /// Whether unsigned requests may do anything. Nothing protects the bytes that they carry, as
    /// on services that do not look at the hash in a signature.
    pub open: bool,
    /// How long a restore out of an archive takes. A client that waits asks again and again;
    /// a test moves the clock by [`Store::advance`].
    pub thaw: Duration,
    /// Whether [`Server::requests`] has anything to tell.
    pub log_requests: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            access_key: "local-s3-key-id".to_owned(),
            secret_key: "local-s3-secret-not-for-production".to_owned(),
            region: "us-east-1".to_owned(),
            strict_region: false,
            crc64_by_default: false,
            open: false,
            thaw: Duration::from_secs(5),
            log_requests: true,
        }
    }
}

/// One answered request.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The method.
    pub method: Method,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query as sent, without `?`; empty if there was none.
    pub query: String,
    /// The headers as sent.
    pub headers: HeaderMap,
    /// The status answered.
    pub status: u16,
}

/// The requests answered so far; clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Logged>>>);

impl Log {
    pub(crate) fn push(&self, logged: Logged) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(logged);
    }
}

/// A running server. Dropping it stops it and forgets what it stored.
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
    /// When the port is taken or no thread can be started.
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

    /// Every request answered so far, in order of the responses. An entry is there before the
    /// client sees the response's first byte.
    #[must_use]
    pub fn requests(&self) -> Vec<Logged> {
        self.log
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets the requests answered so far.
    pub fn clear_requests(&self) {
        self.log
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// What is stored, for setting up and looking without requests.
    #[must_use]
    pub fn store(&self) -> Store {
        self.store.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Not the runtime's own drop: that would block, which panics inside another runtime.
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
            // Out of file descriptors, most likely: others will be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn serve(stream: TcpStream, front: Arc<Front>) {
    // Without it small answers wait for the acknowledgement of the headers.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = service_fn(|request| {
        let front = Arc::clone(&front);
        async move { front.response(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        log::debug!("connection ended: {error}");
    }
}
