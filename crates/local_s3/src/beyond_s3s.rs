//! Parts of a response that s3s cannot express. They travel as extensions of the response, and `front` applies them.

use bytes::Bytes;
use http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

/// The status of the response.
#[derive(Clone, Copy)]
pub(crate) struct Status(pub(crate) StatusCode);

/// The body of the response, where s3s would write it differently.
#[derive(Clone)]
pub(crate) struct Document(pub(crate) Bytes);

/// An error of a code that s3s does not know, with status 400.
pub(crate) fn refused(code: &str, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::Custom(code.into()), message);
    error.set_status_code(StatusCode::BAD_REQUEST);
    error
}

/// The error for a payload whose SHA-256 is not the signed one.
pub(crate) fn sha256_mismatch() -> S3Error {
    refused(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}

/// The error for a body whose digest is not the one that came with it.
pub(crate) fn bad_digest(name: &str) -> S3Error {
    S3Error::with_message(
        S3ErrorCode::BadDigest,
        format!("The {name} you specified did not match what we received."),
    )
}
