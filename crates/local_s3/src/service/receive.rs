//! Takes in the body of a PUT: hashed on the way, checked at the end.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt;
use http::HeaderMap;
use md5::{Digest, Md5};
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, StdError, s3_error};

use crate::beyond_s3s::{bad_digest, sha256_mismatch};
use crate::store::checksum::{self, Algorithm, Checksum};
use crate::store::content::Content;

/// S3's limit for one PUT or part.
const LIMIT_BYTES: u64 = 5 * 1024 * 1024 * 1024;

/// A received body and its hashes.
pub(crate) struct Received {
    pub(crate) content: Content,
    pub(crate) md5: [u8; 16],
    pub(crate) checksums: Vec<Checksum>,
}

/// Reads a body to its end. Computes the checksums that the client names, and the one in `also`. Checks length, Content-MD5
/// and checksums. s3s checks the SHA-256 and aws-chunked signatures.
pub(crate) async fn receive(
    body: Option<StreamingBlob>,
    headers: &HeaderMap,
    also: Option<Algorithm>,
) -> S3Result<Received> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| text(name).and_then(|value| value.parse::<u64>().ok());
    let announced = number("x-amz-decoded-content-length").or_else(|| number("content-length"));
    if announced.is_some_and(|length| length > LIMIT_BYTES) {
        return Err(s3_error!(
            EntityTooLarge,
            "Your proposed upload exceeds the maximum allowed size"
        ));
    }
    let content_md5 = match text("content-md5") {
        Some(value) => Some(md5_of_header(value)?),
        None => None,
    };

    let mut running = checksum::hasher(wanted(headers, also));
    let mut md5 = Md5::new();
    let mut pieces = Vec::new();
    let mut size = 0_u64;
    if let Some(mut body) = body {
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| cut_off(&error))?;
            size += chunk.len() as u64;
            if size > LIMIT_BYTES {
                return Err(s3_error!(
                    EntityTooLarge,
                    "Your proposed upload exceeds the maximum allowed size"
                ));
            }
            md5.update(&chunk);
            running.update(&chunk);
            pieces.push(chunk);
        }
    }
    if announced.is_some_and(|length| length != size) {
        return Err(s3_error!(IncompleteBody));
    }
    let md5: [u8; 16] = md5.finalize().into();
    if content_md5.is_some_and(|expected| expected != md5) {
        return Err(bad_digest("Content-MD5"));
    }
    let checksums = checksum::finished(running);
    check(&checksums, headers)?;
    Ok(Received {
        content: Content::of(pieces),
        md5,
        checksums,
    })
}

/// Base64 of 16 bytes, or InvalidDigest.
fn md5_of_header(value: &str) -> S3Result<[u8; 16]> {
    let decoded = STANDARD
        .decode(value)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    decoded.ok_or_else(|| s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."))
}

/// Every checksum that a header contains or requests, and the one in `also`.
fn wanted(headers: &HeaderMap, also: Option<Algorithm>) -> impl Iterator<Item = Algorithm> {
    let asked = headers.get("x-amz-sdk-checksum-algorithm");
    let asked = asked.and_then(|name| Algorithm::from_name(name.to_str().ok()?));
    let brought = Algorithm::ALL.into_iter();
    let brought = brought.filter(|algorithm| headers.contains_key(algorithm.header()));
    brought.chain(asked).chain(also)
}

fn check(computed: &[Checksum], headers: &HeaderMap) -> S3Result<()> {
    for checksum in computed {
        let name = checksum.algorithm.header();
        let Some(expected) = headers.get(name) else {
            continue;
        };
        if expected.len() != checksum.text.len() {
            return Err(S3Error::with_message(
                S3ErrorCode::InvalidRequest,
                format!("Value for {name} header is invalid."),
            ));
        }
        if expected.as_bytes() != checksum.text.as_bytes() {
            return Err(bad_digest(checksum.algorithm.name()));
        }
    }
    Ok(())
}

/// The error for a body that cannot be read. The error types of s3s are private, so only their texts differ.
fn cut_off(error: &StdError) -> S3Error {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        sha256_mismatch()
    } else {
        s3_error!(IncompleteBody)
    }
}
