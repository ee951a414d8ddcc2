//! Credentials of a role, from AWS STS.

use std::sync::Arc;

use reqsign_aws_v4::{
    AssumeRoleCredentialProvider, AssumeRoleWithWebIdentityCredentialProvider, RequestSigner,
    StaticCredentialProvider,
};
use reqsign_core::{ProvideCredential as _, Signer};

use super::Credentials;
use super::configured::{Role, WebIdentity};
use super::fetch::{HttpFetch, Patience, Sender};
use super::outcome::{adopt, read_text};

/// The name of a session that the user did not name. AWS shows it in its logs.
const SESSION_NAME: &str = "do-bucket";

/// Assumes a role with these credentials.
pub(super) async fn assume(
    role: &Role,
    keys: &Credentials,
    fetch: &Arc<dyn HttpFetch>,
) -> Result<Credentials, String> {
    let sender = Sender::new(fetch, Patience::REMOTE);
    let (id, secret) = (&keys.access_key_id, keys.secret_access_key.expose());
    let mut keys_of_signer = StaticCredentialProvider::new(id, secret);
    if let Some(token) = &keys.session_token {
        keys_of_signer = keys_of_signer.with_session_token(token.expose());
    }
    let signer = Signer::new(
        sender.context(),
        keys_of_signer,
        RequestSigner::new("sts", &role.region),
    );
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
    adopt(
        &sender,
        provider.provide_credential(&sender.context()).await,
    )
}

/// Assumes a role with a token from a file. The file is read each time, because its token is
/// replaced regularly.
pub(super) async fn assume_with_web_identity(
    identity: &WebIdentity,
    fetch: &Arc<dyn HttpFetch>,
) -> Result<Credentials, String> {
    let sender = Sender::new(fetch, Patience::REMOTE);
    let token = read_text(&identity.token_file).await?;
    let name = identity.session_name.as_deref().unwrap_or(SESSION_NAME);
    let provider = AssumeRoleWithWebIdentityCredentialProvider::new()
        .with_role_arn(&identity.role_arn)
        .with_subject_token(token.trim())
        .with_role_session_name(name.to_owned())
        .with_region(identity.region.clone())
        .with_regional_sts_endpoint();
    adopt(
        &sender,
        provider.provide_credential(&sender.context()).await,
    )
}
