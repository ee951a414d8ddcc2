//! The sources of credentials that settings can name.

use std::fmt;
use std::path::PathBuf;

use rusoto_credential::AwsCredentials;
use s3_client::sign::key_id_tail;

use super::metadata;
use crate::config::Origin;
use crate::env::{Env, HOW_TO_EXPORT};
use crate::error::{Error, Result};

/// A source of credentials. No other is asked if it fails.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(super) kind: SourceKind,
    pub(super) origin: Origin,
}

/// The kind of a source, with its values.
#[derive(Clone, Debug)]
pub(super) enum SourceKind {
    /// Requests are not signed.
    Unsigned,
    Keys(StaticKeys),
    Role(Box<Role>),
    WebIdentity(WebIdentity),
    Sso(Sso),
    /// The command line, which may hold a secret.
    Process(Secret),
    Container(Container),
    Metadata(Result<metadata::Address, String>),
    /// Nothing is configured: why each source gives nothing. Perhaps this machine has a role.
    Nothing(Vec<String>, Result<metadata::Address, String>),
}

/// Static credentials.
#[derive(Clone)]
pub(super) struct StaticKeys {
    pub(super) credentials: AwsCredentials,
    secret_origin: Origin,
    /// `None` if there is no token.
    token_origin: Option<Origin>,
}

impl fmt::Debug for StaticKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StaticKeys({})", shown_id(&self.credentials))
    }
}

/// A role to assume with the credentials of another source.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) duration_seconds: Option<u32>,
    pub(super) region: String,
    pub(super) from: Source,
}

/// A role to assume with a token from a file.
#[derive(Clone, Debug)]
pub(super) struct WebIdentity {
    pub(super) role_arn: String,
    pub(super) session_name: Option<String>,
    pub(super) token_file: PathBuf,
    pub(super) region: String,
}

/// A role that a login gives.
#[derive(Clone, Debug)]
pub(super) struct Sso {
    pub(super) account_id: String,
    pub(super) role_name: String,
    pub(super) region: String,
    /// The text from which the name of the token file is made: the session, or the start URL.
    pub(super) cached_as: String,
    pub(super) cache: PathBuf,
    /// The command to run when the token has expired.
    pub(super) login: String,
}

/// The address that a container asks, and the token to send there.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) url: String,
    pub(super) token: Option<Secret>,
    pub(super) token_file: Option<PathBuf>,
}

/// A text that is never shown.
#[derive(Clone)]
pub(super) struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The access key id as it may be shown: `…9F2Q`. Nothing of an id shorter than eight characters
/// is shown.
pub(super) fn shown_id(credentials: &AwsCredentials) -> String {
    let tail = key_id_tail(credentials.aws_access_key_id());
    format!("…{}", tail.unwrap_or_default())
}

impl Source {
    /// For requests that are not signed.
    pub(crate) fn unsigned(origin: Origin) -> Self {
        Self {
            kind: SourceKind::Unsigned,
            origin,
        }
    }

    /// Rows of `--print-config`: name, masked value, origin.
    pub(crate) fn shown(&self) -> Vec<(&'static str, String, String)> {
        let origin = self.origin.to_string();
        let value = match &self.kind {
            SourceKind::Keys(fixed) => {
                let secret = &fixed.secret_origin;
                let mut rows = vec![
                    ("access-key-id", shown_id(&fixed.credentials), origin),
                    ("secret-access-key", "***".to_owned(), secret.to_string()),
                ];
                if let Some(token) = &fixed.token_origin {
                    rows.push(("session-token", "***".to_owned(), token.to_string()));
                }
                return rows;
            }
            SourceKind::Unsigned => "none, requests are not signed".to_owned(),
            SourceKind::Role(role) => format!("role {}", role.arn),
            SourceKind::WebIdentity(identity) => {
                format!("web identity, role {}", identity.role_arn)
            }
            SourceKind::Sso(sso) => format!("SSO, role {}", sso.role_name),
            SourceKind::Process(_) => "credential_process".to_owned(),
            SourceKind::Container(_) => "container".to_owned(),
            SourceKind::Metadata(_) => "instance metadata".to_owned(),
            SourceKind::Nothing(_, Ok(_)) => "none found, unless this machine is in EC2".to_owned(),
            SourceKind::Nothing(_, Err(_)) => "none found".to_owned(),
        };
        vec![("credentials", value, origin)]
    }
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
        check_key(given)?;
    }
    let token_text = token.as_ref().map(|token| token.value.to_owned());
    Ok(Source {
        kind: SourceKind::Keys(StaticKeys {
            credentials: AwsCredentials::new(id.value, secret.value, token_text, None),
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
fn check_key(given: &Given<'_>) -> Result<()> {
    if given.value.trim() == given.value && !given.value.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::settings(format!(
        "{} has a space or line end at its beginning or end, or a control character in it",
        given.name
    ))
    .with_hint("copy the value again; a file with Windows line ends does this too"))
}
