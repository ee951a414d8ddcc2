//! What error bodies say besides the code.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode, Uri};
use s3s::{Body, S3Error, S3ErrorCode};

/// The second id that support staff ask for; here it only has the right look.
pub(super) const HOST_ID: &str = "bG9jYWxfczMgaXMgbm90IGZvciBwcm9kdWN0aW9u";

/// The refusal of a signature for another region, as AWS words it.
pub(super) fn wrong_region(signed: &str, region: &str) -> S3Error {
    S3Error::with_message(
        S3ErrorCode::AuthorizationHeaderMalformed,
        format!(
            "The authorization header is malformed; the region '{signed}' is wrong; expecting '{region}'"
        ),
    )
}

/// Completes an error body, makes control characters in XML readable, and empties what must
/// have no body. Bodies of objects are streams and never looked at.
pub(super) fn complete(response: &mut Response<Body>, uri: &Uri, request_id: &str, region: &str) {
    if response.status() == StatusCode::NOT_MODIFIED {
        replace_body(response, Bytes::new());
        return;
    }
    let Some(body) = response
        .body()
        .bytes()
        .filter(|body| body.starts_with(b"<?xml"))
    else {
        return;
    };
    // s3s forgets it on errors that bring headers of their own.
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    let Ok(text) = std::str::from_utf8(&body) else {
        return;
    };
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let completed = if is_error {
        with_details(text, uri, request_id, region)
    } else {
        None
    };
    let readable = without_control_characters(completed.as_deref().unwrap_or(text));
    if let Some(text) = readable.or(completed) {
        replace_body(response, text.into());
    }
}

/// Replaces a body and everything that described the old one.
pub(super) fn replace_body(response: &mut Response<Body>, body: Bytes) {
    response.headers_mut().remove(CONTENT_LENGTH);
    if body.is_empty() {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    *response.body_mut() = Body::from(body);
}

fn with_details(text: &str, uri: &Uri, request_id: &str, region: &str) -> Option<String> {
    let (before, rest) = text.split_once("<Code>")?;
    let (code, after) = rest.split_once("</Code>")?;
    let after = after.strip_suffix("</Error>")?;
    let mut details = String::new();
    let mut add = |name: &str, value: &str| {
        details.push_str(&format!("<{name}>{}</{name}>", escaped(value)));
    };
    if !after.contains("<Message>") {
        add("Message", message(code));
    }
    let decoded = percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy();
    let mut names = decoded.trim_start_matches('/').splitn(2, '/');
    let (bucket, key) = (
        names.next().unwrap_or_default(),
        names.next().unwrap_or_default(),
    );
    match code {
        "NoSuchBucket" | "BucketAlreadyOwnedByYou" | "BucketNotEmpty" => add("BucketName", bucket),
        "NoSuchKey" | "NoSuchVersion" => add("Key", key),
        "AuthorizationHeaderMalformed" => add("Region", region),
        _ => {}
    }
    add("Resource", &decoded);
    add("RequestId", request_id);
    add("HostId", HOST_ID);
    Some(format!(
        "{before}<Code>{code}</Code>{after}{details}</Error>"
    ))
}

/// The texts of AWS for the codes that s3s leaves without one.
fn message(code: &str) -> &'static str {
    match code {
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        }
        "InvalidBucketName" => "The specified bucket is not valid.",
        "KeyTooLongError" => "Your key is too long",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "NotImplemented" => {
            "A header or query you provided implies functionality that is not implemented"
        }
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidArgument" => "Invalid Argument",
        _ => "The request was refused",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Control characters but tab and newline as character references; `None` if there are
/// none. XML 1.0 knows no reference to most of them, but AWS writes them so, too.
fn without_control_characters(text: &str) -> Option<String> {
    let is_control = |character: char| character < ' ' && character != '\n' && character != '\t';
    text.contains(is_control).then(|| {
        let mut readable = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            if is_control(character) {
                readable.push_str(&format!("&#x{:x};", u32::from(character)));
            } else {
                readable.push(character);
            }
        }
        readable
    })
}
