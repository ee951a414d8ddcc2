//! Which redirects are followed, and to where. Pure.

use super::{Address, Route};
use crate::endpoint::{Addressing, Endpoint, Scheme};

impl Route {
    /// The route that `Location` or `<Endpoint>` (a URL, or a bare host) names in the response to a
    /// request about this bucket. `None` if it is the present route, or if the redirect must not be
    /// followed: to an unrelated host, or from https to http.
    pub(crate) fn redirect(&self, to: &str, bucket: Option<&str>) -> Option<Self> {
        let (scheme, rest) = match to.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some(_) => return None,
            None => (self.scheme(), to.strip_prefix("//").unwrap_or(to)),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(end)?;
        let authority = authority.to_ascii_lowercase();
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                (host, Some(port.parse().ok()?))
            }
            _ => (authority.as_str(), None),
        };
        let configured = self.endpoint();
        let is_below = |domain: &str| {
            let before = host.strip_suffix(domain);
            before.is_some_and(|before| before.ends_with('.'))
        };
        let is_ours = host == configured.host || is_below(&configured.host);
        let is_amazon =
            configured.is_aws && (is_below("amazonaws.com") || is_below("amazonaws.com.cn"));
        let is_downgrade = self.scheme() == Scheme::Https && scheme == Scheme::Http;
        if host.is_empty() || !(is_ours || is_amazon) || is_downgrade {
            return None;
        }
        let below_bucket = bucket.and_then(|bucket| host.strip_prefix(bucket)?.strip_prefix('.'));
        let address = Address {
            endpoint: Endpoint {
                scheme,
                host: below_bucket.unwrap_or(host).to_owned(),
                port: port.filter(|port| *port != scheme.default_port()),
                path_prefix: self.prefix_in(path),
                is_aws: configured.is_aws,
            },
            addressing: match (bucket, below_bucket) {
                (None, _) => self.configured.addressing,
                (Some(_), None) => Addressing::Path,
                (Some(_), Some(_)) => Addressing::Virtual,
            },
        };
        let now = self.address();
        let is_here = now.endpoint == address.endpoint
            && bucket.is_none_or(|bucket| now.is_virtual(bucket) == address.is_virtual(bucket));
        (!is_here).then(|| Self {
            redirected: Some(address),
            ..self.clone()
        })
    }

    /// The path prefix of the endpoint, unless the path of the redirect does not have it.
    fn prefix_in(&self, path: &str) -> String {
        let prefix = &self.endpoint().path_prefix;
        let is_root = path.trim_matches('/').is_empty();
        let follows = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
        if is_root || path.strip_prefix(prefix.as_str()).is_some_and(follows) {
            prefix.clone()
        } else {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::tests::{aws, endpoint, spaces, whereto};

    #[test]
    fn redirects_are_followed_below_amazon_or_the_own_host_only() {
        let Some(route) = aws().redirect("photos.s3-us-west-2.amazonaws.com", Some("photos"))
        else {
            panic!("not followed")
        };
        assert_eq!(
            whereto(&route, "photos", "k"),
            "https://photos.s3-us-west-2.amazonaws.com/k"
        );
        let own =
            spaces(Addressing::Auto).redirect("https://nyc3.digitaloceanspaces.com:8443/x", None);
        assert!(own.is_some());
        for strange in [
            "https://evil.test/",
            "https://evilamazonaws.com/",
            "https://nyc3.digitaloceanspaces.com.evil.test/",
            "http://s3.eu-west-1.amazonaws.com/",
            "ftp://s3.eu-west-1.amazonaws.com/",
        ] {
            let redirect = aws().redirect(strange, None);
            assert!(redirect.is_none(), "{strange}");
        }
        let amazon = spaces(Addressing::Auto).redirect("https://s3.amazonaws.com/", None);
        assert!(amazon.is_none());
    }

    #[test]
    fn a_redirect_to_where_we_are_leads_nowhere() {
        let Some(route) = aws().redirect("s3-us-west-2.amazonaws.com", None) else {
            panic!("not followed")
        };
        let again = route.redirect("https://s3-us-west-2.amazonaws.com:443/k", None);
        assert!(again.is_none());
        for here in ["/relative", "https://s3.us-east-1.amazonaws.com/login"] {
            let redirect = aws().redirect(here, None);
            assert!(redirect.is_none(), "{here}");
        }
    }

    #[test]
    fn a_redirect_keeps_the_path_prefix_and_holds_for_requests_without_a_bucket() {
        let mut endpoint = endpoint("host", false);
        endpoint.scheme = Scheme::Http;
        endpoint.path_prefix = "/s3".into();
        let route = Route::new(endpoint, Addressing::Auto, "r");
        for (to, address) in [
            ("https://host/s3/b/k", "https://host/s3"),
            ("https://host:8443/s3?x", "https://host:8443/s3"),
            ("//eu.host/s3/", "http://eu.host/s3"),
            ("https://eu.host", "https://eu.host/s3"),
            ("https://eu.host/s3x/b/k", "https://eu.host"),
        ] {
            let Some(moved) = route.redirect(to, Some("b")) else {
                panic!("{to} was not followed")
            };
            assert_eq!(whereto(&moved, "b", "k"), format!("{address}/b/k"), "{to}");
            let buckets = moved.locate(None, None);
            let all = format!("{}://{}{}", buckets.scheme, buckets.authority, buckets.path);
            assert_eq!(all, format!("{address}/"), "{to}");
            assert!(moved.redirect(to, Some("b")).is_none());
        }
    }

    #[test]
    fn the_label_of_a_bucket_is_no_part_of_the_place_that_a_redirect_names() {
        let to = "https://photos.s3.eu-west-1.amazonaws.com/k";
        let Some(moved) = aws().redirect(to, Some("photos")) else {
            panic!("not followed")
        };
        assert_eq!(
            whereto(&moved, "music", "k"),
            "https://music.s3.eu-west-1.amazonaws.com/k"
        );
        assert_eq!(
            moved.locate(None, None).authority,
            "s3.eu-west-1.amazonaws.com"
        );
    }

    #[test]
    fn there_is_no_way_back_from_https() {
        let mut endpoint = endpoint("host", false);
        endpoint.scheme = Scheme::Http;
        let route = Route::new(endpoint, Addressing::Auto, "r");
        let Some(moved) = route.redirect("https://host/b/k", Some("b")) else {
            panic!("not followed")
        };
        assert!(moved.scheme() == Scheme::Https);
        let back = moved.redirect("http://host/b/k", Some("b"));
        assert!(back.is_none());
    }
}
