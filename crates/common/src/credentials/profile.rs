//! Reads the source of credentials from a profile: static ones, a role (with the credentials of
//! another profile or of the machine), a web identity, single sign-on, or a command. Checked in the
//! order of the AWS CLI.

use std::path::Path;

use super::source::{
    Given, Role, Secret, Source, SourceKind, Sso, WebIdentity, keys_of_environment, static_keys,
};
use super::{container, metadata};
use crate::config::profile::{Part, Profile, ProfileFiles, expand};
use crate::config::{Origin, Setting};
use crate::env::Env;
use crate::error::{Error, Result};

/// What a profile's source depends on besides the profile.
pub(super) struct Settings<'a> {
    pub(super) env: &'a Env,
    pub(super) files: &'a ProfileFiles,
    /// The region for STS.
    pub(super) region: String,
    pub(super) metadata: Result<metadata::Address, String>,
}

/// The source of this profile's credentials; `None` if the profile configures none.
///
/// # Errors
/// Exit 3: the profile is incomplete or contradictory, or refers to itself or to a missing profile.
pub(super) fn source_of(settings: &Settings<'_>, profile: &Profile<'_>) -> Result<Option<Source>> {
    follow(settings, profile, &mut Vec::new())
}

fn follow(
    settings: &Settings<'_>,
    profile: &Profile<'_>,
    seen: &mut Vec<String>,
) -> Result<Option<Source>> {
    // If a role starts from this profile, its static keys come first.
    let is_start = !seen.is_empty();
    seen.push(profile.name.clone());
    if is_start && let Some(source) = keys_in_either(profile)? {
        return Ok(Some(source));
    }
    if let Some(source) = role(settings, profile, seen)? {
        return Ok(Some(source));
    }
    if let Some(source) = sso(settings, profile)? {
        return Ok(Some(source));
    }
    if let Some(source) = keys(profile, profile.credentials)? {
        return Ok(Some(source));
    }
    if let Some(command) = profile.setting("credential_process") {
        return Ok(Some(Source {
            kind: SourceKind::Process(Secret(command.value)),
            origin: command.origin,
        }));
    }
    keys(profile, profile.config)
}

fn keys_in_either(profile: &Profile<'_>) -> Result<Option<Source>> {
    match keys(profile, profile.credentials)? {
        Some(source) => Ok(Some(source)),
        None => keys(profile, profile.config),
    }
}

/// Static keys from one of the two files. Key, secret and token must be in the same file.
fn keys(profile: &Profile<'_>, part: Option<Part<'_>>) -> Result<Option<Source>> {
    let Some(part) = part else { return Ok(None) };
    let origin = profile.origin(part.file);
    let given = |key: &str| {
        Some(Given {
            name: format!("a key of {origin}"),
            value: part.get(key)?,
            origin: origin.clone(),
        })
    };
    let half =
        |has: &str, lacks: &str| Error::settings(format!("{origin} has {has}, but no {lacks}"));
    let (id, secret) = ("aws_access_key_id", "aws_secret_access_key");
    match (given(id), given(secret)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(half(id, secret)),
        (None, Some(_)) => Err(half(secret, id)),
        (Some(id), Some(secret)) => {
            let token = given("aws_session_token").or_else(|| given("aws_security_token"));
            static_keys(id, secret, token).map(Some)
        }
    }
}

fn role(
    settings: &Settings<'_>,
    profile: &Profile<'_>,
    seen: &mut Vec<String>,
) -> Result<Option<Source>> {
    let Some(Setting { value: arn, origin }) = profile.setting("role_arn") else {
        return Ok(None);
    };
    let session_name = profile.get("role_session_name").map(str::to_owned);
    let region = sts_region(profile.get("region").unwrap_or(&settings.region));
    if let Some(token_file) = profile.get("web_identity_token_file") {
        let token_file = expand(token_file, settings.env.path("HOME"));
        let kind = SourceKind::WebIdentity(WebIdentity {
            role_arn: arn,
            session_name,
            token_file,
            region,
        });
        return Ok(Some(Source { kind, origin }));
    }
    if profile.get("mfa_serial").is_some() {
        return Err(Error::settings(format!(
            "{origin} has mfa_serial: these programs cannot ask for a code"
        ))
        .with_hint("get keys with `aws sts assume-role`, or name a credential_process"));
    }
    let from = match (
        profile.get("source_profile"),
        profile.get("credential_source"),
    ) {
        (Some(name), None) => from_profile(settings, &origin, name, seen)?,
        (None, Some(name)) => from_machine(settings, &origin, name)?,
        (Some(_), Some(_)) => {
            return Err(Error::settings(format!(
                "{origin} has both source_profile and credential_source"
            ))
            .with_hint("remove one of them"));
        }
        (None, None) => {
            return Err(Error::settings(format!(
                "{origin} has role_arn, but neither source_profile nor credential_source"
            ))
            .with_hint("name the keys there that may assume the role"));
        }
    };
    let duration_seconds = match profile.get("duration_seconds") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            Error::settings(format!(
                "{origin} has duration_seconds `{}`, which is not a number",
                text.escape_debug()
            ))
        })?),
    };
    let kind = SourceKind::Role(Box::new(Role {
        arn,
        session_name,
        external_id: profile.get("external_id").map(str::to_owned),
        duration_seconds,
        region,
        from,
    }));
    Ok(Some(Source { kind, origin }))
}

