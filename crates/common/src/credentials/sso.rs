//! Credentials by single sign-on: the token of `aws sso login` is exchanged for credentials.
//!
//! An expired token is not renewed here: the login tool writes the cache, and we only read it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqsign_core::hash::hex_sha1;
use rusoto_credential::AwsCredentials;
use serde::Deserialize;

use super::fetch::{HttpFetch, Sender};
use super::source::Sso;
use crate::error::{Error, Result};
use crate::ui::one_line;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CachedToken {
    access_token: String,
    expires_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    role_credentials: Keys,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
    /// Milliseconds since 1970.
    expiration: i64,
}

/// Exchanges the token for credentials.
pub(super) async fn ask(sso: &Sso, fetch: &Arc<dyn HttpFetch>) -> Result<AwsCredentials> {
    let token = cached_token(sso).await?;
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let url = format!(
        "https://portal.sso.{}.amazonaws.com/federation/credentials?role_name={}&account_id={}",
        sso.region,
        encoded(&sso.role_name),
        encoded(&sso.account_id)
    );
    let request = Request::get(url)
        .header("x-amz-sso_bearer_token", token)
        .body(Bytes::new())
        .map_err(|_| Error::settings("sso_region or the cached token cannot be sent"))?;
    let response = Sender::remote(fetch).send(request).await;
    let response = response.map_err(Error::settings)?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => {
            return Err(log_in(sso, "the login is no longer valid"));
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            let name = one_line(&sso.role_name);
            return Err(Error::settings(format!("the role {name} is not granted")));
        }
        status => {
            let cause = format!("the portal answered HTTP {}", status.as_u16());
            return Err(Error::settings(cause));
        }
    }
    let response: Response = serde_json::from_slice(response.body())
        .map_err(|_| Error::settings("the portal sent a response that cannot be read"))?;
    let keys = response.role_credentials;
    let expires = jiff::Timestamp::from_millisecond(keys.expiration).ok();
    let expires = expires.and_then(|end| end.to_string().parse().ok());
    let expires =
        expires.ok_or_else(|| Error::settings("the portal's response has an impossible time"))?;
    Ok(AwsCredentials::new(
        keys.access_key_id,
        keys.secret_access_key,
        Some(keys.session_token),
        Some(expires),
    ))
}

async fn cached_token(sso: &Sso) -> Result<String> {
    let name = hex_sha1(sso.cached_as.as_bytes());
    let path = sso.cache.join(format!("{name}.json"));
    let content = tokio::fs::read(&path)
        .await
        .map_err(|_| log_in(sso, "there is no login"))?;
    let token: CachedToken = serde_json::from_slice(&content)
        .map_err(|_| log_in(sso, format!("{} cannot be read as a login", path.display())))?;
    // Older tools wrote `2020-01-01T00:00:00UTC`.
    let expires = token
        .expires_at
        .replace("UTC", "Z")
        .parse::<jiff::Timestamp>();
    match expires {
        Ok(expires) if expires > jiff::Timestamp::now() => Ok(token.access_token),
        Ok(_) => Err(log_in(sso, "the login has ended")),
        Err(_) => Err(log_in(sso, format!("{} has no end", path.display()))),
    }
}

fn log_in(sso: &Sso, cause: impl Into<String>) -> Error {
    Error::settings(cause).with_hint(format!("run `{}`", sso.login))
}
