//! Which requests go through a proxy. The rules are curl's, from hyper-util; the values come
//! from the settings, never from the environment directly.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use http::Uri;
use http::uri::Scheme;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::error::authority;
use crate::error::{Error, Result};

/// The proxies of this run. Their user names and passwords are secrets: neither Debug nor any
/// message shows them.
#[derive(Default)]
pub struct ProxyRules {
    matcher: Option<Arc<Matcher>>,
    tunnels_only: bool,
}

impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyRules(***)")
    }
}

impl ProxyRules {
    /// No proxy for anything.
    pub fn none() -> Self {
        Self::default()
    }

    /// The same proxies for encrypted requests only. Requests for credentials carry tokens,
    /// which no proxy may read.
    #[must_use]
    pub fn tunnels_only(&self) -> Self {
        Self {
            matcher: self.matcher.clone(),
            tunnels_only: true,
        }
    }

    /// The proxies for https and http destinations, the one for both, and the hosts that are
    /// reached directly; values as users write them (`http://user:password@host:port`).
    ///
    /// # Errors
    /// A value that is no proxy address, or a kind of proxy that is not supported. The
    /// message does not repeat the value, which may hold a password.
    pub fn new(
        https: Option<&str>,
        http: Option<&str>,
        all: Option<&str>,
        no: Option<&str>,
    ) -> Result<Self> {
        if https.is_none() && http.is_none() && all.is_none() {
            return Ok(Self::none());
        }
        for (name, value) in [
            ("HTTPS_PROXY", https),
            ("HTTP_PROXY", http),
            ("ALL_PROXY", all),
        ] {
            if let Some(value) = value {
                check(name, value)?;
            }
        }
        let matcher = Matcher::builder()
            .https(https.unwrap_or_default())
            .http(http.unwrap_or_default())
            .all(all.unwrap_or_default())
            .no(no.unwrap_or_default())
            .build();
        Ok(Self {
            matcher: Some(Arc::new(matcher)),
            tunnels_only: false,
        })
    }

    /// The proxy for this destination, if there is one. This machine and the services of its
    /// link, where clouds and containers serve credentials, are never reached through a proxy:
    /// it would reach others under these addresses, and read what is meant for this machine.
    pub(super) fn for_destination(&self, destination: &Uri) -> Option<Intercept> {
        let matcher = self.matcher.as_ref()?;
        let is_encrypted = destination.scheme() == Some(&Scheme::HTTPS);
        if destination.host().is_some_and(is_nearby) || (self.tunnels_only && !is_encrypted) {
            return None;
        }
        matcher.intercept(destination)
    }
}

/// What to say of a proxy that lets nobody through without a password, or not with this one.
pub(super) fn wants_credentials(proxy: Option<&Intercept>) -> String {
    let Some(proxy) = proxy else {
        return "a proxy on the way wants a user name and password".to_owned();
    };
    let shown = authority(proxy.uri());
    match proxy.basic_auth() {
        Some(_) => format!("the proxy {shown} does not accept the user name and password"),
        None => format!("the proxy {shown} wants a user name and password"),
    }
}

/// Refuses what the matcher would silently ignore or what we cannot speak.
fn check(name: &str, value: &str) -> Result<()> {
    let problem = |cause: &str| {
        Error::settings(format!("{name} {cause}"))
            .with_hint(format!("write it as {name}=http://host:port"))
    };
    let uri: Uri = value
        .parse()
        .map_err(|_| problem("is not the address of a proxy"))?;
    if uri.authority().is_none() {
        return Err(problem("is not the address of a proxy"));
    }
    match uri.scheme_str() {
        None | Some("http") => Ok(()),
        Some(_) => Err(problem(
            "asks for a kind of proxy that is not supported: only http:// proxies are",
        )),
    }
}

/// Whether this is the machine itself or an address that no router passes on.
fn is_nearby(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    match host.parse() {
        Ok(IpAddr::V4(address)) => is_nearby_v4(address),
        Ok(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => is_nearby_v4(address),
            None => is_nearby_v6(address),
        },
        Err(_) => {
            let name = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
    }
}

fn is_nearby_v4(address: Ipv4Addr) -> bool {
    address.is_loopback() || address.is_link_local() || address.is_unspecified()
}

fn is_nearby_v6(address: Ipv6Addr) -> bool {
    // fd00:ec2::/32 has the metadata services of EC2, ECS and EKS.
    let is_of_ec2 = matches!(address.segments(), [0xfd00, 0xec2, ..]);
    address.is_loopback()
        || address.is_unspecified()
        || address.is_unicast_link_local()
        || is_of_ec2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn goes_through(rules: &ProxyRules, destination: &str) -> Option<String> {
        let uri: Uri = destination.parse().unwrap();
        rules
            .for_destination(&uri)
            .map(|proxy| proxy.uri().to_string())
    }

    #[test]
    fn each_scheme_has_its_proxy_and_no_proxy_names_what_is_reached_directly() {
        let rules = ProxyRules::new(
            Some("http://user:pass@secure:3128"),
            Some("plain:8080"),
            None,
            Some("example.org, 10.0.0.0/8"),
        )
        .unwrap();
        assert_eq!(
            goes_through(&rules, "https://s3.test/"),
            Some("http://secure:3128/".into())
        );
        assert_eq!(
            goes_through(&rules, "http://s3.test/"),
            Some("http://plain:8080/".into())
        );
        assert_eq!(goes_through(&rules, "https://nyc3.example.org/"), None);
        assert_eq!(goes_through(&rules, "http://10.1.2.3:9000/"), None);
    }

    #[test]
    fn this_machine_and_its_link_are_never_reached_through_a_proxy() {
        let rules = ProxyRules::new(None, None, Some("http://proxy:1"), None).unwrap();
        for host in [
            "169.254.169.254",
            "169.254.170.2",
            "169.254.170.23",
            "[fd00:ec2::254]",
            "[fd00:ec2::23]",
            "[fe80::1]",
            "[febf::1]",
            "127.0.0.1:9000",
            "127.254.3.4",
            "[::1]:9000",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "0.0.0.0:9000",
            "localhost:9000",
            "LOCALHOST",
            "localhost.",
            "bucket.localhost",
        ] {
            for scheme in ["http", "https"] {
                let destination = format!("{scheme}://{host}/latest");
                assert_eq!(goes_through(&rules, &destination), None, "{destination}");
            }
        }
        for host in [
            "128.0.0.1",
            "169.253.0.1",
            "10.0.0.1",
            "[fd00:ec3::1]",
            "[fec0::1]",
            "[::ffff:10.0.0.1]",
            "localhost.example.org",
            "notlocalhost",
        ] {
            let destination = format!("http://{host}/latest");
            assert!(goes_through(&rules, &destination).is_some(), "{host}");
        }
    }

    #[test]
    fn requests_for_credentials_use_a_proxy_only_if_they_are_encrypted() {
        let rules = ProxyRules::new(None, None, Some("http://proxy:1"), None)
            .unwrap()
            .tunnels_only();
        assert_eq!(goes_through(&rules, "http://metadata.test/latest"), None);
        assert!(goes_through(&rules, "https://sts.amazonaws.com/").is_some());
    }

    #[test]
    fn a_proxy_we_cannot_speak_to_is_refused_without_showing_its_password() {
        for value in ["socks5://u:s3cret@h:1", "https://u:s3cret@h", "http://"] {
            let error = ProxyRules::new(Some(value), None, None, None).unwrap_err();
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
