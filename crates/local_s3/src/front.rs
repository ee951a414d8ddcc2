//! The layer between the connection and s3s. It adds what s3s lacks:
//!
//! - request ids, in headers and error bodies, and the list of requests;
//! - `Message`, `RequestId` and `Region` in error bodies: s3s always writes the code, but the message only sometimes;
//! - refusing a signature for another region, which s3s accepts;
//! - checking SHA-256, MD5 and checksums of XML bodies: s3s responds 500 to a wrong SHA-256;
//! - escaping control characters in XML, since a client reads a plain carriage return as a newline;
//! - the status 206 of HEAD and 202 of a restore;
//! - versions and delete markers in the order of their dates;
//! - reading the whole body before the response: else the client of a refused request sees a reset connection.

mod errors;
mod xml_body;

use std::sync::atomic::{AtomicU64, Ordering};

use http::header::EXPECT;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpError, S3Error};

use crate::access::{Access, BucketHosts, KeyPair};
use crate::beyond_s3s::{Document, Status};
use crate::log::{Log, LoggedRequest};
use crate::options::Options;
use crate::service::Service;
use crate::store::Store;

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
        builder.set_access(Access {
            store,
            allow_unsigned: options.allow_unsigned,
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

    /// Responds to one request.
    pub(crate) async fn respond(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, HttpError> {
        let (parts, body) = request.into_parts();
        let id = self.next_id();
        let logged = self.log.as_ref().map(|_| parts.clone());
        let mut response = self.call(parts, body).await?;
        if let Some(Status(status)) = response.extensions_mut().remove::<Status>() {
            *response.status_mut() = status;
        }
        if let Some(Document(xml)) = response.extensions_mut().remove::<Document>() {
            errors::replace_body(&mut response, xml);
        }
        errors::complete(&mut response, &id, &self.region);
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&id) {
            headers.insert("x-amz-request-id", id);
        }
        headers.insert("x-amz-id-2", HeaderValue::from_static(errors::HOST_ID));
        headers.insert("server", HeaderValue::from_static("local_s3"));

        if let (Some(log), Some(parts)) = (&self.log, logged) {
            log.lock().push(LoggedRequest {
                path: parts.uri.path().to_owned(),
                query: parts.uri.query().unwrap_or_default().to_owned(),
                method: parts.method,
                headers: parts.headers,
                status: response.status().as_u16(),
            });
        }
        Ok(response)
    }

    async fn call(&self, parts: Parts, body: Incoming) -> Result<Response<Body>, HttpError> {
        let mut refused = self.refused_region(&parts);
        let body = if parts.headers.contains_key(EXPECT) {
            // The client sends no body until it has permission.
            Body::http_body(body)
        } else {
            let body = body.collect().await;
            let body = body.map_err(|error| HttpError::new(Box::new(error)))?;
            let body = body.to_bytes();
            refused = refused.or_else(|| xml_body::check(&parts, &body).err());
            Body::from(body)
        };
        if let Some(error) = refused {
            let response = error.to_http_response();
            return response.map_err(|error| HttpError::new(Box::new(error)));
        }
        self.service.call(Request::from_parts(parts, body)).await
    }

    /// The refusal of a signature for another region.
    fn refused_region(&self, parts: &Parts) -> Option<S3Error> {
        let region = signed_region(parts).filter(|_| self.strict_region)?;
        (region != self.region).then(|| errors::wrong_region(region, &self.region))
    }

    fn next_id(&self) -> String {
        // Multiplied by an odd number, so that the ids look random.
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:016X}", number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

/// The region that a request was signed for.
fn signed_region(parts: &Parts) -> Option<&str> {
    let header = parts.headers.get("authorization")?.to_str().ok()?;
    let (scope, _) = header.split_once("Credential=")?.1.split_once(',')?;
    // KEY/DATE/REGION/s3/aws4_request. The key id may contain slashes.
    scope.rsplit('/').nth(2)
}
