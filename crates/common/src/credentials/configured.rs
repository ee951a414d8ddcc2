//! The kinds of sources that settings can name.

use std::path::PathBuf;

use super::{Credentials, Secret, metadata};
use crate::config::Origin;

/// A configured source.
#[derive(Clone, Debug)]
pub struct Source {
    pub(super) kind: SourceKind,
    pub(super) origin: Origin,
}

/// The kind of a source, with its values.
#[derive(Clone, Debug)]
pub(super) enum SourceKind {
    Keys(StaticKeys),
    Role(Box<Role>),
    WebIdentity(WebIdentity),
    Sso(Sso),
    /// The command line, which may hold a secret.
    Process(Secret),
    Container(Container),
    Metadata(Result<metadata::Address, String>),
}

/// Static credentials.
#[derive(Clone, Debug)]
pub(super) struct StaticKeys {
    pub(super) keys: Credentials,
    pub(super) secret_origin: Origin,
    /// `None` if there is no token.
    pub(super) token_origin: Option<Origin>,
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

impl Source {
    /// Rows of `--print-config`: name, masked value, origin.
    pub(super) fn shown(&self) -> Vec<(&'static str, String, String)> {
        let origin = self.origin.to_string();
        let row = |value: String| vec![("credentials", value, origin.clone())];
        match &self.kind {
            SourceKind::Keys(fixed) => {
                let secret = &fixed.secret_origin;
                let mut rows = vec![
                    ("access-key-id", fixed.keys.shown_id(), origin),
                    ("secret-access-key", "***".to_owned(), secret.to_string()),
                ];
                if let Some(token) = &fixed.token_origin {
                    rows.push(("session-token", "***".to_owned(), token.to_string()));
                }
                rows
            }
            SourceKind::Role(role) => row(format!("role {}", role.arn)),
            SourceKind::WebIdentity(identity) => {
                row(format!("web identity, role {}", identity.role_arn))
            }
            SourceKind::Sso(sso) => row(format!("SSO, role {}", sso.role_name)),
            SourceKind::Process(_) => row("credential_process".to_owned()),
            SourceKind::Container(_) => row("container".to_owned()),
            SourceKind::Metadata(_) => row("instance metadata".to_owned()),
        }
    }
}
