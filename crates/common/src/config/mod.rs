//! Settings, from a flag, a variable, a profile file or a default, in this order. Each one knows
//! its origin.
//!
//! [`Config::resolve`] only reads the profile files and sends nothing. A value that is not valid is
//! an error here (exit 3), before the program does anything.

use std::path::PathBuf;
use std::time::Duration;

use s3_client::{Addressing, Endpoint, is_region};

use crate::credentials::{Source, plan};
use crate::env::Env;
use crate::error::{Error, Result};

mod args;
mod bucket_host;
mod endpoint;
mod ini;
pub(crate) mod print;
pub(crate) mod profile;
mod proxy;
mod setting;
#[cfg(test)]
mod tests;

pub use args::ConnectArgs;
pub use proxy::ProxySettings;
pub use setting::{Origin, Setting};

use profile::{Profile, ProfileFiles};

/// The default region of AWS and of most other services.
const DEFAULT_REGION: &str = "us-east-1";
/// The pauses grow to 20 s, with full jitter: ten attempts take longer than a restart of the
/// service.
const DEFAULT_ATTEMPTS: u32 = 10;
/// Connecting across the world takes a tenth of this.
const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Slow services need seconds until the first byte, but not half a minute.
const DEFAULT_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// All settings for requests to one endpoint.
#[derive(Clone, Debug)]
pub struct Config {
    /// The region that requests are signed for.
    pub region: Setting<String>,
    /// The address of the service.
    pub endpoint: Setting<Endpoint>,
    /// Whether the bucket is named in the path or in the host name.
    pub addressing: Setting<Addressing>,
    /// The requested profile, if any.
    pub profile: Option<Setting<String>>,
    /// The source of the credentials. Nothing has been fetched yet.
    pub(crate) credentials: Source,
    /// The file of trusted certificate authorities, in place of the system's.
    pub ca_bundle: Option<Setting<PathBuf>>,
    /// The proxy variables.
    pub proxy: ProxySettings,
    /// The number of attempts for one request, at least 1.
    pub max_attempts: Setting<u32>,
    /// How long to wait for a connection.
    pub connect_timeout: Setting<Duration>,
    /// How long a connection may be silent.
    pub read_timeout: Setting<Duration>,
}

impl Config {
    /// Combines flags, variables and profile files.
    ///
    /// # Errors
    /// Exit 3: a profile does not exist or a profile file cannot be read; a value is not valid (the
    /// message names its flag, variable or file); half of a key pair is missing.
    pub fn resolve(env: &Env, args: &ConnectArgs) -> Result<Self> {
        let (config, wrong) = Self::gather(env, args);
        match wrong.0.into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(config),
        }
    }

    /// The same, with the default in place of each setting that is wrong.
    fn gather(env: &Env, args: &ConnectArgs) -> (Self, Wrong) {
        let mut wrong = Wrong::default();
        let files = wrong.or_default("profile", ProfileFiles::read(env));
        let asked = wrong.or_default("profile", asked_profile(env, args));
        let profile = match &asked {
            Some(asked) => wrong.or_default("profile", files.asked(asked).map(Some)),
            None => files.profile("default"),
        };
        let look = LookUp {
            env,
            profile: profile.as_ref(),
        };
        let region = wrong.or("region", look.region(args), || {
            Setting::default(DEFAULT_REGION.to_owned())
        });
        let url = look
            .text(
                args.endpoint_url
                    .as_deref()
                    .map(|url| ("--endpoint-url", url)),
                &["ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
                None,
            )
            .or_else(|| files.endpoint_url(profile.as_ref()?))
            .map(|text| text.try_map(|text, origin| endpoint::parse(&text, origin)))
            .transpose();
        let endpoint = wrong
            .or_default("endpoint-url", url)
            .unwrap_or_else(|| Setting::default(Endpoint::aws(&region.value)));
        let time = |given: Option<Duration>, flag, default| match given {
            Some(time) => Setting::new(time, Origin::Flag(flag)),
            None => Setting::default(default),
        };
        let found = plan::find(
            env,
            args,
            &files,
            profile.as_ref(),
            &region.value,
            &endpoint.value,
        );
        let config = Self {
            credentials: wrong.or("credentials", found, || Source::unsigned(Origin::Default)),
            addressing: wrong.or("addressing-style", look.addressing(args), || {
                Setting::default(Addressing::Auto)
            }),
            max_attempts: wrong.or("max-attempts", look.max_attempts(args), || {
                Setting::default(DEFAULT_ATTEMPTS)
            }),
            region,
            endpoint,
            ca_bundle: look.ca_bundle(args),
            profile: asked,
            proxy: ProxySettings::read(env),
            connect_timeout: time(
                args.connect_timeout,
                "--connect-timeout",
                DEFAULT_CONNECT_TIMEOUT,
            ),
            read_timeout: time(args.read_timeout, "--read-timeout", DEFAULT_READ_TIMEOUT),
        };
        (config, wrong)
    }
}

