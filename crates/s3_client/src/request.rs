//! One request as the operations build it: rusoto's [`SignedRequest`] and what it cannot hold.

use std::fmt;
use std::time::Duration;

use rusoto_core::signature::SignedRequest;

use crate::http::{Body, OnSent};
use crate::sign::PayloadHash;

/// The longest that a service may take over work inside the store, such as completing a large upload.
pub(crate) const STORE_WORK: Duration = Duration::from_secs(10 * 60);

/// A request that is ready to be signed and sent; made by [`crate::Client::request`].
pub struct Request {
    /// Method, path, parameters and headers; signed when it is sent. Its own payload is unused.
    pub signed: SignedRequest,
    /// What it carries.
    pub body: Body,
    /// What the signature says about the body.
    pub payload_hash: PayloadHash,
    /// How long the service may take before it answers, if longer than the read timeout.
    pub(crate) patience: Option<Duration>,
    /// The bucket that it is about.
    pub(crate) bucket: Option<String>,
    pub(crate) on_sent: Option<OnSent>,
}

impl Request {
    pub(crate) fn new(signed: SignedRequest, bucket: Option<&str>) -> Self {
        Self {
            signed,
            bucket: bucket.map(str::to_owned),
            body: Body::Empty,
            payload_hash: PayloadHash::Empty,
            patience: None,
            on_sent: None,
        }
    }

    /// Adds a header. A value that HTTP headers cannot carry fails when the request is sent.
    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        self.signed.add_header(name, value);
        self
    }

    /// Sets a query parameter; `None` for one without a value, such as `uploads`.
    pub fn param(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        self.signed
            .params
            .insert(name.to_owned(), value.map(str::to_owned));
        self
    }

    /// Sets the body and what the signature says about it.
    pub fn body(&mut self, body: Body, hash: PayloadHash) -> &mut Self {
        self.body = body;
        self.payload_hash = hash;
        self
    }

    /// Calls back with the number of body bytes that the network has just taken.
    pub fn on_sent(&mut self, on_sent: OnSent) -> &mut Self {
        self.on_sent = Some(on_sent);
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers may hold a customer key.
        f.debug_struct("Request")
            .field("method", &self.signed.method)
            .field("path", &self.signed.path)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
