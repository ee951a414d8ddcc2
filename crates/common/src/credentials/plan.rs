//! Decides which source is asked for credentials, from the settings alone: the first one that is
//! configured, whether it will work or not.

use std::path::PathBuf;

use s3_client::Endpoint;

use super::profile::{Settings, source_of, sts_region};
use super::source::{Source, SourceKind, WebIdentity, keys_of_environment};
use super::{container, metadata};
use crate::config::profile::{Profile, ProfileFiles};
use crate::config::{ConnectArgs, Origin};
use crate::env::{Env, HOW_TO_EXPORT};
use crate::error::{Error, Result};

/// In this order: `--no-sign-request`; the key variables, unless `--profile` is given; the
/// profile; the web identity; the container; the instance metadata.
pub(crate) fn find(
    env: &Env,
    args: &ConnectArgs,
    files: &ProfileFiles,
    profile: Option<&Profile<'_>>,
    region: &str,
    endpoint: &Endpoint,
) -> Result<Source> {
    if args.no_sign_request {
        return Ok(Source::unsigned(Origin::Flag("--no-sign-request")));
    }
    let mut tried = Vec::new();
    if args.profile.is_some() {
        tried.push("the key variables are ignored with --profile".to_owned());
    } else if let Some(source) = keys_of_environment(env)? {
        return Ok(source);
    } else {
        tried.push("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set".to_owned());
    }
    let settings = Settings {
        env,
        files,
        region: sts_region(region),
        metadata: metadata::address(env, endpoint),
    };
    match profile {
        Some(profile) => match source_of(&settings, profile)? {
            Some(source) => return Ok(source),
            None => tried.push(format!("{} has no credentials", profile.describe())),
        },
        None => tried.push(files.describe()),
    }
    if let Some(source) = web_identity(env, &settings.region)? {
        return Ok(source);
    }
    tried.push("AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned());
    if let Some(source) = container::configured(env)? {
        return Ok(source);
    }
    tried.push("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set".to_owned());
    Ok(Source {
        kind: SourceKind::Nothing(tried, settings.metadata),
        origin: Origin::Default,
    })
}

fn web_identity(env: &Env, region: &str) -> Result<Option<Source>> {
    let Some(token_file) = env.get("AWS_WEB_IDENTITY_TOKEN_FILE") else {
        return Ok(None);
    };
    let role_arn = env.get("AWS_ROLE_ARN").ok_or_else(|| {
        Error::settings("AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not")
            .with_hint(format!("export it, or {HOW_TO_EXPORT}"))
    })?;
    Ok(Some(Source {
        kind: SourceKind::WebIdentity(WebIdentity {
            role_arn: role_arn.to_owned(),
            session_name: env.get("AWS_ROLE_SESSION_NAME").map(str::to_owned),
            token_file: PathBuf::from(token_file),
            region: region.to_owned(),
        }),
        origin: Origin::Variable("AWS_WEB_IDENTITY_TOKEN_FILE"),
    }))
}
