//! The layer between the connection and s3s, for what s3s leaves out:
//!
//! - request ids, in the headers and in error bodies, and the log of requests;
//! - the texts, `Resource`, `RequestId`, `BucketName`, `Key` and `Region` of error bodies:
//!   s3s writes the code, and a message only sometimes;
//! - a region other than ours in the signature (s3s accepts any);
//! - SHA-256, MD5 and checksums of XML bodies, where s3s answers a wrong SHA-256 with 500;
//! - control characters in XML, which s3s writes raw: a carriage return in a key would be
//!   read as a newline;
//! - the status 206 of a HEAD and 202 of a restore: s3s has no way to say them;
//! - versions and delete markers in the order of their dates: s3s divides them;
//! - reading the rest of a refused body, without which the client would see a reset
//!   connection instead of the refusal.

mod errors;
mod xml_body;

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::EXPECT;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError};

use crate::access::{BucketHosts, CannedAcls, KeyPair};
use crate::beyond_s3s::{Document, Status};
use crate::log::{Log, Logged};
use crate::options::Options;
use crate::service::Service;
use crate::store::Store;

/// A refused body is read to its end up to this size and time; beyond, the connection ends.
const DRAIN_LIMIT_BYTES: u64 = 256 * 1024 * 1024;
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

pub(crate) struct Front {
    service: S3Service,
    log: Option<Log>,
    region: String,
    strict_region: bool,
    requests: AtomicU64,
}

impl Front {
    pub(crate) fn new(options: &Options, store: Store, log: Log) -> Self {
        let mut builder = S3ServiceBuilder::new(Service::new(store.clone(), options));
        builder.set_auth(KeyPair {
            access_key: options.access_key.clone(),
            secret_key: options.secret_key.clone(),
        });
        builder.set_access(CannedAcls {
            store,
            open: options.open,
        });
        builder.set_host(BucketHosts);
        Self {
            service: builder.build(),
            log: options.log_requests.then_some(log),
            region: options.region.clone(),
            strict_region: options.strict_region,
            requests: AtomicU64::new(1),
        }
    }

    /// Answers one request.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, HttpError> {
        let (parts, body) = request.into_parts();
        let id = self.next_id();
        let logged = self.log.as_ref().map(|_| parts.clone());
        let uri = parts.uri.clone();
        let may_drain = !parts.headers.contains_key(EXPECT);

        let body = SharedBody(Arc::new(Mutex::new(body)));
        let rest = body.clone();
        let mut response = self.call(parts, body).await?;
        if may_drain && (response.status().is_client_error() || response.status().is_server_error())
        {
            rest.drain().await;
        }

        if let Some(Status(status)) = response.extensions_mut().remove::<Status>() {
            *response.status_mut() = status;
        }
        if let Some(Document(xml)) = response.extensions_mut().remove::<Document>() {
            errors::replace_body(&mut response, xml);
        }
        errors::complete(&mut response, &uri, &id, &self.region);
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert("x-amz-request-id", id);
        }
        headers.insert("x-amz-id-2", HeaderValue::from_static(errors::HOST_ID));
        headers.insert("server", HeaderValue::from_static("local_s3"));

        if let (Some(log), Some(parts)) = (&self.log, logged) {
            log.lock().push(Logged {
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                method: parts.method,
                headers: parts.headers,
                status: response.status().as_u16(),
            });
        }
        Ok(response)
    }

    async fn call(&self, parts: Parts, body: SharedBody) -> Result<Response<Body>, HttpError> {
        if self.strict_region
            && let Some(region) = signed_region(&parts)
            && region != self.region
        {
            return refusal(errors::wrong_region(region, &self.region));
        }
        if xml_body::is_xml(&parts) {
            let bytes = match xml_body::read(&parts, body).await {
                Ok(bytes) => bytes,
                Err(error) => return refusal(error),
            };
            return self
                .service
                .call(Request::from_parts(parts, Body::from(bytes)))
                .await;
        }
        let body = if body.is_end_stream() {
            Body::empty()
        } else {
            Body::http_body(body)
        };
        self.service.call(Request::from_parts(parts, body)).await
    }

    fn next_id(&self) -> String {
        // Multiplied by an odd number so that ids look alike in length, not in their digits.
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:016X}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

fn refusal(error: s3s::S3Error) -> Result<Response<Body>, HttpError> {
    error
        .to_http_response()
        .map_err(|error| HttpError::new(Box::new(error)))
}

/// The region that a request was signed for.
fn signed_region(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get("authorization")?.to_str().ok()?;
    let (scope, _) = header.split_once("Credential=")?.1.split_once(',')?;
    // KEY/DATE/REGION/s3/aws4_request, and a key id may hold slashes.
    scope.rsplit('/').nth(2)
}

/// The body of a request, shared so that what the service left of it can be read.
#[derive(Clone)]
struct SharedBody(Arc<Mutex<Incoming>>);

impl SharedBody {
    fn with<R>(&self, look: impl FnOnce(&mut Incoming) -> R) -> R {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn drain(mut self) {
        if self.size_hint().lower() > DRAIN_LIMIT_BYTES {
            return;
        }
        let mut drained = 0;
        let read = async {
            while let Some(Ok(frame)) = self.frame().await {
                drained += frame.data_ref().map_or(0, |data| data.len() as u64);
                if drained > DRAIN_LIMIT_BYTES {
                    break;
                }
            }
        };
        // Too slow: the connection ends with the response, which is all that is lost.
        let _too_slow = tokio::time::timeout(DRAIN_LIMIT, read).await;
    }
}

impl http_body::Body for SharedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.with(|body| Pin::new(body).poll_frame(context))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|body| body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|body| body.size_hint())
    }
}
