//! Makes a [`Client`] from a [`Config`]. No other file does this.

use std::path::PathBuf;
use std::sync::Arc;

use s3_client::client::Warn;
use s3_client::http::{Limits, ProxyRules, Transport, Trust};
use s3_client::{Client, ClientOptions, Scheme};

use crate::config::Config;
use crate::credentials::CredentialProvider;
use crate::error::Result;
use crate::open_files::spare_files;

/// The most requests in flight, unless `--jobs` is given.
pub const DEFAULT_JOBS: usize = 512;

/// One request can need a socket and two files. Half of the files that may be open are left for
/// other uses.
const FILES_PER_REQUEST: usize = 6;

/// Makes a client; sends nothing. At most `jobs` requests are in flight, or fewer if this process may not
/// open enough files. `warn` is called at most once, if the region of the bucket is not the configured one.
///
/// # Errors
/// Exit 3: the proxy settings cannot be used, or, for https, the CA certificates are missing.
pub fn connect(config: &Config, jobs: Option<usize>, warn: Warn) -> Result<Client> {
    let limits = Limits {
        connect: config.connect_timeout.value,
        progress: config.read_timeout.value,
    };
    let [https, http, all, no] = config.proxy.values();
    let proxies = ProxyRules::new(https, http, all, no)?;
    let trust = Arc::new(Trust::new(
        config.ca_bundle.as_ref().map(|path| path.value.clone()),
    ));
    if config.endpoint.value.scheme == Scheme::Https {
        trust.client_config()?;
    }
    let fetch = Transport::new(limits, proxies.tunnels_only(), Arc::clone(&trust));
    let source = config.credentials.clone();
    let credentials = CredentialProvider::new(source, Arc::new(fetch), PathBuf::from("/"));
    let transport = Transport::new(limits, proxies, trust);
    Ok(Client::new(ClientOptions {
        endpoint: config.endpoint.value.clone(),
        addressing: config.addressing.value,
        region: config.region.value.clone(),
        transport,
        credentials: Arc::new(credentials),
        most_requests: jobs
            .unwrap_or(DEFAULT_JOBS)
            .min(spare_files() / FILES_PER_REQUEST),
        max_attempts: config.max_attempts.value,
        warn,
    }))
}
