//! rusoto's generated client over our transport, for all operations that are not hot.
//!
//! The generated code trusts every response: it loops for ever on XML that ends early, panics on a
//! malformed number or header, and takes an `<Error>` for an empty success. So it never sees the
//! original response: [`guard`] checks each document and writes it anew, and the headers stay here
//! ([`RawResponse`]).

mod guard;

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderMap;
use md5::{Digest, Md5};
use rusoto_core::request::{
    DispatchSignedRequest, DispatchSignedRequestFuture, HttpDispatchError, HttpResponse,
};
use rusoto_core::signature::{SignedRequest, SignedRequestPayload};
use rusoto_core::{ByteStream, RusotoError};
use rusoto_s3::S3Client;

use crate::client::Client;
use crate::failure::Failure;
use crate::http::Body;
use crate::operations::response::send_for_xml;
use crate::request::Request;
use crate::sign::PayloadHash;

use crate::operations::xml::{malformed, missing};

pub(crate) use guard::decode_text;

/// The parts of a response that the typed output of an operation leaves out.
#[derive(Clone, Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    children: Option<Vec<String>>,
}

impl RawResponse {
    /// The names of the root's children, in their order.
    ///
    /// # Errors
    /// There was no document.
    pub(crate) fn children(&self) -> Result<&[String], Failure> {
        self.children
            .as_deref()
            .ok_or_else(|| malformed("it is empty"))
    }
}

/// Sends the one request of an operation through the generated client. Read every text in its
/// output with [`decode_text`].
///
/// # Errors
/// Anything but a success with a complete document. The failure has all details, because rusoto's
/// own errors only hold a text.
pub(crate) async fn call<T, E: Error + 'static, F>(
    client: &Client,
    operation: impl FnOnce(S3Client) -> F,
) -> Result<(T, RawResponse), Failure>
where
    F: Future<Output = Result<T, RusotoError<E>>>,
{
    call_within(client, None, operation).await
}

/// Like [`call`], but the service may take this long before it answers.
pub(crate) async fn call_within<T, E: Error + 'static, F>(
    client: &Client,
    patience: Option<Duration>,
    operation: impl FnOnce(S3Client) -> F,
) -> Result<(T, RawResponse), Failure>
where
    F: Future<Output = Result<T, RusotoError<E>>>,
{
    let slot: Slot = Arc::default();
    let transport = Transport {
        client: client.clone(),
        patience,
        slot: Arc::clone(&slot),
    };
    let region = client.route().rusoto_region().clone();
    // Our client signs the request later.
    let core = rusoto_core::Client::new_not_signing(transport);
    let output = operation(S3Client::new_with_client(core, region)).await;
    let slot = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (output, slot) {
        (_, Some(Err(failure))) => Err(failure),
        (Ok(output), Some(Ok(raw))) => Ok((output, raw)),
        (Err(error), _) => Err(malformed(&error.to_string())),
        (Ok(_), None) => Err(Failure::Response("nothing was asked".to_owned())),
    }
}

/// The result of the request. rusoto's errors cannot carry it, so it is passed outside of rusoto.
type Slot = Arc<Mutex<Option<Result<RawResponse, Failure>>>>;

struct Transport {
    client: Client,
    patience: Option<Duration>,
    slot: Slot,
}

impl DispatchSignedRequest for Transport {
    fn dispatch(
        &self,
        request: SignedRequest,
        _timeout: Option<Duration>,
    ) -> DispatchSignedRequestFuture {
        let (client, slot) = (self.client.clone(), Arc::clone(&self.slot));
        let request = self.convert(request);
        Box::pin(async move {
            let result = exchange(&client, request?).await;
            let (raw, response) = match result {
                Ok((raw, response)) => (Ok(raw), Ok(response)),
                Err(failure) => (Err(failure), Err(placeholder())),
            };
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(raw);
            response
        })
    }
}

