//! The S3 server that a test talks to.

use std::env;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::S3;
use crate::faults::{FaultProxy, Plan};

/// A server and what a user exports to work with it.
#[derive(Debug)]
pub struct Endpoint {
    s3: S3,
    local: Option<local_s3::Server>,
}

impl Endpoint {
    /// The real server that the environment names, else a new `local_s3`.
    ///
    /// The variables are TEST_ENDPOINT_URL, TEST_REGION_NAME, TEST_ACCESS_KEY_ID and TEST_SECRET_ACCESS_KEY, as
    /// `scripts/check --servers` sets them. It runs the tests whose path contains `on_any_server`. Put tests that use this
    /// function into a module of that name. They must not depend on anything that only `local_s3` can do.
    ///
    /// # Panics
    /// If no server can be started.
    #[track_caller]
    pub fn any() -> Self {
        Self::named().unwrap_or_else(Self::local)
    }

    /// A fresh `local_s3` with its default options.
    ///
    /// # Panics
    /// If it cannot be started.
    #[track_caller]
    pub fn local() -> Self {
        Self::with(local_s3::Options::default())
    }

    /// A fresh `local_s3` with these options.
    ///
    /// # Panics
    /// If it cannot be started.
    #[track_caller]
    pub fn with(options: local_s3::Options) -> Self {
        let server = match local_s3::Server::start(options) {
            Ok(server) => server,
            Err(error) => panic!("cannot start local_s3: {error}"),
        };
        Self {
            s3: S3 {
                endpoint: server.endpoint(),
                region: server.region().to_owned(),
                access_key: server.access_key().to_owned(),
                secret_key: server.secret_key().to_owned(),
            },
            local: Some(server),
        }
    }

    fn named() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        Some(Self {
            s3: S3 {
                endpoint: variable("TEST_ENDPOINT_URL")?,
                region: variable("TEST_REGION_NAME").unwrap_or_else(|| "us-east-1".into()),
                access_key: variable("TEST_ACCESS_KEY_ID")?,
                secret_key: variable("TEST_SECRET_ACCESS_KEY")?,
            },
            local: None,
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.s3.endpoint
    }

    /// A client that shares no code with the programs.
    pub fn s3(&self) -> &S3 {
        &self.s3
    }

    /// The server in this process, with its objects and its list of requests.
    ///
    /// # Panics
    /// If the server is a real one.
    #[track_caller]
    pub fn server(&self) -> &local_s3::Server {
        self.local
            .as_ref()
            .expect("this test needs local_s3: start it with Endpoint::local")
    }

    /// True if the server is `local_s3` in this process.
    pub fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// What a user exports: REGION_NAME, ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY.
    pub fn settings(&self) -> Vec<(String, String)> {
        self.settings_at(&self.s3.endpoint)
    }

    /// The same, with the address of a proxy.
    pub fn settings_through(&self, proxy: &FaultProxy) -> Vec<(String, String)> {
        self.settings_at(&proxy.endpoint())
    }

    fn settings_at(&self, url: &str) -> Vec<(String, String)> {
        let pairs = [
            ("REGION_NAME", self.s3.region.as_str()),
            ("ENDPOINT_URL", url),
            ("AWS_ACCESS_KEY_ID", &self.s3.access_key),
            ("AWS_SECRET_ACCESS_KEY", &self.s3.secret_key),
        ];
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec()
    }

    /// A fault proxy in front of this server.
    ///
    /// # Panics
    /// If it cannot be started.
    #[track_caller]
    pub fn behind(&self, plan: Plan) -> FaultProxy {
        match FaultProxy::start(self.url(), plan) {
            Ok(proxy) => proxy,
            Err(error) => panic!("cannot start the fault proxy: {error}"),
        }
    }

    /// Creates a bucket with a new name.
    ///
    /// # Panics
    /// If the server refuses it.
    #[track_caller]
    pub fn new_bucket(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("it-{}-{}-{count}", now.as_secs(), process::id());
        self.s3.create_bucket(&name);
        name
    }
}
