//! Asks a source for credentials.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use reqsign_aws_v4::{
    AssumeRoleCredentialProvider, AssumeRoleWithWebIdentityCredentialProvider,
    ECSCredentialProvider, RequestSigner, StaticCredentialProvider,
};
use reqsign_core::Signer;
use rusoto_credential::AwsCredentials;

use super::fetch::{HttpFetch, Sender};
use super::source::{Container, Role, Source, SourceKind, WebIdentity};
use super::{metadata, process, sso};
use crate::env::HOW_TO_EXPORT;
use crate::error::{Error, Result};

/// The name of a session that the user did not name. AWS shows it in its logs.
const SESSION_NAME: &str = "do-bucket";

/// What a source needs besides its configuration.
#[derive(Clone)]
pub(super) struct World {
    pub(super) fetch: Arc<dyn HttpFetch>,
    /// The root of the file system, which shows whether this machine is in EC2.
    pub(super) root: PathBuf,
}

impl World {
    /// The credentials of this source.
    ///
    /// # Errors
    /// Exit 3: the source gave no credentials. No other source is tried.
    pub(super) async fn ask(&self, source: &Source) -> Result<AwsCredentials> {
        let origin = &source.origin;
        let credentials = self.credentials_of(source).await.map_err(|error| {
            if let SourceKind::Nothing(tried, _) = &source.kind {
                let tried = tried.join("; ");
                let cause = format!("there are no credentials: {tried}; {}", error.cause());
                return Error::settings(cause)
                    .with_hint(format!("export them, or {HOW_TO_EXPORT}"));
            }
            let cause = format!("there are no credentials from {origin}: {}", error.cause());
            match error.hint() {
                Some(hint) => Error::settings(cause).with_hint(hint),
                None => Error::settings(cause),
            }
        })?;
        let has_key = !credentials.aws_access_key_id().is_empty()
            && !credentials.aws_secret_access_key().is_empty();
        if !has_key && !matches!(source.kind, SourceKind::Unsigned) {
            let cause = format!("the credentials from {origin} have an empty key");
            return Err(Error::settings(cause));
        }
        Ok(credentials)
    }

    /// Boxed because it is recursive: a role is assumed with the credentials of another source.
    fn credentials_of<'a>(
        &'a self,
        source: &'a Source,
    ) -> Pin<Box<dyn Future<Output = Result<AwsCredentials>> + Send + 'a>> {
        Box::pin(async move {
            let fetch = &self.fetch;
            let about_role = |arn: &str, cause: String| format!("cannot assume {arn}: {cause}");
            let response = match &source.kind {
                SourceKind::Unsigned => Ok(AwsCredentials::default()),
                SourceKind::Keys(fixed) => Ok(fixed.credentials.clone()),
                SourceKind::Role(role) => {
                    let credentials = self.credentials_of(&role.from).await?;
                    let response = assume(role, &credentials, fetch).await;
                    response.map_err(|cause| about_role(&role.arn, cause))
                }
                SourceKind::WebIdentity(identity) => {
                    let response = assume_with_web_identity(identity, fetch).await;
                    response.map_err(|cause| about_role(&identity.role_arn, cause))
                }
                SourceKind::Sso(sso) => return sso::ask(sso, fetch).await,
                SourceKind::Process(command) => process::ask(&command.0).await,
                SourceKind::Container(container) => ask_container(container, fetch).await,
                SourceKind::Metadata(address) | SourceKind::Nothing(_, address) => {
                    metadata::ask(address, &self.root, fetch).await
                }
            };
            response.map_err(Error::settings)
        })
    }
}

async fn assume(
    role: &Role,
    credentials: &AwsCredentials,
    fetch: &Arc<dyn HttpFetch>,
) -> Result<AwsCredentials, String> {
    let sender = Sender::remote(fetch);
    let mut keys = StaticCredentialProvider::new(
        credentials.aws_access_key_id(),
        credentials.aws_secret_access_key(),
    );
    if let Some(token) = credentials.token() {
        keys = keys.with_session_token(token);
    }
    let sts = RequestSigner::new("sts", &role.region);
    let signer = Signer::new(sender.context(), keys, sts);
    let name = role.session_name.as_deref().unwrap_or(SESSION_NAME);
    let mut provider = AssumeRoleCredentialProvider::new(role.arn.clone(), signer)
        .with_region(role.region.clone())
        .with_regional_sts_endpoint()
        .with_role_session_name(name.to_owned());
    if let Some(external_id) = &role.external_id {
        provider = provider.with_external_id(external_id.clone());
    }
    if let Some(seconds) = role.duration_seconds {
        provider = provider.with_duration_seconds(seconds);
    }
    sender.ask(provider).await
}

/// The file is read each time, because its token is replaced regularly.
async fn assume_with_web_identity(
    identity: &WebIdentity,
    fetch: &Arc<dyn HttpFetch>,
) -> Result<AwsCredentials, String> {
    let token = read_token(&identity.token_file).await?;
    let name = identity.session_name.as_deref().unwrap_or(SESSION_NAME);
    let provider = AssumeRoleWithWebIdentityCredentialProvider::new()
        .with_role_arn(&identity.role_arn)
        .with_subject_token(token)
        .with_role_session_name(name.to_owned())
        .with_region(identity.region.clone())
        .with_regional_sts_endpoint();
    Sender::remote(fetch).ask(provider).await
}

/// Asks the host of a container. The token file is read each time, because EKS replaces it.
async fn ask_container(
    container: &Container,
    fetch: &Arc<dyn HttpFetch>,
) -> Result<AwsCredentials, String> {
    let mut provider = ECSCredentialProvider::new().with_endpoint(&container.url);
    // If both are given, reqsign prefers the token and AWS prefers the file.
    if let Some(path) = &container.token_file {
        provider = provider.with_auth_token(read_token(path).await?);
    } else if let Some(token) = &container.token {
        provider = provider.with_auth_token(&token.0);
    }
    Sender::nearby(fetch).ask(provider).await
}

/// Reads a small file with a token.
async fn read_token(path: &Path) -> Result<String, String> {
    let text = tokio::fs::read_to_string(path).await.map_err(|error| {
        let error = Error::io("read", "", &error);
        format!("{} cannot be read: {}", path.display(), error.cause())
    })?;
    match text.trim() {
        "" => Err(format!("{} is empty", path.display())),
        token => Ok(token.to_owned()),
    }
}
