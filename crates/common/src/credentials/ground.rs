//! The input of plans, from variables or from profiles.

use super::configured::{Source, SourceKind, StaticKeys};
use super::{Credentials, Secret, metadata};
use crate::config::Origin;
use crate::config::profile::ProfileFiles;
use crate::env::{Env, HOW_TO_EXPORT};
use crate::error::{Error, Result};

/// The input of a plan.
pub(super) struct Ground<'a> {
    pub(super) env: &'a Env,
    pub(super) files: &'a ProfileFiles,
    /// The region for STS: the configured one if it is a region of AWS.
    pub(super) region: String,
    pub(super) metadata: Result<metadata::Address, String>,
}

/// One value of static keys.
pub(super) struct Given<'a> {
    /// The name of the value in messages.
    pub(super) name: String,
    pub(super) value: &'a str,
    pub(super) origin: Origin,
}

/// Static keys: key, secret and perhaps a token, all from one place.
///
/// # Errors
/// Exit 3: one of the values was not copied cleanly.
pub(super) fn static_keys(
    id: Given<'_>,
    secret: Given<'_>,
    token: Option<Given<'_>>,
) -> Result<Source> {
    for given in [Some(&id), Some(&secret), token.as_ref()]
        .into_iter()
        .flatten()
    {
        check_key(&given.name, given.value)?;
    }
    Ok(Source {
        kind: SourceKind::Keys(StaticKeys {
            keys: Credentials {
                access_key_id: id.value.to_owned(),
                secret_access_key: Secret::new(secret.value),
                session_token: token.as_ref().map(|token| Secret::new(token.value)),
                expires: None,
            },
            secret_origin: secret.origin,
            token_origin: token.map(|token| token.origin),
        }),
        origin: id.origin,
    })
}

/// The key variables, all or none.
pub(super) fn keys_of_environment(env: &Env) -> Result<Option<Source>> {
    let given = |name: &str| {
        Some(Given {
            name: name.to_owned(),
            value: env.get(name)?,
            origin: env.origin(name)?,
        })
    };
    let missing = |name: &str| {
        Error::settings(format!("{name} is not set"))
            .with_hint(format!("export it, or {HOW_TO_EXPORT}"))
    };
    match (given("AWS_ACCESS_KEY_ID"), given("AWS_SECRET_ACCESS_KEY")) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(missing("AWS_SECRET_ACCESS_KEY")),
        (None, Some(_)) => Err(missing("AWS_ACCESS_KEY_ID")),
        (Some(id), Some(secret)) => static_keys(id, secret, given("AWS_SESSION_TOKEN")).map(Some),
    }
}

/// A character that copying left behind, such as a space or a quote. It would only make the
/// signature wrong. The value is never shown.
fn check_key(name: &str, value: &str) -> Result<()> {
    if value.trim() == value && !value.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::settings(format!(
        "{name} has a space or line end at its beginning or end, or a control character in it"
    ))
    .with_hint("copy the value again; a file with Windows line ends does this too"))
}

/// The region to ask STS in: the configured one if its name has the form of AWS regions, such as
/// ap-southeast-4. For other services, roles are assumed in us-east-1.
pub(super) fn sts_region(region: &str) -> String {
    let mut parts = region.split('-');
    let is_letters = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let begins = parts
        .next()
        .is_some_and(|part| is_letters(part) && part.len() <= 4);
    let ends = parts
        .next_back()
        .is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let middle: Vec<&str> = parts.collect();
    if begins && ends && !middle.is_empty() && middle.iter().all(|part| is_letters(part)) {
        region.to_owned()
    } else {
        "us-east-1".to_owned()
    }
}
