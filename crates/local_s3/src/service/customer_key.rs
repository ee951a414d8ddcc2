//! Encryption with a key of the customer (SSE-C). Nothing is encrypted here, but without the key nobody can read the object.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};
use md5::{Digest, Md5};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use crate::store::object::Attributes;

/// The header that asks for encryption.
pub(super) const SSE: &str = "x-amz-server-side-encryption";

const ALGORITHM: &str = "x-amz-server-side-encryption-customer-algorithm";
const KEY: &str = "x-amz-server-side-encryption-customer-key";
const KEY_MD5: &str = "x-amz-server-side-encryption-customer-key-md5";

/// The MD5 of the customer's key in a request. Checks the key itself.
pub(super) fn customer_key(headers: &HeaderMap) -> S3Result<Option<String>> {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    let (algorithm, key, md5) = (text(ALGORITHM), text(KEY), text(KEY_MD5));
    if algorithm.or(key).or(md5).is_none() {
        return Ok(None);
    }
    let decoded = STANDARD.decode(key.unwrap_or_default()).ok();
    let is_right = |key: &Vec<u8>| {
        key.len() == 32 && md5.is_some_and(|md5| md5 == STANDARD.encode(Md5::digest(key)))
    };
    if algorithm != Some("AES256") || !decoded.as_ref().is_some_and(is_right) {
        return Err(s3_error!(
            InvalidArgument,
            "The secret key was invalid for the specified algorithm."
        ));
    }
    Ok(md5.map(str::to_owned))
}

/// Refuses a key that differs from that of the object or upload.
pub(super) fn check_customer_key(stored: Option<&str>, given: Option<&str>) -> S3Result<()> {
    match (stored, given) {
        (None, None) => Ok(()),
        (Some(stored), Some(given)) if stored == given => Ok(()),
        (Some(_), Some(_)) => Err(s3_error!(AccessDenied, "Access Denied")),
        (Some(_), None) => Err(S3Error::with_message(
            S3ErrorCode::InvalidRequest,
            "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.",
        )),
        (None, Some(_)) => Err(s3_error!(
            InvalidRequest,
            "The encryption parameters are not applicable to this object."
        )),
    }
}

/// Responses name the algorithm and the MD5 of a customer's key.
pub(super) fn echo_customer_key(kept: &mut HeaderMap, md5: Option<&str>) {
    if let Some(md5) = md5.and_then(|md5| HeaderValue::from_str(md5).ok()) {
        kept.insert(ALGORITHM, HeaderValue::from_static("AES256"));
        kept.insert(KEY_MD5, md5);
    }
}

/// The encryption headers that the response to a PUT or a part repeats.
pub(super) fn encryption_headers(attributes: &Attributes) -> HeaderMap {
    let kept = attributes
        .headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with(SSE));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