/// The credentials to assume a role with, from another profile or the same one.
fn from_profile(
    settings: &Settings<'_>,
    origin: &Origin,
    name: &str,
    seen: &mut Vec<String>,
) -> Result<Source> {
    let Some(start) = settings.files.profile(name) else {
        return Err(Error::settings(format!(
            "{origin} has source_profile `{}`, which does not exist",
            name.escape_debug()
        ))
        .with_hint(settings.files.hint_about_names()));
    };
    if seen.last().is_some_and(|last| last == name) {
        // A profile may name itself as the source: then its own static keys are used.
        if let Some(source) = keys_in_either(&start)? {
            return Ok(source);
        }
    }
    if seen.iter().any(|seen| seen == name) {
        seen.push(name.to_owned());
        return Err(Error::settings(format!(
            "the source_profile of {origin} leads back to itself: {}",
            seen.join(" -> ").escape_debug()
        )));
    }
    follow(settings, &start, seen)?.ok_or_else(|| {
        Error::settings(format!(
            "{origin} has source_profile {name}, which has no credentials"
        ))
    })
}

/// The credentials to assume a role with, from `credential_source`.
fn from_machine(settings: &Settings<'_>, origin: &Origin, name: &str) -> Result<Source> {
    let missing =
        |what: &str| Error::settings(format!("{origin} has credential_source {name}, but {what}"));
    match name.to_ascii_lowercase().as_str() {
        "environment" => keys_of_environment(settings.env)?
            .ok_or_else(|| missing("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set")),
        "ecscontainer" => container::configured(settings.env)?
            .ok_or_else(|| missing("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set")),
        "ec2instancemetadata" => Ok(Source {
            kind: SourceKind::Metadata(settings.metadata.clone()),
            origin: origin.clone(),
        }),
        _ => Err(Error::settings(format!(
            "{origin} has credential_source `{}`, which is not one of Environment, EcsContainer and Ec2InstanceMetadata",
            name.escape_debug()
        ))),
    }
}

/// Single sign-on: `sso_session = NAME`, or the older form with everything in the profile.
fn sso(settings: &Settings<'_>, profile: &Profile<'_>) -> Result<Option<Source>> {
    let session_name = profile.get("sso_session");
    let Some(Setting { origin, .. }) = profile
        .setting("sso_account_id")
        .or_else(|| profile.setting("sso_session"))
        .or_else(|| profile.setting("sso_start_url"))
    else {
        return Ok(None);
    };
    let session = match session_name {
        None => None,
        Some(name) => Some(settings.files.sso_session(name).ok_or_else(|| {
            Error::settings(format!(
                "{origin} has sso_session `{}`, but there is no [sso-session {}]",
                name.escape_debug(),
                name.escape_debug()
            ))
        })?),
    };
    let need = |key: &str| {
        let in_session = session.and_then(|session| session.get(key));
        in_session
            .or_else(|| profile.get(key))
            .map(str::to_owned)
            .ok_or_else(|| {
                Error::settings(format!("{origin} uses single sign-on, but has no {key}"))
            })
    };
    let start_url = need("sso_start_url")?;
    let home = settings.env.path("HOME").unwrap_or(Path::new(""));
    let kind = SourceKind::Sso(Sso {
        account_id: need("sso_account_id")?,
        role_name: need("sso_role_name")?,
        region: need("sso_region")?,
        cached_as: session_name.map_or(start_url, str::to_owned),
        cache: home.join(Path::new(".aws/sso/cache")),
        login: match session_name {
            Some(name) => format!("aws sso login --sso-session {name}"),
            None => format!("aws sso login --profile {}", profile.name),
        },
    });
    Ok(Some(Source { kind, origin }))
}

/// The region to ask STS in: the configured one if its name has the form of AWS regions, such as
/// ap-southeast-4. For other services, roles are assumed in us-east-1.
pub(super) fn sts_region(region: &str) -> String {
    let parts: Vec<&str> = region.split('-').collect();
    let is = |part: &str, allowed: fn(&u8) -> bool| {
        !part.is_empty() && part.bytes().all(|b| allowed(&b))
    };
    let is_of_aws = match parts.as_slice() {
        [first, middle @ .., last] => {
            first.len() <= 4
                && is(first, u8::is_ascii_lowercase)
                && !middle.is_empty()
                && middle.iter().all(|part| is(part, u8::is_ascii_lowercase))
                && is(last, u8::is_ascii_digit)
        }
        _ => false,
    };
    if is_of_aws {
        region.to_owned()
    } else {
        "us-east-1".to_owned()
    }
}
