//! Checks XML bodies against the digests in the headers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use http::request::Parts;
use md5::{Digest, Md5};
use s3s::crypto::{Checksum as _, Sha256};
use s3s::{S3Result, s3_error};

use crate::beyond_s3s::{bad_digest, sha256_mismatch};
use crate::store::checksum::{Algorithm, Checksum};

/// Whether the body is XML: that of a POST, or of the PUT of a subresource.
fn is_xml(parts: &Parts) -> bool {
    let is_framed = parts
        .headers
        .get("x-amz-content-sha256")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"STREAMING"));
    let is_form = parts
        .headers
        .get("content-type")
        .is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    match parts.method {
        Method::POST => !is_framed && !is_form,
        Method::PUT => {
            !is_framed
                && ["tagging", "versioning"]
                    .into_iter()
                    .any(|name| has(parts, name))
        }
        _ => false,
    }
}

/// Refuses an XML body that does not match its digests.
pub(super) fn check(parts: &Parts, bytes: &[u8]) -> S3Result<()> {
    if !is_xml(parts) {
        return Ok(());
    }
    let header = |name: &str| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };

    if let Some(expected) = header("x-amz-content-sha256").filter(|value| value.len() == 64)
        && hex::encode(Sha256::checksum(bytes)) != expected.to_ascii_lowercase()
    {
        return Err(sha256_mismatch());
    }
    if let Some(expected) = header("content-md5") {
        let expected = STANDARD
            .decode(expected)
            .map_err(|_| s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."))?;
        if expected != Md5::digest(bytes).as_slice() {
            return Err(bad_digest("Content-MD5"));
        }
    }
    let mut digests = Algorithm::ALL.map(Algorithm::header).into_iter();
    let has_digest = header("content-md5").is_some() || digests.any(|name| header(name).is_some());
    if parts.method == Method::POST && has(parts, "delete") && !has_digest {
        return Err(s3_error!(
            InvalidRequest,
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        ));
    }
    // In Complete, the checksum is that of the object, not of the body.
    let is_of_body = !parts.uri.query().unwrap_or_default().contains("uploadId=");
    for algorithm in Algorithm::ALL.into_iter().filter(|_| is_of_body) {
        if let Some(expected) = header(algorithm.header())
            && Checksum::of(algorithm, [bytes]).is_some_and(|right| right.text != expected)
        {
            return Err(bad_digest(algorithm.name()));
        }
    }
    Ok(())
}

/// Whether the query has a parameter of this name.
fn has(parts: &Parts, name: &str) -> bool {
    let pairs = parts.uri.query().unwrap_or_default().split('&');
    pairs
        .filter_map(|pair| pair.split('=').next())
        .any(|found| found == name)
}
