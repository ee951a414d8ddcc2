//! Access control, and host names that contain a bucket.

use async_trait::async_trait;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::host::{S3Host, VirtualHost};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

use crate::store::Store;

/// The key pair. For an unknown id, s3s's own type would respond NotSignedUp, unlike AWS.
pub(crate) struct KeyPair {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
}

#[async_trait]
impl S3Auth for KeyPair {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        if access_key == self.access_key {
            return Ok(SecretKey::from(self.secret_key.as_str()));
        }
        Err(s3_error!(
            InvalidAccessKeyId,
            "The AWS Access Key Id you provided does not exist in our records."
        ))
    }
}

/// Signed requests are allowed everything. Unsigned ones may read objects with a public ACL.
pub(crate) struct Access {
    pub(crate) store: Store,
    /// Whether unsigned requests are allowed everything, too.
    pub(crate) allow_unsigned: bool,
}

#[async_trait]
impl S3Access for Access {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if self.allow_unsigned || context.credentials().is_some() || self.is_public(context) {
            return Ok(());
        }
        Err(s3_error!(AccessDenied, "Access Denied"))
    }
}

impl Access {
    fn is_public(&self, context: &S3AccessContext<'_>) -> bool {
        // No canned ACL allows reading old versions.
        if context
            .uri()
            .query()
            .is_some_and(|query| query.contains("versionId"))
        {
            return false;
        }
        let ("GetObject" | "HeadObject", S3Path::Object { bucket, key }) =
            (context.s3_op().name(), context.s3_path())
        else {
            return false;
        };
        let acl = self.store.bucket(bucket, |bucket| {
            Ok(bucket.object(key)?.attributes.acl.clone())
        });
        acl.is_ok_and(|acl| acl.starts_with("public-read"))
    }
}

/// In host names below these domains, the first label is the bucket. In all other requests, the bucket is in the path.
/// Tests reach the second domain through a proxy.
const DOMAINS: [&str; 2] = ["localhost", "sfo3.digitaloceanspaces.com"];

/// Reads the bucket from the host name.
pub(crate) struct BucketHosts;

impl S3Host for BucketHosts {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = host.split_once(':').map_or(host, |(name, _)| name);
        let bucket = DOMAINS
            .iter()
            .find_map(|domain| name.strip_suffix(domain)?.strip_suffix('.'));
        let found = VirtualHost::new(host);
        Ok(match bucket {
            Some(bucket) => found.with_bucket(bucket),
            None => found,
        })
    }
}
