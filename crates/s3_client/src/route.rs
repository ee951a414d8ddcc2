//! Where requests go: scheme, host, region, and how the bucket is named in them. Pure.

use rusoto_core::Region;

use crate::endpoint::{Addressing, Endpoint, Scheme};
use crate::sign::encode_path;

/// Where this client's requests go at the moment. Replaced as a whole when an answer teaches
/// better.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    endpoint: Endpoint,
    addressing: Addressing,
    region: Region,
    /// A place that the endpoint sent us to, below its own host or amazonaws.com.
    detour: Option<Place>,
}

/// A scheme and an authority, as a redirect names them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    is_tls: bool,
    authority: String,
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
        self.endpoint.scheme == Scheme::Https
    }

    pub(crate) fn host(&self) -> &str {
        &self.endpoint.host
    }

    /// The endpoint as a user would write it.
    pub(crate) fn endpoint_text(&self) -> String {
        format!(
            "{}://{}{}",
            scheme_text(self.is_tls()),
            authority(&self.endpoint),
            self.endpoint.path_prefix
        )
    }

    /// Where to send a request about this bucket and key.
    pub(crate) fn locate(&self, bucket: Option<&str>, key: Option<&str>) -> Target {
        let Some(bucket) = bucket else {
            return self.target(
                self.is_tls(),
                authority(&self.endpoint),
                format!("{}/", self.endpoint.path_prefix),
            );
        };
        let key = key.unwrap_or_default();
        if let Some(detour) = &self.detour {
            let own = strip_label(&detour.authority, bucket).is_some();
            let path = if own {
                format!("/{key}")
            } else {
                format!("/{bucket}/{key}")
            };
            return self.target(detour.is_tls, detour.authority.clone(), path);
        }
        let prefix = &self.endpoint.path_prefix;
        if self.is_virtual(bucket) {
            let authority = format!("{bucket}.{}", authority(&self.endpoint));
            self.target(self.is_tls(), authority, format!("{prefix}/{key}"))
        } else {
            let path = if key.is_empty() {
                format!("{prefix}/{bucket}")
            } else {
                format!("{prefix}/{bucket}/{key}")
            };
            self.target(self.is_tls(), authority(&self.endpoint), path)
        }
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

    fn target(&self, is_tls: bool, authority: String, path: String) -> Target {
        Target {
            scheme: scheme_text(is_tls),
            authority,
            path,
        }
    }

    /// Certificates cover one label, and only DNS names can be labels.
    fn is_virtual(&self, bucket: &str) -> bool {
        let fits = bucket.len() <= 63
            && bucket
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !bucket.starts_with('-')
            && !bucket.ends_with('-');
        match self.addressing {
            Addressing::Path => false,
            Addressing::Virtual => fits,
            Addressing::Auto => fits && self.endpoint.is_aws,
        }
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

    /// What to do about `Location` or `<Endpoint>`: a URL, or a bare host.
    pub(crate) fn redirected(&self, to: &str) -> Redirect {
        let (scheme, rest) = match to.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, to),
        };
        let is_tls = match scheme.as_deref() {
            None => self.is_tls(),
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Redirect::Refuse,
        };
        let named = rest
            .split(['/', '?', '#'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
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
        let place = Place {
            is_tls,
            authority: named.to_owned(),
        };
        if self.detour.as_ref() == Some(&place) {
            return Redirect::Nowhere;
        }
        Redirect::Follow(Box::new(Self {
            detour: Some(place),
            ..self.clone()
        }))
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
        let Redirect::Follow(route) = aws().redirected("photos.s3-us-west-2.amazonaws.com") else {
            panic!("not followed")
        };
        assert_eq!(
            whereto(&route, "photos", "k"),
            "https://photos.s3-us-west-2.amazonaws.com/k"
        );
        let own = spaces(Addressing::Auto).redirected("https://nyc3.digitaloceanspaces.com:8443/x");
        assert!(matches!(own, Redirect::Follow(_)));
        for strange in [
            "https://evil.test/",
            "https://evilamazonaws.com/",
            "https://nyc3.digitaloceanspaces.com.evil.test/",
            "http://s3.eu-west-1.amazonaws.com/",
            "ftp://s3.eu-west-1.amazonaws.com/",
        ] {
            let redirect = aws().redirected(strange);
            assert!(matches!(redirect, Redirect::Refuse), "{strange}");
        }
        let amazon = spaces(Addressing::Auto).redirected("https://s3.amazonaws.com/");
        assert!(matches!(amazon, Redirect::Refuse));
    }

    #[test]
    fn a_redirect_to_where_we_are_leads_nowhere() {
        let Redirect::Follow(route) = aws().redirected("s3-us-west-2.amazonaws.com") else {
            panic!("not followed")
        };
        let again = route.redirected("https://s3-us-west-2.amazonaws.com:443/k");
        assert!(matches!(again, Redirect::Nowhere));
        assert!(matches!(aws().redirected("/relative"), Redirect::Nowhere));
    }
}
