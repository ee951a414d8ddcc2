//! Fetches the credentials that a plan names.

use std::pin::Pin;
use std::sync::Arc;

use super::configured::{Source, SourceKind};
use super::fetch::HttpFetch;
use super::metadata::{self, Machine};
use super::outcome::Reason;
use super::plan::Unconfigured;
use super::{Credentials, container, process, sso, sts};
use crate::env::HOW_TO_EXPORT;
use crate::error::{Error, Result};

/// What a source needs besides its configuration.
#[derive(Clone)]
pub(super) struct World {
    pub(super) fetch: Arc<dyn HttpFetch>,
    pub(super) machine: Machine,
}

impl World {
    /// The credentials of a configured source.
    ///
    /// # Errors
    /// Exit 3: the source gave no credentials. No other source is tried.
    pub(super) async fn ask(&self, source: &Source) -> Result<Credentials> {
        let keys = self.keys_of(source).await.map_err(|reason| {
            let error = Error::settings(format!(
                "there are no credentials from {}: {}",
                source.origin, reason.cause
            ));
            match reason.hint {
                Some(hint) => error.with_hint(hint),
                None => error,
            }
        })?;
        if keys.access_key_id.is_empty() || keys.secret_access_key.expose().is_empty() {
            let origin = &source.origin;
            return Err(Error::settings(format!(
                "the credentials from {origin} have an empty key"
            )));
        }
        // Not an error: the clock of this machine may be wrong. The service decides.
        if let Some(end) = keys.expires.filter(|&end| end <= jiff::Timestamp::now()) {
            log::warn!(
                "by the clock of this machine the credentials from {} ended at {end}",
                source.origin
            );
        }
        Ok(keys)
    }

    /// The credentials of this machine's role.
    ///
    /// # Errors
    /// Exit 3: no source gave credentials. The message names every source and its reason.
    pub(super) async fn ask_machine(&self, nothing: &Unconfigured) -> Result<Credentials> {
        let cause = match metadata::ask(&nothing.metadata, &self.machine, &self.fetch).await {
            Ok(keys) => return Ok(keys),
            Err(cause) => cause,
        };
        let tried = nothing.tried.join("; ");
        Err(
            Error::settings(format!("there are no credentials: {tried}; {cause}"))
                .with_hint(format!("export them, or {HOW_TO_EXPORT}")),
        )
    }

    fn keys_of<'a>(
        &'a self,
        source: &'a Source,
    ) -> Pin<Box<dyn Future<Output = Result<Credentials, Reason>> + Send + 'a>> {
        // Boxed because it is recursive: a role is assumed with the credentials of another source.
        Box::pin(async move {
            let fetch = &self.fetch;
            let about_role = |arn: &str, cause: String| format!("cannot assume {arn}: {cause}");
            let keys = match &source.kind {
                SourceKind::Keys(fixed) => fixed.keys.clone(),
                SourceKind::Role(role) => {
                    let keys = self.keys_of(&role.from).await?;
                    let response = sts::assume(role, &keys, fetch).await;
                    response.map_err(|cause| about_role(&role.arn, cause))?
                }
                SourceKind::WebIdentity(identity) => {
                    let response = sts::assume_with_web_identity(identity, fetch).await;
                    response.map_err(|cause| about_role(&identity.role_arn, cause))?
                }
                SourceKind::Sso(sso) => sso::ask(sso, fetch).await?,
                SourceKind::Process(command) => process::ask(command.expose()).await?,
                SourceKind::Container(container) => container::ask(container, fetch).await?,
                SourceKind::Metadata(address) => {
                    metadata::ask(address, &self.machine, fetch).await?
                }
            };
            Ok(keys)
        })
    }
}