/// An error without information: the real one is in the [`Slot`].
fn placeholder() -> HttpDispatchError {
    HttpDispatchError::new("the request failed".to_owned())
}

impl Transport {
    /// Converts a request of rusoto, whose path is always `/bucket/key`. Its headers are dropped:
    /// Content-MD5 and Content-Type are set for every document, not only where the model requires
    /// them.
    fn convert(&self, from: SignedRequest) -> Result<Request, HttpDispatchError> {
        let path = from.path.strip_prefix('/').unwrap_or(&from.path);
        let (bucket, key) = match path.split_once('/') {
            Some((bucket, key)) => (Some(bucket), Some(key)),
            None => (Some(path).filter(|bucket| !bucket.is_empty()), None),
        };
        let body = match from.payload {
            None => Bytes::new(),
            Some(SignedRequestPayload::Buffer(bytes)) => bytes,
            // Only hot operations send streams.
            Some(SignedRequestPayload::Stream(_)) => return Err(placeholder()),
        };
        let mut request = self.client.request(&from.method, bucket, key);
        request.signed.params = from.params;
        request.signed.headers.clear();
        request.patience = self.patience;
        if !body.is_empty() {
            // JuiceFS and Swift refuse a request without it.
            request
                .header("content-md5", &STANDARD.encode(Md5::digest(&body)))
                .header("content-type", "application/xml");
            let hash = PayloadHash::of(&body);
            request.body(Body::Bytes(body), hash);
        }
        Ok(request)
    }
}

async fn exchange(
    client: &Client,
    request: Request,
) -> Result<(RawResponse, HttpResponse), Failure> {
    let response = send_for_xml(client, request).await?;
    let rewritten = match response.is_empty() {
        true => guard::Rewritten::default(),
        false => response.read(guard::rewrite)?,
    };
    let status = http02::StatusCode::from_u16(response.status).map_err(|_| {
        Failure::Response(format!("the response has the status {}", response.status))
    })?;
    let raw = RawResponse {
        status: response.status,
        headers: response.headers,
        children: rewritten.children,
    };
    let response = HttpResponse {
        status,
        headers: http02::HeaderMap::default(),
        body: ByteStream::from(rewritten.document.into_bytes()),
    };
    Ok((raw, response))
}

/// A field that the response must have.
pub(crate) fn required<T>(name: &str, field: Option<T>) -> Result<T, Failure> {
    field.ok_or_else(|| missing(name))
}

/// Makes sure that a request without an output was carried out. If its response is not the one that
/// S3 sends, `done` decides, which asks the service for the present state.
///
/// # Errors
/// The request failed, or nothing proves that it was carried out.
pub(crate) async fn settle<T>(
    response: Result<(T, RawResponse), Failure>,
    is_certain: impl Fn(&RawResponse) -> bool,
    done: impl Future<Output = bool>,
) -> Result<(), Failure> {
    match doubt(response.map(|(_, raw)| raw), is_certain)? {
        Some(doubt) if !done.await => Err(doubt),
        _ => Ok(()),
    }
}

/// Returns a failure if the response does not prove that the request was carried out: a web page,
/// an `<Error>` with a success status, an unexpected status.
///
/// # Errors
/// The request certainly failed.
pub(crate) fn doubt(
    response: Result<RawResponse, Failure>,
    is_certain: impl Fn(&RawResponse) -> bool,
) -> Result<Option<Failure>, Failure> {
    match response {
        Ok(raw) if is_certain(&raw) => Ok(None),
        Ok(raw) => Ok(Some(Failure::Response(format!(
            "the response (HTTP {}) does not say that it was done",
            raw.status
        )))),
        Err(Failure::Service(failure)) if failure.status < 300 => {
            Ok(Some(Failure::Service(failure)))
        }
        Err(Failure::Response(text)) => Ok(Some(Failure::Response(text))),
        Err(failure) => Err(failure),
    }
}
