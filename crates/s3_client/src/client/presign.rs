//! Signed links.

use std::time::Duration;

use rusoto_credential::Anonymous as _;

use super::Client;
use crate::error::{Error, Result};
use crate::wire::head_of;

impl Client {
    /// A link by which anybody may read this object for that long; at most seven days. It ends
    /// earlier if the credentials do. The link is a secret. Nothing is sent.
    ///
    /// # Errors
    /// There are no credentials to sign with.
    pub async fn presign(&self, bucket: &str, key: &str, valid_for: Duration) -> Result<String> {
        let credentials = self.credentials().await?;
        if credentials.is_anonymous() {
            return Err(Error::settings(
                "a link cannot be signed without credentials",
            ));
        }
        let mut signed = self.request("GET", Some(bucket), Some(key)).signed;
        let host = signed.hostname.clone().unwrap_or_default();
        signed.add_header("host", &host);
        let signer = &self.0.signer;
        signer.presign(&mut signed, &credentials, valid_for)?;
        Ok(head_of(signed)?.uri().to_string())
    }
}
