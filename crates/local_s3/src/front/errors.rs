//! Completes error bodies.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use s3s::{Body, S3Error, S3ErrorCode};

/// The second id of a request, which support staff need. Here it means nothing.
pub(super) const HOST_ID: &str = "bG9jYWxfczMgaXMgbm90IGZvciBwcm9kdWN0aW9u";

/// The refusal of a signature for another region, in the words of AWS.
pub(super) fn wrong_region(signed: &str, region: &str) -> S3Error {
    S3Error::with_message(
        S3ErrorCode::AuthorizationHeaderMalformed,
        format!(
            "The authorization header is malformed; the region '{signed}' is wrong; expecting '{region}'"
        ),
    )
}

/// Completes an error body, escapes control characters in XML, and removes the body of a 304. Does not touch the content
/// of objects.
pub(super) fn complete(response: &mut Response<Body>, request_id: &str, region: &str) {
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
    // s3s leaves it out if the error has headers of its own.
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    let Ok(text) = std::str::from_utf8(&body) else {
        return;
    };
    let is_error = response.status().is_client_error() || response.status().is_server_error();
    let completed = if is_error {
        with_details(text, request_id, region)
    } else {
        None
    };
    let readable = without_control_characters(completed.as_deref().unwrap_or(text));
    if let Some(text) = readable.or(completed) {
        replace_body(response, text.into());
    }
}

/// Replaces the body and its length.
pub(super) fn replace_body(response: &mut Response<Body>, body: Bytes) {
    response.headers_mut().remove(CONTENT_LENGTH);
    if body.is_empty() {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    *response.body_mut() = Body::from(body);
}

fn with_details(text: &str, request_id: &str, region: &str) -> Option<String> {
    let (before, rest) = text.split_once("<Code>")?;
    let (code, after) = rest.split_once("</Code>")?;
    let after = after.strip_suffix("</Error>")?;
    let mut details = String::new();
    let mut add = |name: &str, value: &str| {
        details.push_str(&format!("<{name}>{}</{name}>", escaped(value)));
    };
    if !after.contains("<Message>") {
        add("Message", "The request was refused.");
    }
    // Clients sign again for this region.
    if code == "AuthorizationHeaderMalformed" {
        add("Region", region);
    }
    add("RequestId", request_id);
    add("HostId", HOST_ID);
    Some(format!(
        "{before}<Code>{code}</Code>{after}{details}</Error>"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Writes control characters, except tab and newline, as character references. `None` if there are none. XML 1.0 allows
/// only few of these references, but AWS writes them too.
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
