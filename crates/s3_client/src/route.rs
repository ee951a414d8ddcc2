//! Where requests go: scheme, host, region, and how the bucket is named in them. Pure.

mod redirect;

use rusoto_core::Region;

use crate::endpoint::{Addressing, Endpoint, Scheme};
use crate::sign::encode_path;
/// Where this client sends its requests. Replaced as a whole when a response names a better route.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    configured: Address,
    region: Region,
    /// Where a redirect sent us: below the configured host, or below amazonaws.com.
    redirected: Option<Address>,
}

/// An address, and where buckets are named in requests to it.
#[derive(Clone, Debug)]
struct Address {
    endpoint: Endpoint,
    addressing: Addressing,
}

/// The destination of one request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) scheme: &'static str,
    pub(crate) authority: String,
    /// Not encoded yet.
    pub(crate) path: String,
}

impl Route {
    pub(crate) fn new(endpoint: Endpoint, addressing: Addressing, region: &str) -> Self {
        Self {
            region: custom_region(&endpoint, region),
            configured: Address {
                endpoint,
                addressing,
            },
            redirected: None,
        }
    }

    /// The region for rusoto: always custom, because rusoto's own list ends in 2022.
    pub(crate) fn rusoto_region(&self) -> &Region {
        &self.region
    }

    pub(crate) fn region(&self) -> &str {
        self.region.name()
    }

    pub(crate) fn scheme(&self) -> Scheme {
        self.address().endpoint.scheme
    }

    /// The endpoint that the user configured.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.configured.endpoint
    }

    fn address(&self) -> &Address {
        self.redirected.as_ref().unwrap_or(&self.configured)
    }

    /// Where to send a request about this bucket and key.
    pub(crate) fn locate(&self, bucket: Option<&str>, key: Option<&str>) -> Target {
        let address = self.address();
        let prefix = &address.endpoint.path_prefix;
        let authority = address.endpoint.authority();
        let (authority, path) = match (bucket, key.unwrap_or_default()) {
            (None, _) => (authority, format!("{prefix}/")),
            (Some(bucket), key) if address.is_virtual(bucket) => {
                (format!("{bucket}.{authority}"), format!("{prefix}/{key}"))
            }
            (Some(bucket), "") => (authority, format!("{prefix}/{bucket}")),
            (Some(bucket), key) => (authority, format!("{prefix}/{bucket}/{key}")),
        };
        Target {
            scheme: address.endpoint.scheme.name(),
            authority,
            path,
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

    /// The same with another region. An AWS endpoint that is named after its region moves along.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        let mut endpoint = self.configured.endpoint.clone();
        if endpoint.is_aws {
            let (old, new) = (format!(".{}.", self.region()), format!(".{region}."));
            endpoint.host = endpoint.host.replacen(&old, &new, 1);
        }
        Self::new(endpoint, self.configured.addressing, region)
    }
}

impl Address {
    /// Whether this bucket is named in the host. Certificates cover one label, and a label must be
    /// a DNS name.
    fn is_virtual(&self, bucket: &str) -> bool {
        let fits = bucket.len() <= 63
            && bucket
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !bucket.starts_with('-')
            && !bucket.ends_with('-');
        fits && match self.addressing {
            Addressing::Path => false,
            Addressing::Virtual => true,
            Addressing::Auto => self.endpoint.is_aws,
        }
    }
}

fn custom_region(endpoint: &Endpoint, name: &str) -> Region {
    Region::Custom {
        name: name.to_owned(),
        endpoint: format!("{}://{}", endpoint.scheme.name(), endpoint.authority()),
    }
}

/// Whether this can be a region: it becomes part of a host name, and of a line to copy into a
/// shell.
pub fn is_region(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn endpoint(host: &str, is_aws: bool) -> Endpoint {
        Endpoint {
            scheme: Scheme::Https,
            host: host.into(),
            port: None,
            path_prefix: String::new(),
            is_aws,
        }
    }

    pub(super) fn aws() -> Route {
        let endpoint = endpoint("s3.us-east-1.amazonaws.com", true);
        Route::new(endpoint, Addressing::Auto, "us-east-1")
    }

    pub(super) fn spaces(addressing: Addressing) -> Route {
        let endpoint = endpoint("nyc3.digitaloceanspaces.com", false);
        Route::new(endpoint, addressing, "us-east-1")
    }

    pub(super) fn whereto(route: &Route, bucket: &str, key: &str) -> String {
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
        assert_eq!(route.endpoint().to_string(), "https://host:9000/s3");
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
        assert_eq!(moved.endpoint().host, "nyc3.digitaloceanspaces.com");
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
