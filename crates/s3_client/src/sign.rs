//! AWS Signature Version 4 over rusoto's [`SignedRequest`], in the form that S3 wants: the path
//! encoded once, byte for byte, and never normalised.
//!
//! rusoto's own signer is not used: it cannot take a known payload hash, derives the key for every
//! request, cannot correct a wrong clock, and folds spaces in header values in a way that servers
//! refuse. Rules: <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use rusoto_core::signature::SignedRequest;
use rusoto_credential::AwsCredentials;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

mod canonical;

pub use canonical::canonicalize;
pub(crate) use canonical::{encode, encode_path};

use canonical::hash_canonical_request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What the signature says about the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadHash {
    /// There is no body.
    Empty,
    /// The SHA-256 of the body: the service refuses a body that arrives differently.
    Sha256([u8; 32]),
    /// The body is not covered.
    Unsigned,
}

impl PayloadHash {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            Self::Empty
        } else {
            Self::Sha256(Sha256::digest(bytes).into())
        }
    }

    fn text(self) -> String {
        match self {
            Self::Empty => {
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned()
            }
            Self::Sha256(hash) => hex::encode(hash),
            Self::Unsigned => "UNSIGNED-PAYLOAD".to_owned(),
        }
    }
}

/// Signs requests; remembers the signing key of the day and how wrong our clock is.
#[derive(Default)]
pub struct Signer {
    day_key: Mutex<Option<DayKey>>,
    skew_seconds: AtomicI64,
}

/// A signing key.
struct DayKey {
    /// Day, region, service, access key id and secret.
    inputs: [String; 5],
    key: [u8; 32],
}

impl Signer {
    /// Sets the clock of the service minus the clock of this machine, in seconds.
    pub fn correct_clock(&self, skew_seconds: i64) {
        self.skew_seconds.store(skew_seconds, Relaxed);
    }

    /// The correction in use, in seconds.
    pub fn clock_skew_seconds(&self) -> i64 {
        self.skew_seconds.load(Relaxed)
    }

    /// The time of this machine, as corrected.
    pub fn now(&self) -> Timestamp {
        let seconds = Timestamp::now().as_second();
        let corrected = seconds.saturating_add(self.clock_skew_seconds());
        Timestamp::from_second(corrected).unwrap_or_default()
    }

    /// Signs as of now. Sets `x-amz-date`, `x-amz-content-sha256`, `x-amz-security-token` and
    /// `authorization`, and fills `canonical_uri` and `canonical_query_string`, which are what has
    /// to be sent. The `host` header must be there already.
    ///
    /// # Errors
    /// Only if our own cryptography fails (exit 70).
    pub fn sign(
        &self,
        request: &mut SignedRequest,
        credentials: &AwsCredentials,
        payload: PayloadHash,
    ) -> Result<()> {
        let payload = payload.text();
        set_header(request, "x-amz-content-sha256", payload.clone());
        self.sign_at(request, credentials, &payload, self.now())
    }

    fn sign_at(
        &self,
        request: &mut SignedRequest,
        credentials: &AwsCredentials,
        payload: &str,
        time: Timestamp,
    ) -> Result<()> {
        let scope = Scope::of(request, time);
        set_header(request, "x-amz-date", scope.time.clone());
        if let Some(token) = credentials.token() {
            set_header(request, "x-amz-security-token", token.clone());
        }
        canonicalize(request);
        let (signed_headers, signature) = self.signature(request, credentials, payload, &scope)?;
        let authorization = format!(
            "{ALGORITHM} Credential={}/{}, SignedHeaders={signed_headers}, Signature={signature}",
            credentials.aws_access_key_id(),
            scope.text(),
        );
        set_header(request, "authorization", authorization);
        Ok(())
    }

