//! Signatures that are wrong on purpose: only a request with one shows whether a service checks them.

use rusoto_core::Region;
use rusoto_credential::AwsCredentials;
use s3_client::client::Client;
use s3_client::error::Result;
use s3_client::request::Request;
use s3_client::sign::{PayloadHash, Signer};

/// What is wrong about a signature. Everything else about it is right.
#[derive(Clone, Copy, Debug)]
pub(crate) enum WrongSignature {
    /// The access key id.
    AccessKeyId,
    /// The secret.
    Secret,
    /// The region that the request is signed for. It goes to the same address.
    Region,
    /// The clock, by so many seconds.
    Clock(i64),
}

impl WrongSignature {
    /// Signs a request without a body.
    ///
    /// # Errors
    /// There are no credentials.
    pub(crate) async fn sign(self, client: &Client, request: &mut Request) -> Result<()> {
        if client.is_anonymous().await {
            return Ok(());
        }
        let credentials = client.credentials().await?;
        let mut key_id = credentials.aws_access_key_id();
        let mut secret = credentials.aws_secret_access_key();
        let mut clock_seconds = client.clock_skew_seconds();
        let signed = &mut request.signed;
        match self {
            Self::AccessKeyId => key_id = "AKIABUCKETDEMOCHECK0",
            Self::Secret => secret = "bucket-demo-check-wrong-secret-0000000000",
            Self::Region => {
                signed.region = Region::Custom {
                    name: "bucket-demo-1".to_owned(),
                    endpoint: String::new(),
                }
            }
            Self::Clock(seconds) => clock_seconds = clock_seconds.saturating_add(seconds),
        }
        let wrong = AwsCredentials::new(key_id, secret, credentials.token().clone(), None);
        let host = signed.hostname.clone().unwrap_or_default();
        signed.add_header("host", &host);
        let signer = Signer::default();
        signer.correct_clock(clock_seconds);
        signer.sign(signed, &wrong, PayloadHash::Empty)
    }
}
