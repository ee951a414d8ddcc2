//! [`Config`] to [`Client`]: the only file that builds one.

use std::sync::Arc;

use s3_client::client::Warn;
use s3_client::http::{Limits, ProxyRules, Transport, Trust};
use s3_client::{Client, ClientOptions, Scheme};

use crate::config::Config;
use crate::credentials::CredentialSource;
use crate::error::Result;
use crate::open_files::spare_files;

/// Requests under way at a time, unless `--jobs` says otherwise.
const DEFAULT_JOBS: usize = 512;

/// Each request can need a socket and two files, and half of what may be open is left to others.
const FILES_PER_REQUEST: usize = 6;

/// Prepares everything; sends nothing. At most `jobs` requests are under way at a time, or fewer
/// where this process may not open enough files. `warn` gets the one warning about a region that is not the
/// configured one.
///
/// # Errors
/// Exit 3: proxy settings that cannot be used; CA certificates that are missing, if the endpoint
/// is https.
pub fn connect(config: &Config, jobs: Option<usize>, warn: Warn) -> Result<Client> {
    let limits = Limits {
        connect: config.connect_timeout.value,
        silence: config.read_timeout.value,
    };
    let proxies = ProxyRules::new(
        config.proxy.https(),
        config.proxy.http(),
        config.proxy.all(),
        config.proxy.no(),
    )?;
    let trust = Arc::new(Trust::new(
        config.ca_bundle.as_ref().map(|path| path.value.clone()),
    ));
    if config.endpoint.value.scheme == Scheme::Https {
        trust.client_config()?;
    }
    let fetch = Transport::new(limits, proxies.tunnels_only(), Arc::clone(&trust));
    let credentials = CredentialSource::new(config, Arc::new(fetch));
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
