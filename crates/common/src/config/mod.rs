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
        let text = |flag, variables, key| look_up(env, profile.as_ref(), flag, variables, key);
        let region = text(
            given(args.region.clone(), "--region"),
            &["REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION"],
            Some("region"),
        );
        let region = wrong
            .parse("region", region, check_region)
            .unwrap_or_else(|| Setting::default(DEFAULT_REGION.to_owned()));
        let endpoint = text(
            given(args.endpoint_url.clone(), "--endpoint-url"),
            &["ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"],
            None,
        )
        .or_else(|| files.endpoint_url(profile.as_ref()?));
        let endpoint = wrong
            .parse("endpoint-url", endpoint, endpoint::parse)
            .unwrap_or_else(|| Setting::default(Endpoint::aws(&region.value)));
        let addressing = given(args.addressing_style, "--addressing-style").or_else(|| {
            let style = text(None, &["S3_ADDRESSING_STYLE"], Some("s3.addressing_style"));
            wrong.parse("addressing-style", style, |text, origin| {
                understand(text, origin, str::parse)
            })
        });
        let max_attempts = given(args.max_attempts, "--max-attempts").or_else(|| {
            let attempts = text(None, &["AWS_MAX_ATTEMPTS"], Some("max_attempts"));
            wrong.parse("max-attempts", attempts, |text, origin| {
                understand(text, origin, args::parse_attempts)
            })
        });
        let ca_bundle = given(args.ca_bundle.clone(), "--ca-bundle").or_else(|| {
            let path = text(None, &["AWS_CA_BUNDLE", "SSL_CERT_FILE"], Some("ca_bundle"))?;
            Some(path.map(PathBuf::from))
        });
        let credentials = plan::find(
            env,
            args,
            &files,
            profile.as_ref(),
            &region.value,
            &endpoint.value,
        );
        let unsigned = || Source::unsigned(Origin::Default);
        let config = Self {
            credentials: wrong.or("credentials", credentials, unsigned),
            addressing: addressing.unwrap_or_else(|| Setting::default(Addressing::Auto)),
            max_attempts: max_attempts.unwrap_or_else(|| Setting::default(DEFAULT_ATTEMPTS)),
            region,
            endpoint,
            ca_bundle,
            profile: asked,
            proxy: ProxySettings::read(env),
            connect_timeout: given(args.connect_timeout, "--connect-timeout")
                .unwrap_or_else(|| Setting::default(DEFAULT_CONNECT_TIMEOUT)),
            read_timeout: given(args.read_timeout, "--read-timeout")
                .unwrap_or_else(|| Setting::default(DEFAULT_READ_TIMEOUT)),
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

    /// The parsed value; `None` if there is none or it is wrong.
    fn parse<T>(
        &mut self,
        name: &'static str,
        text: Option<Setting<String>>,
        parse: impl FnOnce(&str, &Origin) -> Result<T>,
    ) -> Option<Setting<T>> {
        let text = text?;
        let value = self.or(name, parse(&text.value, &text.origin).map(Some), || None)?;
        Some(Setting::new(value, text.origin))
    }

    fn or_default<T: Default>(&mut self, name: &'static str, result: Result<T>) -> T {
        self.or(name, result, T::default)
    }
}

/// The profile named by a flag or variable.
fn asked_profile(env: &Env, args: &ConnectArgs) -> Result<Option<Setting<String>>> {
    let asked = given(args.profile.clone(), "--profile")
        .or_else(|| look_up(env, None, None, &["AWS_PROFILE"], None));
    match asked {
        Some(asked) if asked.value.trim().is_empty() => Err(Error::settings(format!(
            "{} names no profile",
            asked.origin
        ))),
        asked => Ok(asked),
    }
}

/// The value of a flag.
fn given<T>(value: Option<T>, flag: &'static str) -> Option<Setting<T>> {
    Some(Setting::new(value?, Origin::Flag(flag)))
}

/// Finds one setting: flag, then variables, then profile. An empty flag counts as unset too:
/// `--region "$REGION"`.
fn look_up(
    env: &Env,
    profile: Option<&Profile<'_>>,
    flag: Option<Setting<String>>,
    variables: &[&str],
    key: Option<&str>,
) -> Option<Setting<String>> {
    flag.filter(|flag| !flag.value.is_empty())
        .or_else(|| env.first(variables))
        .or_else(|| profile?.setting(key?))
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
fn check_region(text: &str, origin: &Origin) -> Result<String> {
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
