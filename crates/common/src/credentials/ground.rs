//! What plans are made from, whether by variables or by profiles.

use super::configured::{Source, SourceKind, StaticKeys};
use super::{Credentials, Secret, metadata};
use crate::config::Origin;
use crate::config::profile::ProfileFiles;
use crate::env::{Env, HOW_TO_EXPORT};
use crate::error::{Error, Result};

/// What a plan is made from.
pub(super) struct Ground<'a> {
    pub(super) env: &'a Env,
    pub(super) files: &'a ProfileFiles,
    /// For STS: the region of the settings if it is one of AWS.
    pub(super) region: String,
    pub(super) metadata: Result<metadata::Address, String>,
}

/// The key variables, all or none.
pub(super) fn keys_of_environment(env: &Env) -> Result<Option<Source>> {
    let missing = |name: &str| {
        Error::settings(format!("{name} is not set"))
            .with_hint(format!("export it, or {HOW_TO_EXPORT}"))
    };
    let (id, secret) = (
        env.get("AWS_ACCESS_KEY_ID"),
        env.get("AWS_SECRET_ACCESS_KEY"),
    );
    let (id, secret) = match (id, secret) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(missing("AWS_SECRET_ACCESS_KEY")),
        (None, Some(_)) => return Err(missing("AWS_ACCESS_KEY_ID")),
        (Some(id), Some(secret)) => (id, secret),
    };
    let token = env.get("AWS_SESSION_TOKEN");
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", Some(id)),
        ("AWS_SECRET_ACCESS_KEY", Some(secret)),
        ("AWS_SESSION_TOKEN", token),
    ] {
        check_key(name, value.unwrap_or_default())?;
    }
    let origin = |name: &'static str| env.origin(name).unwrap_or(Origin::Variable(name));
    Ok(Some(Source {
        kind: SourceKind::Keys(StaticKeys {
            keys: Credentials {
                access_key_id: id.to_owned(),
                secret_access_key: Secret::new(secret),
                session_token: token.map(Secret::new),
                expires: None,
            },
            secret_origin: origin("AWS_SECRET_ACCESS_KEY"),
            token_origin: origin("AWS_SESSION_TOKEN"),
        }),
        origin: origin("AWS_ACCESS_KEY_ID"),
    }))
}

/// What copying leaves behind and a signature then silently contains. Never shows the value.
pub(super) fn check_key(name: &str, value: &str) -> Result<()> {
    if value.trim() == value && !value.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::settings(format!(
        "{name} has a space or line end at its beginning or end, or a control character in it"
    ))
    .with_hint("copy the value again; a file with Windows line ends does this too"))
}

/// The region to ask STS in: that of the settings if its name has the form of AWS regions, such
/// as ap-southeast-4; at other services roles are assumed in us-east-1.
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
