//! rusoto's generated client over our transport: every operation that is not hot goes this way.
//!
//! The generated code trusts what it reads: it spins for ever on XML that ends early, panics on a
//! number or a header that is none, and takes an `<Error>` for an empty success. So it gets no
//! response of a service: what it parses was judged and written anew by [`guard`], and the
//! headers stay with us ([`Reply`]).

mod guard;

use std::collections::BTreeMap;
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
use crate::request::{Patience, Request};
use crate::sign::PayloadHash;

pub(crate) use guard::plain;

/// Header names in lower case, with their values.
type Headers = BTreeMap<String, Vec<Vec<u8>>>;

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
        let empty = || Failure::Response("the response cannot be read: it is empty".to_owned());
        self.children.as_deref().ok_or_else(empty)
    }
}

/// One attempt at an operation of the generated client, to be given what the types have no field
/// for: further headers, and patience.
pub(crate) struct Call<'a> {
    client: &'a Client,
    headers: Headers,
    patience: Patience,
}

impl<'a> Call<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self {
            client,
            headers: Headers::new(),
            patience: Patience::Normal,
        }
    }

    pub(crate) fn headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Sends the one request of `operation`. Every text in its output is to be read by [`plain`].
    ///
    /// # Errors
    /// Whatever is no success and no whole document, in full: rusoto's own errors have room for a
    /// text only.
    pub(crate) async fn send<T, E: Error + 'static, F>(
        self,
        operation: impl FnOnce(S3Client) -> F,
    ) -> Result<(T, Reply), Failure>
    where
        F: Future<Output = Result<T, RusotoError<E>>>,
    {
        let region = self.client.route().rusoto_region().clone();
        let told: Told = Arc::default();
        let transport = Transport {
            client: self.client.clone(),
            headers: self.headers,
            patience: self.patience,
            told: Arc::clone(&told),
        };
        // Unsigned: the signature is made below it.
        let core = rusoto_core::Client::new_not_signing(transport);
        let output = operation(S3Client::new_with_client(core, region)).await;
        let told = told.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (output, told) {
            (_, Some(Err(failure))) => Err(failure),
            (Ok(output), Some(Ok(reply))) => Ok((output, reply)),
            (Err(error), _) => Err(Failure::Response(format!(
                "the response cannot be read: {error}"
            ))),
            (Ok(_), None) => Err(Failure::Response("nothing was asked".to_owned())),
        }
    }
}

/// What became of the request, told past rusoto.
type Told = Arc<Mutex<Option<Result<Reply, Failure>>>>;

struct Transport {
    client: Client,
    headers: Headers,
    patience: Patience,
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
        request.signed.headers = self.headers.clone();
        request.patience(self.patience);
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

pub(crate) fn missing(name: &str) -> Failure {
    Failure::Response(format!("the response has no <{name}>"))
}

/// A response that cannot be what was asked for.
pub(crate) fn wrong(what: &str) -> Failure {
    Failure::Response(format!("the response cannot be read: {what}"))
}

/// Whether it is in doubt that a request without an output was carried out, because the response
/// is not the one that S3 gives: a web page, an `<Error>` under a success, another status. Then
/// what stands there settles it, and if it cannot, the failure returned here stands.
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
