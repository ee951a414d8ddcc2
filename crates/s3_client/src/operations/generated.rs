//! rusoto's generated client over our transport: every operation that is not hot goes this way.
//!
//! The generated code trusts what it reads: it spins for ever on XML that ends early, panics on a
//! number or a header that is none, and takes an `<Error>` for an empty success. So it gets no
//! response of a service: what it parses was judged and written anew by [`guard`], and the
//! headers stay with us ([`Reply`]).

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

use crate::operations::xml::{missing, wrong};

pub(crate) use guard::plain;

/// What the typed output of an operation leaves out.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    children: Option<Vec<String>>,
}

impl Reply {
    /// The names of the elements of the document, in their order.
    ///
    /// # Errors
    /// There was no document.
    pub(crate) fn children(&self) -> Result<&[String], Failure> {
        self.children.as_deref().ok_or_else(|| wrong("it is empty"))
    }
}

/// One attempt at an operation of the generated client, which sends one request. Every text in its
/// output is to be read by [`plain`].
///
/// # Errors
/// Whatever is no success and no whole document, in full: rusoto's own errors have room for a
/// text only.
pub(crate) async fn call<T, E: Error + 'static, F>(
    client: &Client,
    operation: impl FnOnce(S3Client) -> F,
) -> Result<(T, Reply), Failure>
where
    F: Future<Output = Result<T, RusotoError<E>>>,
{
    call_within(client, None, operation).await
}

/// The same with a time that the service may take before it answers.
pub(crate) async fn call_within<T, E: Error + 'static, F>(
    client: &Client,
    patience: Option<Duration>,
    operation: impl FnOnce(S3Client) -> F,
) -> Result<(T, Reply), Failure>
where
    F: Future<Output = Result<T, RusotoError<E>>>,
{
    let told: Told = Arc::default();
    let transport = Transport {
        client: client.clone(),
        patience,
        told: Arc::clone(&told),
    };
    let region = client.route().rusoto_region().clone();
    // Unsigned: the signature is made below it.
    let core = rusoto_core::Client::new_not_signing(transport);
    let output = operation(S3Client::new_with_client(core, region)).await;
    let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (output, told) {
        (_, Some(Err(failure))) => Err(failure),
        (Ok(output), Some(Ok(reply))) => Ok((output, reply)),
        (Err(error), _) => Err(wrong(&error.to_string())),
        (Ok(_), None) => Err(Failure::Response("nothing was asked".to_owned())),
    }
}

/// What became of the request, told past rusoto.
type Told = Arc<Mutex<Option<Result<Reply, Failure>>>>;

struct Transport {
    client: Client,
    patience: Option<Duration>,
    told: Told,
}

impl DispatchSignedRequest for Transport {
    fn dispatch(
        &self,
        request: SignedRequest,
        _timeout: Option<Duration>,
    ) -> DispatchSignedRequestFuture {
        let (client, told) = (self.client.clone(), Arc::clone(&self.told));
        let request = self.adopt(request);
        Box::pin(async move {
            let result = exchange(&client, request?).await;
            let (reply, response) = match result {
                Ok((reply, response)) => (Ok(reply), Ok(response)),
                Err(failure) => (Err(failure), Err(unheard())),
            };
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(reply);
            response
        })
    }
}

/// Nobody reads it: see [`Told`].
fn unheard() -> HttpDispatchError {
    HttpDispatchError::new("the request failed".to_owned())
}

impl Transport {
    /// Makes a request of rusoto into one of ours: its path is `/bucket/key`, whatever our
    /// addressing. Of its headers only Content-MD5 and Content-Type are of use, and those are
    /// wanted with every document, not only where the model says so.
    fn adopt(&self, from: SignedRequest) -> Result<Request, HttpDispatchError> {
        let path = from.path.strip_prefix('/').unwrap_or(&from.path);
        let (bucket, key) = match path.split_once('/') {
            Some((bucket, key)) => (Some(bucket), Some(key)),
            None => (Some(path).filter(|bucket| !bucket.is_empty()), None),
        };
        let body = match from.payload {
            None => Bytes::new(),
            Some(SignedRequestPayload::Buffer(bytes)) => bytes,
            // Only the hot operations have such a body.
            Some(SignedRequestPayload::Stream(_)) => return Err(unheard()),
        };
        let mut request = self.client.request(&from.method, bucket, key);
        request.signed.params = from.params;
        request.signed.headers.clear();
        request.patience = self.patience;
        if !body.is_empty() {
            // JuiceFS and Swift refuse a request without the sum.
            request
                .header("content-md5", &STANDARD.encode(Md5::digest(&body)))
                .header("content-type", "application/xml");
            let hash = PayloadHash::of(&body);
            request.body(Body::Bytes(body), hash);
        }
        Ok(request)
    }
}

async fn exchange(client: &Client, request: Request) -> Result<(Reply, HttpResponse), Failure> {
    let response = send_for_xml(client, request).await?;
    let rewritten = match response.is_empty() {
        true => guard::Rewritten::default(),
        false => response.read(guard::rewrite)?,
    };
    let status = http02::StatusCode::from_u16(response.status).map_err(|_| {
        Failure::Response(format!("the response has the status {}", response.status))
    })?;
    let reply = Reply {
        status: response.status,
        headers: response.headers,
        children: rewritten.children,
    };
    let response = HttpResponse {
        status,
        headers: http02::HeaderMap::default(),
        body: ByteStream::from(rewritten.document.into_bytes()),
    };
    Ok((reply, response))
}

/// A field of a typed output that must be there.
pub(crate) fn required<T>(name: &str, field: Option<T>) -> Result<T, Failure> {
    field.ok_or_else(|| missing(name))
}

/// Makes sure that a request without an output was carried out. If the response is not the one that
/// S3 gives, what stands there settles it.
///
/// # Errors
/// The request failed, or it is in doubt and not `done`.
pub(crate) async fn settle<T>(
    response: Result<(T, Reply), Failure>,
    is_certain: impl Fn(&Reply) -> bool,
    done: impl Future<Output = bool>,
) -> Result<(), Failure> {
    match doubt(response.map(|(_, reply)| reply), is_certain)? {
        Some(doubt) if !done.await => Err(doubt),
        _ => Ok(()),
    }
}

/// Whether it is in doubt that a request without an output was carried out, because the response
/// is not the one that S3 gives: a web page, an `<Error>` under a success, another status. Then
/// the failure returned here stands, unless what is stored shows otherwise.
///
/// # Errors
/// The request failed: there is no doubt.
pub(crate) fn doubt(
    response: Result<Reply, Failure>,
    is_certain: impl Fn(&Reply) -> bool,
) -> Result<Option<Failure>, Failure> {
    match response {
        Ok(reply) if is_certain(&reply) => Ok(None),
        Ok(reply) => Ok(Some(Failure::Response(format!(
            "the response (HTTP {}) does not say that it was done",
            reply.status
        )))),
        Err(Failure::Service(failure)) if failure.status < 300 => {
            Ok(Some(Failure::Service(failure)))
        }
        Err(Failure::Response(text)) => Ok(Some(Failure::Response(text))),
        Err(failure) => Err(failure),
    }
}
