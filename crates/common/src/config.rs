//! The settings of a run, each with its value; what the client needs of them.

use std::path::PathBuf;
use std::time::Duration;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag(&'static str),
    /// A variable.
    Variable(&'static str),
    /// Nobody said anything.
    Default,
}

/// How the endpoint is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Encrypted.
    Https,
}

/// Where the service is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The scheme.
    pub scheme: Scheme,
    /// The host, lower case.
    pub host: String,
    /// The port, unless it is the scheme's own.
    pub port: Option<u16>,
    /// Empty, or `/x` without a slash at the end.
    pub path_prefix: String,
    /// Whether it belongs to AWS.
    pub is_aws: bool,
}

/// How the bucket is named in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// Path on a custom endpoint, host on AWS.
    Auto,
    /// In the path.
    Path,
    /// In the host name.
    Virtual,
}

/// The proxies, as the user wrote them.
#[derive(Clone, Default)]
pub struct ProxySettings {
    /// For https destinations.
    pub https: Option<Setting<String>>,
    /// For http destinations.
    pub http: Option<Setting<String>>,
    /// For both.
    pub all: Option<Setting<String>>,
    /// What is reached directly.
    pub no_proxy: Option<Setting<String>>,
}

/// Everything the client needs to know.
#[derive(Clone)]
pub struct Config {
    /// The region.
    pub region: Setting<String>,
    /// The endpoint.
    pub endpoint: Setting<Endpoint>,
    /// The addressing style.
    pub addressing: Setting<Addressing>,
    /// A PEM file of CA certificates.
    pub ca_bundle: Option<Setting<PathBuf>>,
    /// The proxies.
    pub proxy: ProxySettings,
    /// Attempts per operation.
    pub max_attempts: Setting<u32>,
    /// For a connection.
    pub connect_timeout: Setting<Duration>,
    /// Without a byte.
    pub read_timeout: Setting<Duration>,
}
