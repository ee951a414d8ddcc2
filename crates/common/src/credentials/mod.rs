//! Where credentials come from. The settings give a plan; the credentials are fetched when the
//! first request needs them. They are cached and renewed before they expire. Errors are never
//! cached.
//!
//! The single exchanges with AWS (roles, web identities, containers, instance metadata) are
//! reqsign's. Order, profiles, limits and messages are ours: reqsign's own chain of sources ignores
//! errors, and knows neither `source_profile` nor quoted commands.

use std::fmt;

use s3_client::sign::key_id_tail;

mod configured;
mod container;
mod fetch;
mod ground;
mod metadata;
mod outcome;
mod over_http;
mod plan;
mod process;
mod profile;
mod resolve;
mod source;
mod sso;
mod sts;
#[cfg(test)]
mod tests;

pub use fetch::{Fetched, HttpFetch};
pub use metadata::Machine;
pub use plan::CredentialPlan;
pub use source::CredentialSource;
pub(crate) use source::no_credentials;

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for signing and sending only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Credentials, all parts from one source.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id. Only its last four characters are shown.
    pub access_key_id: String,
    /// The secret that signatures are made with.
    pub secret_access_key: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<Secret>,
    /// When temporary credentials expire.
    pub expires: Option<jiff::Timestamp>,
}

impl Credentials {
    /// The access key id as it may be shown: `…9F2Q`. Nothing of an id shorter than eight
    /// characters is shown.
    pub fn shown_id(&self) -> String {
        format!("…{}", key_id_tail(&self.access_key_id).unwrap_or_default())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.shown_id())
            .field("secret_access_key", &self.secret_access_key)
            .field("session_token", &self.session_token)
            .field("expires", &self.expires)
            .finish()
    }
}
