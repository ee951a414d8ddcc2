//! Endpoints that contain the bucket, as control panels show them:
//! `https://my-bucket.sfo3.digitaloceanspaces.com`.

use s3_client::{Addressing, Endpoint};

use super::{Config, Setting};
use crate::error::{Error, Result};
use crate::uri::Bucket;

/// Services whose own addresses have a known form: the domain, and how many labels of a host
/// stand before it when no bucket does. What is in front of those is a bucket.
const FORMS: [(&str, usize); 5] = [
    // nyc3.digitaloceanspaces.com
    ("digitaloceanspaces.com", 1),
    // us-east-1.linodeobjects.com
    ("linodeobjects.com", 1),
    // ewr1.vultrobjects.com
    ("vultrobjects.com", 1),
    // fsn1.your-objectstorage.com
    ("your-objectstorage.com", 1),
    // storage.googleapis.com
    ("storage.googleapis.com", 0),
];

/// Services whose addresses begin with `s3`, perhaps with more after a dash: s3.eu-west-1,
/// s3-eu-west-1, s3.dualstack.eu-west-1. What is in front of it is a bucket.
const BEGIN_WITH_S3: [&str; 5] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "wasabisys.com",
    "backblazeb2.com",
    "scw.cloud",
];

impl Config {
    /// Takes an endpoint whose first label is this bucket for the bucket's own address: removes
    /// the label, names the bucket in the host name from now on, and says so through `warn`.
    /// What is left must be a host name of two labels or `localhost`: the bucket `minio` is not
    /// what `minio.local` is named after. Does nothing to other endpoints, nor to a well-known
    /// service's own address: the bucket `nyc3` is not what nyc3.digitaloceanspaces.com is for.
    pub fn for_bucket(&mut self, bucket: &Bucket, warn: &mut dyn FnMut(String)) {
        let endpoint = &self.endpoint.value;
        let Some(rest) = endpoint
            .host
            .strip_prefix(bucket.as_str())
            .and_then(|rest| rest.strip_prefix('.'))
            .filter(|rest| rest.contains('.') || *rest == "localhost")
            .filter(|rest| !is_numeric(rest))
        else {
            return;
        };
        if well_known(&endpoint.host).is_some_and(|contained| contained.is_none()) {
            return;
        }
        let without = Endpoint {
            host: rest.to_owned(),
            ..endpoint.clone()
        };
        warn(format!(
            "{} is {endpoint}, the address of the bucket {bucket}; the endpoint without it is {without}",
            self.endpoint.origin
        ));
        if !self.addressing.is_given() {
            self.addressing = Setting::new(Addressing::Virtual, self.endpoint.origin.clone());
        }
        self.endpoint.value = without;
    }

    /// Whether buckets can be listed at this endpoint. Without a bucket to compare with, an
    /// endpoint that contains one is recognised by the form of the addresses of well-known
    /// services: `my-bucket.nyc3.digitaloceanspaces.com` has one label more than they have.
    ///
    /// # Errors
    /// Exit 3: this is the address of one bucket.
    pub fn for_listing_buckets(&self) -> Result<()> {
        let endpoint = &self.endpoint.value;
        let Some((bucket, rest)) = well_known(&endpoint.host).flatten() else {
            return Ok(());
        };
        let without = Endpoint {
            host: rest.to_owned(),
            ..endpoint.clone()
        };
        Err(Error::settings(format!(
            "{} is {endpoint}, the address of the bucket {bucket}, where buckets cannot be listed",
            self.endpoint.origin
        ))
        .with_hint(match self.endpoint.origin {
            super::Origin::Flag(flag) => format!("use {flag} {without}"),
            _ => format!("export ENDPOINT_URL={without}"),
        }))
    }
}

/// Of a host of a well-known service: the bucket that it contains, if it does, and the host
/// without it. None for all other hosts.
fn well_known(host: &str) -> Option<Option<(&str, &str)>> {
    let labels_before = |domain: &str| host.strip_suffix(domain)?.strip_suffix('.');
    for (domain, own_labels) in FORMS {
        if let Some(before) = labels_before(domain) {
            return Some(split_before(host, before, own_labels));
        }
    }
    let before = BEGIN_WITH_S3
        .iter()
        .find_map(|domain| labels_before(domain))?;
    // VPC endpoints and access points have names of their own in front.
    let is_special = before
        .split('.')
        .any(|label| label == "vpce" || label.starts_with("s3-accesspoint"));
    if is_special {
        return Some(None);
    }
    // The last label that names the service, counted from the end, is the first of its own.
    let own_labels = before
        .split('.')
        .rev()
        .position(|label| label == "s3" || label.starts_with("s3-"));
    Some(own_labels.and_then(|index| split_before(host, before, index + 1)))
}

/// Splits off what stands before the last `own_labels` of `before`, a beginning of `host`.
fn split_before<'a>(host: &'a str, before: &str, own_labels: usize) -> Option<(&'a str, &'a str)> {
    let mut ends = before.rmatch_indices('.').map(|(dot, _)| dot);
    let at = match own_labels.checked_sub(1) {
        None => before.len(),
        Some(skipped) => ends.nth(skipped)?,
    };
    let (bucket, rest) = host.split_at_checked(at)?;
    Some((bucket, rest.strip_prefix('.')?)).filter(|(bucket, _)| !bucket.is_empty())
}

/// `1.0.0.127`-like remains of an address are no host name.
fn is_numeric(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
