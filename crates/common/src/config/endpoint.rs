//! The address of the S3 service. It is checked strictly, because a wrong address may later look
//! like a refused signature.

use percent_encoding::percent_decode_str;
use s3_client::endpoint::is_aws_host;
use s3_client::{Endpoint, Scheme};

use super::setting::Origin;
use crate::error::{Error, Result};

/// Reads an address as users write it: `https://host`, `http://host:9000/prefix/`.
///
/// # Errors
/// Exit 3, with the origin: the scheme is missing or unknown, there is a user name or a query, or
/// the host or port is impossible. Text that may be a password is not shown.
pub(super) fn parse(text: &str, origin: &Origin) -> Result<Endpoint> {
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
    // A query may hold a signature, so it is not shown.
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
        return Err(problem("which has a query or fragment")
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
    if path_prefix.to_ascii_lowercase().contains("%2f") {
        return Err(problem(
            "whose path has an encoded slash, which cannot be asked for",
        ));
    }
    let path_prefix = percent_decode_str(path_prefix)
        .decode_utf8()
        .map_err(|_| problem("whose path is not UTF-8 text"))?;
    let host = host.to_ascii_lowercase();
    Ok(Endpoint {
        is_aws: is_aws_host(&host),
        scheme,
        host,
        port: port.filter(|&port| port != scheme.default_port()),
        path_prefix: path_prefix.into_owned(),
    })
}

/// A guess at the intended address. Servers on this machine rarely use TLS; all others do.
fn suggestion(address: &str) -> String {
    // `http:/host` and `https:host` get here too.
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

/// `None` if the port is not a number. An empty port counts as absent, as in any URL.
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
