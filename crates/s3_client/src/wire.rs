//! A signed request as it goes out, and the one line that the log has about it.

use std::time::Instant;

use http::header::{ACCEPT_ENCODING, HeaderName, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Uri};
use rusoto_core::signature::SignedRequest;

use crate::error::{Error, Result};
use crate::failure::Failure;
use crate::http::Response;

const USER_AGENT_TEXT: &str = concat!("do_bucket/", env!("CARGO_PKG_VERSION"));

/// The request line and headers as they go out.
pub(crate) fn head_of(signed: SignedRequest) -> Result<http::Request<()>> {
    let scheme = signed.scheme.as_deref().unwrap_or("https");
    let host = signed.hostname.as_deref().unwrap_or_default();
    let mut address = format!("{scheme}://{host}{}", signed.canonical_uri);
    if !signed.canonical_query_string.is_empty() {
        address.push('?');
        address.push_str(&signed.canonical_query_string);
    }
    let uri = Uri::from_maybe_shared(bytes::Bytes::from(address))
        .map_err(|error| Error::Request(format!("the address cannot be used: {error}")))?;
    let method = Method::from_bytes(signed.method.as_bytes())
        .map_err(|_| Error::Request(format!("there is no method {}", signed.method)))?;
    let mut headers = HeaderMap::with_capacity(signed.headers.len() + 3);
    for (name, values) in signed.headers {
        let parsed = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Error::Request(format!("`{}` is no header name", name.escape_debug())))?;
        for value in values {
            let mut value =
                HeaderValue::from_maybe_shared(bytes::Bytes::from(value)).map_err(|_| {
                    Error::Request(format!("the value of {name} has control characters"))
                })?;
            value.set_sensitive(true);
            headers.append(parsed.clone(), value);
        }
    }
    headers.insert(USER_AGENT, HeaderValue::from_static(USER_AGENT_TEXT));
    // Bodies are stored bytes: nothing on the way may compress them.
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let mut head = http::Request::new(());
    *head.method_mut() = method;
    *head.uri_mut() = uri;
    *head.headers_mut() = headers;
    Ok(head)
}

/// What the log says of a request: no header, no query, no secret.
pub(crate) fn shown(head: &http::Request<()>) -> String {
    let uri = head.uri();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    format!("{} {authority}{}", head.method(), uri.path())
}

/// One line per request at debug level.
pub(crate) fn log_result(request: &str, began: Instant, result: &Result<Response, Failure>) {
    let millis = began.elapsed().as_millis();
    match result {
        Ok(response) => {
            let status = response.status;
            let id = response.header("x-amz-request-id").unwrap_or_default();
            log::debug!("{request} -> {status} in {millis} ms, request {id}");
        }
        Err(Failure::Transport { cause, .. }) => {
            log::debug!("{request} -> {cause} after {millis} ms");
        }
        Err(_) => log::debug!("{request} was not sent"),
    }
}
