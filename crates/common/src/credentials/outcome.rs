//! The credentials of a source, or the reason why it gave none.

use std::path::Path;

use reqsign_aws_v4::Credential;

use super::fetch::Sender;
use super::{Credentials, Secret};
use crate::error::Error;

/// Why a source gave no credentials, and what to do about it.
#[derive(Debug)]
pub(super) struct Reason {
    pub(super) cause: String,
    pub(super) hint: Option<String>,
}

impl Reason {
    pub(super) fn new(cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            hint: Some(hint.into()),
        }
    }
}

impl From<String> for Reason {
    fn from(cause: String) -> Self {
        Self { cause, hint: None }
    }
}

impl From<&str> for Reason {
    fn from(cause: &str) -> Self {
        cause.to_owned().into()
    }
}

/// Converts reqsign's credentials into ours.
pub(super) fn adopt(
    sender: &Sender,
    response: reqsign_core::Result<Option<Credential>>,
) -> Result<Credentials, String> {
    let keys = response
        .map_err(|error| sender.explain(&error))?
        .ok_or("it has none")?;
    let expires = keys
        .expires_in
        .map(|end| end.to_string().parse())
        .transpose()
        .map_err(|_| "it gave an impossible time")?;
    Ok(Credentials {
        access_key_id: keys.access_key_id,
        secret_access_key: Secret::new(keys.secret_access_key),
        session_token: keys.session_token.map(Secret::new),
        expires,
    })
}

/// Reads a small file with a token.
pub(super) async fn read_text(path: &Path) -> Result<String, String> {
    let text = tokio::fs::read_to_string(path).await.map_err(|error| {
        let error = Error::io("read", "", &error);
        format!("{} cannot be read: {}", path.display(), error.cause())
    })?;
    if text.trim().is_empty() {
        return Err(format!("{} is empty", path.display()));
    }
    Ok(text)
}
