//! Which requests go through a proxy. The rules are curl's, from hyper-util; the values come
//! from the settings, never from the environment directly.

use std::fmt;
use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::fault::authority;
use crate::error::{Error, Result};

/// The proxies of this run. Their user names and passwords are secrets: neither Debug nor any
/// message shows them.
pub struct ProxyRules(Option<Matcher>);

impl fmt::Debug for ProxyRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyRules(***)")
    }
}

impl ProxyRules {
    /// No proxy for anything.
    pub fn none() -> Self {
        Self(None)
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
        Ok(Self(Some(matcher)))
    }

    /// The proxy for this destination, if there is one. Addresses of the machine's own link,
    /// where clouds serve their metadata, are never proxied: credentials would leave it.
    pub(super) fn for_destination(&self, destination: &Uri) -> Option<Intercept> {
        let matcher = self.0.as_ref()?;
        if destination.host().is_some_and(is_link_local) {
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

fn is_link_local(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        // The EC2 and EKS metadata addresses, fd00:ec2::/32.
        Ok(IpAddr::V6(address)) => matches!(address.segments(), [0xfd00, 0xec2, ..]),
        Err(_) => false,
    }
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
    fn metadata_addresses_are_never_proxied() {
        let rules = ProxyRules::new(None, None, Some("http://proxy:1"), None).unwrap();
        assert_eq!(goes_through(&rules, "http://169.254.169.254/latest"), None);
        assert_eq!(goes_through(&rules, "http://[fd00:ec2::254]/latest"), None);
        assert!(goes_through(&rules, "http://127.0.0.1:9000/").is_some());
    }

    #[test]
    fn a_proxy_we_cannot_speak_to_is_refused_without_showing_its_password() {
        for value in ["socks5://u:s3cret@h:1", "https://u:s3cret@h", "http://"] {
            let error = ProxyRules::new(Some(value), None, None, None).unwrap_err();
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