/// The settings that are wrong, by name, in the order in which they were found.
#[derive(Default)]
struct Wrong(Vec<(&'static str, Error)>);

impl Wrong {
    fn or<T>(&mut self, name: &'static str, result: Result<T>, other: impl FnOnce() -> T) -> T {
        result.unwrap_or_else(|error| {
            self.0.push((name, error));
            other()
        })
    }

    fn or_default<T: Default>(&mut self, name: &'static str, result: Result<T>) -> T {
        self.or(name, result, T::default)
    }
}

/// The profile named by a flag or variable.
fn asked_profile(env: &Env, args: &ConnectArgs) -> Result<Option<Setting<String>>> {
    let asked = match &args.profile {
        Some(name) => Some(Setting::new(name.clone(), Origin::Flag("--profile"))),
        None => env
            .get("AWS_PROFILE")
            .map(|name| Setting::new(name.to_owned(), Origin::Variable("AWS_PROFILE"))),
    };
    match asked {
        Some(asked) if asked.value.trim().is_empty() => Err(Error::settings(format!(
            "{} names no profile",
            asked.origin
        ))),
        asked => Ok(asked),
    }
}

/// Finds one setting: flag, then variables, then profile.
struct LookUp<'a> {
    env: &'a Env,
    profile: Option<&'a Profile<'a>>,
}

impl LookUp<'_> {
    fn region(&self, args: &ConnectArgs) -> Result<Setting<String>> {
        let given = self.text(
            args.region.as_deref().map(|region| ("--region", region)),
            &["REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"],
            Some("region"),
        );
        match given {
            Some(region) => region.try_map(check_region),
            None => Ok(Setting::default(DEFAULT_REGION.to_owned())),
        }
    }

    fn addressing(&self, args: &ConnectArgs) -> Result<Setting<Addressing>> {
        if let Some(style) = args.addressing_style {
            return Ok(Setting::new(style, Origin::Flag("--addressing-style")));
        }
        match self.text(None, &["S3_ADDRESSING_STYLE"], Some("s3.addressing_style")) {
            Some(text) => text.try_map(|text, origin| understand(&text, origin, str::parse)),
            None => Ok(Setting::default(Addressing::Auto)),
        }
    }

    fn ca_bundle(&self, args: &ConnectArgs) -> Option<Setting<PathBuf>> {
        if let Some(path) = &args.ca_bundle {
            return Some(Setting::new(path.clone(), Origin::Flag("--ca-bundle")));
        }
        let path = self.text(None, &["AWS_CA_BUNDLE", "SSL_CERT_FILE"], Some("ca_bundle"))?;
        Some(path.map(PathBuf::from))
    }

    fn max_attempts(&self, args: &ConnectArgs) -> Result<Setting<u32>> {
        if let Some(attempts) = args.max_attempts {
            return Ok(Setting::new(attempts, Origin::Flag("--max-attempts")));
        }
        match self.text(None, &["AWS_MAX_ATTEMPTS"], Some("max_attempts")) {
            Some(text) => {
                text.try_map(|text, origin| understand(&text, origin, args::parse_attempts))
            }
            None => Ok(Setting::default(DEFAULT_ATTEMPTS)),
        }
    }

    /// An empty flag counts as unset too: `--region "$REGION"`.
    fn text(
        &self,
        flag: Option<(&'static str, &str)>,
        variables: &[&str],
        key: Option<&str>,
    ) -> Option<Setting<String>> {
        if let Some((flag, text)) = flag.filter(|(_, text)| !text.is_empty()) {
            return Some(Setting::new(text.to_owned(), Origin::Flag(flag)));
        }
        if let Some((name, text)) = self.env.first(variables) {
            return Some(Setting::new(text.to_owned(), self.env.origin(name)?));
        }
        self.profile?.setting(key?)
    }
}

/// Parses the value of a setting.
fn understand<T>(
    text: &str,
    origin: &Origin,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T> {
    parse(text.trim())
        .map_err(|cause| Error::settings(format!("{origin} is `{}`, {cause}", text.escape_debug())))
}

/// A region becomes part of the signature and, on AWS, of the host name.
fn check_region(text: String, origin: &Origin) -> Result<String> {
    let region = text.trim();
    if is_region(region) {
        Ok(region.to_owned())
    } else {
        Err(Error::settings(format!(
            "{origin} is `{}`, which is not the name of a region",
            text.escape_debug()
        ))
        .with_hint("write a name such as us-east-1 or nyc3"))
    }
}
