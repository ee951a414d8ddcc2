//! The address of the S3 service: read once, strictly, because what is wrong here is hard to
//! tell from a refused signature later.

use std::fmt;

use super::setting::Origin;
use crate::error::{Error, Result};

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

    fn default_port(self) -> u16 {
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
    /// `""`, or a path such as `/s3` without a slash at its end.
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

    /// Reads what a user wrote: `https://host`, `http://host:9000/prefix/`.
    ///
    /// # Errors
    /// Exit 3, naming the origin: no scheme or another one, a user name, a query, an impossible
    /// host or port. What may be a password is not repeated.
    pub fn parse(text: &str, origin: &Origin) -> Result<Self> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(authority_end);
        if authority.contains('@') {
            return Err(
                Error::settings(format!("{origin} has a user name or password in it")).with_hint(
                    "write the address alone; keys belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                ),
            );
        }
        let path_end = tail.find(['?', '#']).unwrap_or(tail.len());
        let (path, query) = tail.split_at(path_end);
        // A query may hold a signature: it is not shown.
        let shown = text.strip_suffix(query).unwrap_or(text).escape_debug();
        let problem = |cause: &str| Error::settings(format!("{origin} is `{shown}`, {cause}"));
        let scheme = match scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            other => {
                let cause = match other {
                    Some(_) => "which is neither http:// nor https://",
                    None => "which has no scheme",
                };
                let address = format!("{authority}{path}");
                return Err(problem(cause).with_hint(suggestion(&address)));
            }
        };
        if !query.is_empty() {
            return Err(problem("and a query or fragment after it")
                .with_hint("write the address alone, without `?` and `#`"));
        }
        let (host, port) = split_port(authority)
            .ok_or_else(|| problem("whose port is not a number from 1 to 65535"))?;
        if !is_host(host) {
            return Err(problem("which has no usable host name"));
        }
        let path_prefix = path.trim_end_matches('/');
        if !path_prefix.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(problem("whose path has characters that a URL cannot have"));
        }
        let host = host.to_ascii_lowercase();
        Ok(Self {
            is_aws: is_aws(&host),
            scheme,
            host,
            port: port.filter(|&port| port != scheme.default_port()),
            path_prefix: path_prefix.to_owned(),
        })
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
        write!(f, "{scheme}://{authority}{}", self.path_prefix)
    }
}

/// What was probably meant. Servers on this machine rarely speak TLS, all others do.
fn suggestion(address: &str) -> String {
    // `http:/host` and `https:host` have come this far too.
    let rest = ["https:", "http:"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme))
        .unwrap_or(address)
        .trim_start_matches('/');
    let is_local = ["localhost", "127.", "[::1]"]
        .iter()
        .any(|local| rest.starts_with(local));
    let scheme = if is_local { "http" } else { "https" };
    format!("write {scheme}://{}", rest.escape_debug())
}

fn is_aws(host: &str) -> bool {
    AWS_DOMAINS.iter().any(|(_, domain)| {
        host.strip_suffix(domain)
            .is_some_and(|before| before.ends_with('.'))
    })
}

/// None if there is a port that is none. An empty one counts as absent, as in any URL.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let host_end = match authority.rfind(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(host_end)?;
    match port.strip_prefix(':') {
        None if port.is_empty() => Some((host, None)),
        None => None,
        Some("") => Some((host, None)),
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            let port = digits.parse().ok().filter(|&port: &u16| port > 0)?;
            Some((host, Some(port)))
        }
        Some(_) => None,
    }
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or_default();
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let labels = host.strip_suffix('.').unwrap_or(host);
    host.len() <= 253 && labels.split('.').all(is_label)
}
