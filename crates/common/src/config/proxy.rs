//! The proxy variables, unparsed: the transport interprets them.

use std::fmt;

use super::setting::Setting;
use crate::env::Env;

/// The values of the proxy variables, lower case first, as curl reads them.
#[derive(Clone, Default)]
pub struct ProxySettings {
    https: Option<Setting<String>>,
    http: Option<Setting<String>>,
    all: Option<Setting<String>>,
    no: Option<Setting<String>>,
}

impl ProxySettings {
    pub(super) fn read(env: &Env) -> Self {
        Self {
            https: env.first(&["https_proxy", "HTTPS_PROXY"]),
            http: env.first(&["http_proxy", "HTTP_PROXY"]),
            all: env.first(&["all_proxy", "ALL_PROXY"]),
            no: env.first(&["no_proxy", "NO_PROXY"]),
        }
    }

    /// For https destinations, for http destinations, for both, and the hosts that are reached without
    /// a proxy.
    pub(crate) fn values(&self) -> [Option<&str>; 4] {
        [&self.https, &self.http, &self.all, &self.no]
            .map(|setting| setting.as_ref().map(|setting| setting.value.as_str()))
    }

    /// Name, masked value and origin of each, for `--print-config`.
    pub(super) fn shown(&self) -> impl Iterator<Item = (&'static str, Option<Setting<String>>)> {
        let masked = |proxy: &Option<Setting<String>>| {
            proxy.clone().map(|proxy| proxy.map(|value| masked(&value)))
        };
        [
            ("https-proxy", masked(&self.https)),
            ("http-proxy", masked(&self.http)),
            ("all-proxy", masked(&self.all)),
            ("no-proxy", self.no.clone()),
        ]
        .into_iter()
    }
}

/// User and password are secret.
impl fmt::Debug for ProxySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(
                self.shown()
                    .filter_map(|(name, setting)| Some((name, setting?.value))),
            )
            .finish()
    }
}

/// Hides everything before the last `@`: an unencoded password may contain an `@` too.
fn masked(address: &str) -> String {
    let Some((secret, host)) = address.rsplit_once('@') else {
        return address.to_owned();
    };
    match secret.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://***@{host}"),
        None => format!("***@{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_case_spelling_comes_first() {
        let env = Env::from_pairs([("https_proxy", "http://low"), ("HTTPS_PROXY", "http://up")]);
        let proxy = ProxySettings::read(&env.unwrap());
        assert_eq!(proxy.values(), [Some("http://low"), None, None, None]);
    }

    #[test]
    fn user_and_password_are_never_shown() {
        for (address, shown) in [
            ("http://u:s3cret@host:1", "http://***@host:1"),
            ("u:s3cret@host", "***@host"),
            ("http://u:s3@cret@host/", "http://***@host/"),
            ("http://host:3128", "http://host:3128"),
        ] {
            assert_eq!(masked(address), shown);
        }
        let env = Env::from_pairs([("ALL_PROXY", "http://u:s3cret@host")]).unwrap();
        assert!(!format!("{:?}", ProxySettings::read(&env)).contains("s3cret"));
    }
}
