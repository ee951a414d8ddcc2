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
            strict_region: false,
            crc64_by_default: false,
            open: false,
            thaw: Duration::from_secs(5),
            log_requests: true,
        }
    }
}
