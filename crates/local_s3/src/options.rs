//! The options of the server.

use std::time::Duration;

/// The options of the server. The defaults suit most tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// The TCP port on 127.0.0.1. With 0, a free one is used.
    pub port: u16,
    /// The only valid access key id.
    pub access_key: String,
    /// The secret key of it.
    pub secret_key: String,
    /// The region of new buckets.
    pub region: String,
    /// Whether a signature for another region is refused, as on AWS and Garage. The error names the right region.
    pub strict_region: bool,
    /// Whether an object sent without a checksum gets a CRC64NVME, as on AWS since 2024.
    /// Off by default, because most other services do not add a checksum, and only the ETag remains as a proof.
    pub crc64_by_default: bool,
    /// Whether unsigned requests are allowed everything. Their bodies have no hash, as on services that do not check
    /// the hash in a signature.
    pub allow_unsigned: bool,
    /// How long the restore of an archived object takes. A test can move the clock by [`crate::Store::advance`].
    pub thaw: Duration,
    /// Whether requests are added to [`crate::Server::requests`].
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
            allow_unsigned: false,
            thaw: Duration::from_secs(5),
            log_requests: true,
        }
    }
}
