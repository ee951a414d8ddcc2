//! Where requests go: scheme, host, region, and how the bucket is named in them. Pure.

use rusoto_core::Region;

use crate::endpoint::{Addressing, Endpoint, Scheme};
use crate::sign::encode_path;

/// Where this client's requests go at the moment. Replaced as a whole when a response teaches
/// better.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    endpoint: Endpoint,
    addressing: Addressing,
    region: Region,
    /// A place that the endpoint sent us to, below its own host or amazonaws.com.
    detour: Option<Place>,
}

/// Where requests go, as the endpoint or a redirect names it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    is_tls: bool,
    /// Host and port, without the label of a bucket.
    authority: String,
    path_prefix: String,
    /// Whether the bucket is a label of the host; `None`: as configured.
    is_virtual: Option<bool>,
}

/// One request's destination.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) scheme: &'static str,
    pub(crate) authority: String,
    /// Raw, not encoded yet.
    pub(crate) path: String,
}

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
    pub(crate) fn new(endpoint: Endpoint, addressing: Addressing, region: &str) -> Self {
        let region = custom_region(&endpoint, region);
        Self {
            endpoint,
            addressing,
            region,
            detour: None,
        }
    }

    /// The region as rusoto wants it: always custom, because its own table ends in 2022.
    pub(crate) fn rusoto_region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn region(&self) -> &str {
        self.region.name()
    }

    pub(crate) fn is_tls(&self) -> bool {
        match &self.detour {
            Some(place) => place.is_tls,
            None => self.endpoint.scheme == Scheme::Https,
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.endpoint.host
    }

    /// The endpoint as a user would write it.
    pub(crate) fn endpoint_text(&self) -> String {
        format!(
            "{}://{}{}",
            scheme_text(self.endpoint.scheme == Scheme::Https),
            authority(&self.endpoint),
            self.endpoint.path_prefix
        )
    }

    /// Where to send a request about this bucket and key.
    pub(crate) fn locate(&self, bucket: Option<&str>, key: Option<&str>) -> Target {
        let place = self.place();
        let prefix = place.path_prefix;
        let (authority, path) = match (bucket, key.unwrap_or_default()) {
            (None, _) => (place.authority, format!("{prefix}/")),
            (Some(bucket), key) if self.is_virtual(bucket, place.is_virtual) => {
                let authority = format!("{bucket}.{}", place.authority);
                (authority, format!("{prefix}/{key}"))
            }
            (Some(bucket), "") => (place.authority, format!("{prefix}/{bucket}")),
            (Some(bucket), key) => (place.authority, format!("{prefix}/{bucket}/{key}")),
        };
        Target {
            scheme: scheme_text(place.is_tls),
            authority,
            path,
        }
    }

    fn place(&self) -> Place {
        self.detour.clone().unwrap_or_else(|| Place {
            is_tls: self.endpoint.scheme == Scheme::Https,
            authority: authority(&self.endpoint),
            path_prefix: self.endpoint.path_prefix.clone(),
            is_virtual: None,
        })
    }

    /// The address of an object for a browser.
    pub(crate) fn public_url(&self, bucket: &str, key: &str) -> String {
        let target = self.locate(Some(bucket), Some(key));
        format!(
            "{}://{}{}",
            target.scheme,
            target.authority,
            encode_path(&target.path)
        )
    }

    /// Certificates cover one label, and only DNS names can be labels.
    fn is_virtual(&self, bucket: &str, learned: Option<bool>) -> bool {
        let fits = bucket.len() <= 63
            && bucket
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !bucket.starts_with('-')
            && !bucket.ends_with('-');
        let wanted = learned.unwrap_or(match self.addressing {
            Addressing::Path => false,
            Addressing::Virtual => true,
            Addressing::Auto => self.endpoint.is_aws,
        });
        fits && wanted
    }

    /// The same with another region. An AWS endpoint that is named after its region moves along.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        let mut endpoint = self.endpoint.clone();
        if endpoint.is_aws {
            let (old, new) = (format!(".{}.", self.region()), format!(".{region}."));
            endpoint.host = endpoint.host.replacen(&old, &new, 1);
        }
        Self {
            region: custom_region(&endpoint, region),
            endpoint,
            addressing: self.addressing,
            detour: None,
        }
    }

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

