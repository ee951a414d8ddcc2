//! A request of a probe: any request of S3, even one that is wrong on purpose.

use bytes::Bytes;
use rusoto_credential::AwsCredentials;
use s3_client::client::Client;
use s3_client::error::Result;
use s3_client::failure::Failure;
use s3_client::http::Body;
use s3_client::operations::service_failure;
use s3_client::request::Request;
use s3_client::sign::{PayloadHash, Signer};

use crate::bucket::TestBucket;
use crate::finding::ProbeResult;
use crate::response::ProbeResponse;

/// The most bytes that are read of a response. Every response that the probes need is far shorter.
const RESPONSE_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// A request that is ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct ProbeRequest<'a> {
    to: &'a TestBucket,
    method: &'static str,
    key: Option<String>,
    params: Vec<(&'static str, Option<String>)>,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    signed_body: Option<Bytes>,
    has_wrong_secret: bool,
    is_contradictory: bool,
}

impl TestBucket {
    /// A request about the bucket itself.
    pub(crate) fn request(&self, method: &'static str) -> ProbeRequest<'_> {
        ProbeRequest::new(self, method)
    }

    pub(crate) fn get(&self, key: &str) -> ProbeRequest<'_> {
        self.request("GET").of_key(key)
    }

    pub(crate) fn head(&self, key: &str) -> ProbeRequest<'_> {
        self.request("HEAD").of_key(key)
    }

    pub(crate) fn put(&self, key: &str, body: impl Into<Bytes>) -> ProbeRequest<'_> {
        self.request("PUT").of_key(key).body(body)
    }

    /// Stores an object that a probe needs.
    pub(crate) async fn store(
        &self,
        key: &str,
        body: impl Into<Bytes>,
    ) -> ProbeResult<ProbeResponse> {
        let response = self.put(key, body).send().await?;
        response.or_unknown("an object could not be stored")
    }

    /// Whether this object exists.
    pub(crate) async fn has(&self, key: &str) -> ProbeResult<bool> {
        let response = self.head(key).send().await?;
        if response.status == 404 {
            return Ok(false);
        }
        response.or_unknown("HEAD was refused").map(|_| true)
    }
}

impl<'a> ProbeRequest<'a> {
    fn new(to: &'a TestBucket, method: &'static str) -> Self {
        Self {
            to,
            method,
            key: None,
            params: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            signed_body: None,
            has_wrong_secret: false,
            is_contradictory: false,
        }
    }

    pub(crate) fn of_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn param(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.params.push((name, Some(value.into())));
        self
    }

    /// A parameter without a value, such as `tagging`. Never use it with DELETE: services that do not know the parameter
    /// delete the whole bucket or object.
    pub(crate) fn subresource(mut self, name: &'static str) -> Self {
        self.params.push((name, None));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Signs a different body than the one that is sent.
    pub(crate) fn signed_for(mut self, body: &'static str) -> Self {
        self.signed_body = Some(Bytes::from_static(body.as_bytes()));
        self.contradictory()
    }

    /// The body contradicts the headers on purpose, so a refusal for that is not a transfer failure.
    pub(crate) fn contradictory(mut self) -> Self {
        self.is_contradictory = true;
        self
    }

    /// Signs with another secret. Everything else in the signature is right.
    pub(crate) fn with_wrong_secret(mut self) -> Self {
        self.has_wrong_secret = true;
        self
    }

    /// The final response, of any status.
    pub(crate) async fn send(self) -> ProbeResult<ProbeResponse> {
        self.to.try_often(|| self.attempt()).await
    }

    async fn attempt(&self) -> Result<ProbeResponse, Failure> {
        let client = &self.to.client;
        let mut request = client.request(self.method, Some(&self.to.name), self.key.as_deref());
        for (name, value) in &self.params {
            request.param(name, value.as_deref());
        }
        for (name, value) in &self.headers {
            request.header(name, value);
        }
        if !self.body.is_empty() {
            let hash = PayloadHash::of(self.signed_body.as_ref().unwrap_or(&self.body));
            request.body(Body::Bytes(self.body.clone()), hash);
        }
        if self.has_wrong_secret {
            let signed = sign_wrongly(client, &mut request).await;
            signed.map_err(Failure::Final)?;
        }
        let response = client.send(request).await?;
        let (status, headers) = (response.status, response.headers);
        let body = response.body.collect(RESPONSE_LIMIT_BYTES).await?;
        let error = service_failure(status, &headers, &body, client.now());
        ProbeResponse::new(status, headers, body, error, self.is_contradictory)
    }
}

/// Signs a request without a body.
async fn sign_wrongly(client: &Client, request: &mut Request) -> Result<()> {
    let right = client.credentials().await?;
    let secret = "bucket-demo-check-wrong-secret-0000000000";
    let wrong = AwsCredentials::new(
        right.aws_access_key_id(),
        secret,
        right.token().clone(),
        None,
    );
    let signed = &mut request.signed;
    let host = signed.hostname.clone().unwrap_or_default();
    signed.add_header("host", &host);
    let signer = Signer::default();
    signer.correct_clock(client.clock_skew_seconds());
    signer.sign(signed, &wrong, PayloadHash::Empty)
}
