//! Endpoints that contain the bucket, as control panels show them:
//! `https://my-bucket.sfo3.digitaloceanspaces.com`.

use s3_client::{Addressing, Endpoint};

use super::{Config, Setting};
use crate::error::{Error, Result};
use crate::uri::Bucket;

/// Services whose own addresses have a known form: the domain, and the number of labels in front of
/// it when the host contains no bucket. Any label in front of those is the bucket.
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

/// Services whose addresses begin with `s3`, or with `s3-` and more: s3.eu-west-1, s3-eu-west-1,
/// s3.dualstack.eu-west-1. Any label in front of it is the bucket.
const BEGIN_WITH_S3: [&str; 5] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "wasabisys.com",
    "backblazeb2.com",
    "scw.cloud",
];

impl Config {
    /// If the first label of the endpoint is this bucket, the endpoint is the bucket's own address.
    /// Then this removes the label, puts the bucket into the host name of all requests, and warns.
    /// The rest must be `localhost` or have two labels: `minio.local` is not the address of a
    /// bucket `minio`. Other endpoints do not change, nor does a well-known service's own address:
    /// nyc3.digitaloceanspaces.com is not the address of a bucket `nyc3`.
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

    /// Whether buckets can be listed at this endpoint. No bucket is known here, so an endpoint that
    /// contains one is recognised by the form of well-known addresses:
    /// `my-bucket.nyc3.digitaloceanspaces.com` has one label too many.
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

/// For a host of a well-known service: the bucket that it contains, if any, and the host without
/// it. `None` for all other hosts.
fn well_known(host: &str) -> Option<Option<(&str, &str)>> {
    let labels_before = |domain: &str| -> Option<Vec<&str>> {
        let before = host.strip_suffix(domain)?.strip_suffix('.')?;
        Some(before.split('.').collect())
    };
    let formed = FORMS.iter().find_map(|(domain, own_labels)| {
        let labels = labels_before(domain)?;
        Some((labels.len().saturating_sub(*own_labels), labels))
    });
    let (bucket_labels, labels) = formed.or_else(|| {
        let labels = BEGIN_WITH_S3
            .iter()
            .find_map(|domain| labels_before(domain))?;
        // The last label of this form is the first of the service.
        let is_first = |label: &&str| *label == "s3" || label.starts_with("s3-");
        Some((labels.iter().rposition(is_first).unwrap_or(0), labels))
    })?;
    // VPC endpoints and access points have their own names in front.
    let is_special = |label: &&str| *label == "vpce" || label.starts_with("s3-accesspoint");
    if bucket_labels == 0 || labels.iter().any(is_special) {
        return Some(None);
    }
    let bucket = labels
        .iter()
        .take(bucket_labels)
        .map(|label| label.len() + 1);
    let (bucket, rest) = host.split_at_checked(bucket.sum::<usize>().saturating_sub(1))?;
    Some(rest.strip_prefix('.').map(|rest| (bucket, rest)))
}

/// The rest of an IPv4 address, such as `0.0.1`, is not a host name.
fn is_numeric(host: &str) -> bool {
    host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
