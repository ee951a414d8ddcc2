//! The address of an S3 service, and how buckets are named in requests to it.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What a URL cannot have in its path as it is.
const NOT_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?');

/// Plain or encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain; for servers of one's own.
    Http,
    /// Encrypted, the certificate checked.
    Https,
}

impl Scheme {
    /// As in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// The port that is not written.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The address of the S3 service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Plain or encrypted.
    pub scheme: Scheme,
    /// Lower case; IPv6 addresses in brackets.
    pub host: String,
    /// Only if it is not the default of the scheme, which must not be signed.
    pub port: Option<u16>,
    /// `""`, or a path such as `/s3` without a slash at its end; not percent-encoded, because it
    /// is encoded as a part of each request.
    pub path_prefix: String,
    /// Whether this is AWS itself (VPC endpoints included).
    pub is_aws: bool,
}

/// The domains of AWS by the beginning of the region's name; the last one is for all others.
const AWS_DOMAINS: [(&str, &str); 7] = [
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("", "amazonaws.com"),
];

impl Endpoint {
    /// AWS in this region.
    pub fn aws(region: &str) -> Self {
        let domain = AWS_DOMAINS
            .iter()
            .find(|(beginning, _)| region.starts_with(beginning))
            .map_or("amazonaws.com", |&(_, domain)| domain);
        Self {
            scheme: Scheme::Https,
            host: format!("s3.{region}.{domain}"),
            port: None,
            path_prefix: String::new(),
            is_aws: true,
        }
    }

    /// `host`, or `host:port`.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, authority) = (self.scheme.name(), self.authority());
        let path = utf8_percent_encode(&self.path_prefix, NOT_IN_PATHS);
        write!(f, "{scheme}://{authority}{path}")
    }
}

/// Where the bucket is named in a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// In the host name on AWS, if the name can be part of one; in the path elsewhere.
    #[default]
    Auto,
    /// `https://host/bucket/key`.
    Path,
    /// `https://bucket.host/key`.
    Virtual,
}

impl Addressing {
    /// The names as users write them.
    pub const NAMES: [&'static str; 3] = ["auto", "path", "virtual"];

    /// The name as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Path => "path",
            Self::Virtual => "virtual",
        }
    }
}

impl FromStr for Addressing {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "path" => Ok(Self::Path),
            "virtual" => Ok(Self::Virtual),
            _ => Err("neither auto, path nor virtual".to_owned()),
        }
    }
}

/// Whether this host is one of AWS.
pub fn is_aws_host(host: &str) -> bool {
    AWS_DOMAINS.iter().any(|(_, domain)| {
        host.strip_suffix(domain)
            .is_some_and(|before| before.ends_with('.'))
    })
}
