//! Which redirects are followed, and to where. Pure.

use super::{Place, Route};

/// What a redirect leads to.
#[derive(Debug)]
pub(crate) enum Redirect {
    /// To be followed: requests now go there.
    Follow(Box<Route>),
    /// We are there already, or it names no place.
    Nowhere,
    /// To a host we have no business with, or from https to http.
    Refuse,
}

impl Route {
    /// What to do about `Location` or `<Endpoint>` (a URL, or a bare host), with which a request
    /// about this bucket was answered.
    pub(crate) fn redirected(&self, to: &str, bucket: Option<&str>) -> Redirect {
        let (scheme, rest) = match to.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, to.strip_prefix("//").unwrap_or(to)),
        };
        let is_tls = match scheme.as_deref() {
            None => self.is_tls(),
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Redirect::Refuse,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (named, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let named = named.to_ascii_lowercase();
        let standard_port = if is_tls { ":443" } else { ":80" };
        let named = named.strip_suffix(standard_port).unwrap_or(&named);
        if named.is_empty() {
            return Redirect::Nowhere;
        }
        let host = host_of(named);
        let is_ours = host == self.endpoint.host || is_below(host, &self.endpoint.host);
        let is_amazon = self.endpoint.is_aws
            && (is_below(host, "amazonaws.com") || is_below(host, "amazonaws.com.cn"));
        if !(is_ours || is_amazon) || (self.is_tls() && !is_tls) {
            return Redirect::Refuse;
        }
        let below_bucket = bucket.and_then(|bucket| strip_label(named, bucket));
        let place = Place {
            is_tls,
            authority: below_bucket.unwrap_or(named).to_owned(),
            path_prefix: self.prefix_in(path),
            is_virtual: bucket.map(|_| below_bucket.is_some()),
        };
        let now = self.place();
        let is_here = (now.is_tls, &now.authority, &now.path_prefix)
            == (place.is_tls, &place.authority, &place.path_prefix)
            && bucket.is_none_or(|bucket| {
                self.is_virtual(bucket, now.is_virtual) == self.is_virtual(bucket, place.is_virtual)
            });
        if is_here {
            return Redirect::Nowhere;
        }
        Redirect::Follow(Box::new(Self {
            detour: Some(place),
            ..self.clone()
        }))
    }

    /// The endpoint's path prefix, unless the path of a redirect does without it.
    fn prefix_in(&self, path: &str) -> String {
        let prefix = &self.endpoint.path_prefix;
        let names_none = path.trim_matches('/').is_empty();
        let follows = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?', '#']);
        if names_none || path.strip_prefix(prefix.as_str()).is_some_and(follows) {
            prefix.clone()
        } else {
            String::new()
        }
    }
}

/// The host of `host:port` or `[v6]:port`.
fn host_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    strip_suffix_label(host, domain).is_some()
}

fn strip_suffix_label<'a>(host: &'a str, domain: &str) -> Option<&'a str> {
    host.strip_suffix(domain)?.strip_suffix('.')
}

fn strip_label<'a>(authority: &'a str, label: &str) -> Option<&'a str> {
    authority.strip_prefix(label)?.strip_prefix('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{Addressing, Scheme};
    use crate::route::tests::{aws, endpoint, spaces, whereto};

    #[test]
    fn redirects_are_followed_below_amazon_or_the_own_host_only() {
        let Redirect::Follow(route) =
            aws().redirected("photos.s3-us-west-2.amazonaws.com", Some("photos"))
        else {
            panic!("not followed")
        };
        assert_eq!(
            whereto(&route, "photos", "k"),
            "https://photos.s3-us-west-2.amazonaws.com/k"
        );
        let own =
            spaces(Addressing::Auto).redirected("https://nyc3.digitaloceanspaces.com:8443/x", None);
        assert!(matches!(own, Redirect::Follow(_)));
        for strange in [
            "https://evil.test/",
            "https://evilamazonaws.com/",
            "https://nyc3.digitaloceanspaces.com.evil.test/",
            "http://s3.eu-west-1.amazonaws.com/",
            "ftp://s3.eu-west-1.amazonaws.com/",
        ] {
            let redirect = aws().redirected(strange, None);
            assert!(matches!(redirect, Redirect::Refuse), "{strange}");
        }
        let amazon = spaces(Addressing::Auto).redirected("https://s3.amazonaws.com/", None);
        assert!(matches!(amazon, Redirect::Refuse));
    }

    #[test]
    fn a_redirect_to_where_we_are_leads_nowhere() {
        let Redirect::Follow(route) = aws().redirected("s3-us-west-2.amazonaws.com", None) else {
            panic!("not followed")
        };
        let again = route.redirected("https://s3-us-west-2.amazonaws.com:443/k", None);
        assert!(matches!(again, Redirect::Nowhere));
        for here in ["/relative", "https://s3.us-east-1.amazonaws.com/login"] {
            let redirect = aws().redirected(here, None);
            assert!(matches!(redirect, Redirect::Nowhere), "{here}");
        }
    }

    #[test]
    fn a_redirect_keeps_the_path_prefix_and_holds_for_requests_without_a_bucket() {
        let mut endpoint = endpoint("host", false);
        endpoint.scheme = Scheme::Http;
        endpoint.path_prefix = "/s3".into();
        let route = Route::new(endpoint, Addressing::Auto, "r");
        for (to, place) in [
            ("https://host/s3/b/k", "https://host/s3"),
            ("https://host:8443/s3?x", "https://host:8443/s3"),
            ("//eu.host/s3/", "http://eu.host/s3"),
            ("https://eu.host", "https://eu.host/s3"),
            ("https://eu.host/s3x/b/k", "https://eu.host"),
        ] {
            let Redirect::Follow(moved) = route.redirected(to, Some("b")) else {
                panic!("{to} was not followed")
            };
            assert_eq!(whereto(&moved, "b", "k"), format!("{place}/b/k"), "{to}");
            let buckets = moved.locate(None, None);
            let all = format!("{}://{}{}", buckets.scheme, buckets.authority, buckets.path);
            assert_eq!(all, format!("{place}/"), "{to}");
            assert!(matches!(moved.redirected(to, Some("b")), Redirect::Nowhere));
        }
    }

    #[test]
    fn the_label_of_a_bucket_is_no_part_of_the_place_that_a_redirect_names() {
        let to = "https://photos.s3.eu-west-1.amazonaws.com/k";
        let Redirect::Follow(moved) = aws().redirected(to, Some("photos")) else {
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
        let Redirect::Follow(moved) = route.redirected("https://host/b/k", Some("b")) else {
            panic!("not followed")
        };
        assert!(moved.is_tls());
        let back = moved.redirected("http://host/b/k", Some("b"));
        assert!(matches!(back, Redirect::Refuse));
    }
}
