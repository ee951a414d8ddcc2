//! Credentials by single sign-on: the token of `aws sso login` is exchanged for credentials.
//!
//! An expired token is not renewed here: the login tool writes the cache, and we only read it.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqsign_core::hash::hex_sha1;
use serde::Deserialize;

use super::configured::Sso;
use super::fetch::{HttpFetch, Patience, Sender};
use super::outcome::Reason;
use super::{Credentials, Secret};
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
pub(super) async fn ask(sso: &Sso, fetch: &Arc<dyn HttpFetch>) -> Result<Credentials, Reason> {
    let token = cached_token(sso).await?;
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let url = format!(
        "https://portal.sso.{}.amazonaws.com/federation/credentials?role_name={}&account_id={}",
        sso.region,
        encoded(&sso.role_name),
        encoded(&sso.account_id)
    );
    let request = Request::get(url)
        .header("x-amz-sso_bearer_token", token.expose())
        .body(Bytes::new())
        .map_err(|_| "sso_region or the cached token cannot be sent")?;
    let response = Sender::new(fetch, Patience::REMOTE).send(request).await?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => {
            return Err(log_in(sso, "the login is no longer valid"));
        }
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            return Err(format!("the role {} is not granted", one_line(&sso.role_name)).into());
        }
        status => return Err(format!("the portal answered HTTP {}", status.as_u16()).into()),
    }
    let response: Response = serde_json::from_slice(response.body())
        .map_err(|_| "the portal sent a response that cannot be read")?;
    let keys = response.role_credentials;
    let expires = jiff::Timestamp::from_millisecond(keys.expiration)
        .map_err(|_| "the portal's response has an impossible time")?;
    Ok(Credentials {
        access_key_id: keys.access_key_id,
        secret_access_key: Secret::new(keys.secret_access_key),
        session_token: Some(Secret::new(keys.session_token)),
        expires: Some(expires),
    })
}

async fn cached_token(sso: &Sso) -> Result<Secret, Reason> {
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
        Ok(expires) if expires > jiff::Timestamp::now() => Ok(Secret::new(token.access_token)),
        Ok(_) => Err(log_in(sso, "the login has ended")),
        Err(_) => Err(log_in(sso, format!("{} has no end", path.display()))),
    }
}

fn log_in(sso: &Sso, cause: impl Into<String>) -> Reason {
    Reason::new(cause, format!("run `{}`", sso.login))
}