    /// Signs in the query, as of now, so that anybody may send the request for that long. The `host`
    /// header must be there already; no other header is signed.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub(crate) fn presign(
        &self,
        request: &mut SignedRequest,
        credentials: &AwsCredentials,
        valid_for: Duration,
    ) -> Result<()> {
        self.presign_at(request, credentials, valid_for, self.now())
    }

    fn presign_at(
        &self,
        request: &mut SignedRequest,
        credentials: &AwsCredentials,
        valid_for: Duration,
        time: Timestamp,
    ) -> Result<()> {
        let scope = Scope::of(request, time);
        let credential = format!("{}/{}", credentials.aws_access_key_id(), scope.text());
        request.add_param("X-Amz-Algorithm", ALGORITHM);
        request.add_param("X-Amz-Credential", &credential);
        request.add_param("X-Amz-Date", &scope.time);
        request.add_param("X-Amz-Expires", &valid_for.as_secs().to_string());
        request.add_param("X-Amz-SignedHeaders", "host");
        if let Some(token) = credentials.token() {
            request.add_param("X-Amz-Security-Token", token);
        }
        canonicalize(request);
        let payload = PayloadHash::Unsigned.text();
        let (_, signature) = self.signature(request, credentials, &payload, &scope)?;
        request.add_param("X-Amz-Signature", &signature);
        canonicalize(request);
        Ok(())
    }

    /// The names of the signed headers, and the signature.
    fn signature(
        &self,
        request: &SignedRequest,
        credentials: &AwsCredentials,
        payload: &str,
        scope: &Scope,
    ) -> Result<(String, String)> {
        let mut hasher = Sha256::new();
        let signed_headers = hash_canonical_request(&mut hasher, request, payload);
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{}\n{}",
            scope.time,
            scope.text(),
            hex::encode(hasher.finalize())
        );
        let inputs = [
            scope.day(),
            &scope.region,
            &scope.service,
            credentials.aws_access_key_id(),
            credentials.aws_secret_access_key(),
        ];
        let signature = hmac(&self.day_key(inputs)?, to_sign.as_bytes())?;
        Ok((signed_headers, hex::encode(signature)))
    }

    fn day_key(&self, inputs: [&str; 5]) -> Result<[u8; 32]> {
        let mut cached = self.day_key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = cached.as_ref()
            && key.inputs == inputs
        {
            return Ok(key.key);
        }
        let [day, region, service, _, secret] = inputs;
        let mut key = hmac(format!("AWS4{secret}").as_bytes(), day.as_bytes())?;
        for step in [region, service, "aws4_request"] {
            key = hmac(&key, step.as_bytes())?;
        }
        *cached = Some(DayKey {
            inputs: inputs.map(str::to_owned),
            key,
        });
        Ok(key)
    }
}

/// What a signature is good for.
struct Scope {
    /// As `20130524T000000Z`.
    time: String,
    region: String,
    service: String,
}

impl Scope {
    fn of(request: &SignedRequest, time: Timestamp) -> Self {
        Self {
            time: time.strftime("%Y%m%dT%H%M%SZ").to_string(),
            region: request.region.name().to_owned(),
            service: request.service.clone(),
        }
    }

    fn day(&self) -> &str {
        self.time.get(..8).unwrap_or_default()
    }

    fn text(&self) -> String {
        let Self {
            region, service, ..
        } = self;
        format!("{}/{region}/{service}/aws4_request", self.day())
    }
}

/// Replaces a header.
fn set_header(request: &mut SignedRequest, name: &str, value: String) {
    request
        .headers
        .insert(name.to_owned(), vec![value.into_bytes()]);
}

fn hmac(key: &[u8], data: &[u8]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|error| Error::Bug(format!("signing failed: {error}")))?;
    mac.update(data);
    Ok(mac.finalize().into_bytes().into())
}

/// The last four characters of an access key id, which may be shown; `None` if the id is too short
/// to hide anything.
pub fn key_id_tail(access_key_id: &str) -> Option<&str> {
    let start = access_key_id.len().checked_sub(4)?;
    (start >= 4).then(|| access_key_id.get(start..)).flatten()
}

#[cfg(test)]
mod tests;
