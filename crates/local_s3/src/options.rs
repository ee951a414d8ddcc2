//! How the server is to behave.

use std::time::Duration;

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
    /// How long a restore out of an archive takes. A client that waits asks again and again;
    /// a test moves the clock by [`crate::Store::advance`].
    pub thaw: Duration,
    /// Whether [`crate::Server::requests`] has anything to tell.
    pub log_requests: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            access_key: "local-s3-key-id".to_owned(),
            secret_key: "local-s3-secret-not-for-production".to_owned(),
            region: "us-east-1".to_owned(),
            thaw: Duration::from_secs(5),
            log_requests: true,
        }
    }
}
