//! Small requests for credentials (STS, container, instance metadata). They have the same limits
//! and trusted certificates as requests to the service, but use no proxy that could read them.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderValue, Request, Response};

use s3_client::http::{Body, Error, Transport};

use super::fetch::HttpFetch;

/// Credentials are a few KiB. A longer response is something else.
const RESPONSE_LIMIT_BYTES: usize = 1024 * 1024;

impl HttpFetch for Transport {
    fn fetch(
        &self,
        request: Request<Bytes>,
        timeout: Duration,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, String>> + Send + '_>> {
        Box::pin(async move {
            tokio::time::timeout(timeout, fetch_now(self, request))
                .await
                .map_err(|_| format!("no response within {} s", timeout.as_secs_f64()))?
                .map_err(|error| error.to_string())
        })
    }
}

async fn fetch_now(
    transport: &Transport,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Error> {
    let (mut parts, body) = request.into_parts();
    if let Ok(host) = HeaderValue::from_str(parts.uri.authority().map_or("", |to| to.as_str())) {
        parts.headers.entry(HOST).or_insert(host);
    }
    if !body.is_empty() {
        parts.headers.insert(CONTENT_LENGTH, body.len().into());
    }
    let head = Request::from_parts(parts, ());
    let response = transport
        .exchange(head, Body::Bytes(body), None, None)
        .await?;
    let status = response.status;
    let headers = response.headers;
    let body = response.body.collect(RESPONSE_LIMIT_BYTES).await?;
    let mut response = Response::new(body);
    *response.status_mut() = http::StatusCode::from_u16(status)
        .map_err(|_| Error::Response(format!("HTTP status {status}")))?;
    *response.headers_mut() = headers;
    Ok(response)
}