fn custom_region(endpoint: &Endpoint, name: &str) -> Region {
    Region::Custom {
        name: name.to_owned(),
        endpoint: format!(
            "{}://{}",
            scheme_text(endpoint.scheme == Scheme::Https),
            authority(endpoint)
        ),
    }
}

fn scheme_text(is_tls: bool) -> &'static str {
    if is_tls { "https" } else { "http" }
}

fn authority(endpoint: &Endpoint) -> String {
    match endpoint.port {
        Some(port) => format!("{}:{port}", endpoint.host),
        None => endpoint.host.clone(),
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

/// The name becomes part of a host name and of a line to copy into a shell.
pub fn is_region(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str, is_aws: bool) -> Endpoint {
        Endpoint {
            scheme: Scheme::Https,
            host: host.into(),
            port: None,
            path_prefix: String::new(),
            is_aws,
        }
    }

    fn aws() -> Route {
        let endpoint = endpoint("s3.us-east-1.amazonaws.com", true);
        Route::new(endpoint, Addressing::Auto, "us-east-1")
    }

    fn spaces(addressing: Addressing) -> Route {
        let endpoint = endpoint("nyc3.digitaloceanspaces.com", false);
        Route::new(endpoint, addressing, "us-east-1")
    }

    fn whereto(route: &Route, bucket: &str, key: &str) -> String {
        let target = route.locate(Some(bucket), Some(key));
        format!("{}://{}{}", target.scheme, target.authority, target.path)
    }

    #[test]
    fn the_bucket_is_in_the_host_on_aws_and_in_the_path_elsewhere() {
        assert_eq!(
            whereto(&aws(), "photos", "a/b"),
            "https://photos.s3.us-east-1.amazonaws.com/a/b"
        );
        for odd in ["my.photos", "Photos", "my_photos", "-photos"] {
            assert_eq!(
                whereto(&aws(), odd, "a"),
                format!("https://s3.us-east-1.amazonaws.com/{odd}/a")
            );
        }
        assert_eq!(
            whereto(&spaces(Addressing::Auto), "photos", "a"),
            "https://nyc3.digitaloceanspaces.com/photos/a"
        );
        assert_eq!(
            whereto(&spaces(Addressing::Virtual), "photos", "/a"),
            "https://photos.nyc3.digitaloceanspaces.com//a"
        );
    }

    #[test]
    fn a_prefix_and_a_port_of_the_endpoint_stay_in_every_address() {
        let mut endpoint = endpoint("host", false);
        endpoint.port = Some(9000);
        endpoint.path_prefix = "/s3".into();
        let route = Route::new(endpoint, Addressing::Auto, "r");
        assert_eq!(whereto(&route, "b", "k"), "https://host:9000/s3/b/k");
        assert_eq!(whereto(&route, "b", ""), "https://host:9000/s3/b");
        assert_eq!(route.locate(None, None).path, "/s3/");
        assert_eq!(route.endpoint_text(), "https://host:9000/s3");
    }

    #[test]
    fn another_region_moves_an_aws_endpoint_and_no_other() {
        let moved = aws().in_region("eu-west-1");
        assert_eq!(moved.region(), "eu-west-1");
        assert_eq!(
            whereto(&moved, "b", "k"),
            "https://b.s3.eu-west-1.amazonaws.com/k"
        );
        let moved = spaces(Addressing::Auto).in_region("nyc3");
        assert_eq!(moved.region(), "nyc3");
        assert_eq!(moved.host(), "nyc3.digitaloceanspaces.com");
    }

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

    #[test]
    fn a_region_name_cannot_smuggle_anything_in() {
        assert!(is_region("eu-west-1"));
        assert!(is_region("garage"));
        for strange in ["", "a.evil.test/", "x\nrm -rf", "$(id)"] {
            assert!(!is_region(strange));
        }
    }
}
