//! Asking the endpoint: any status is a response. What may pass (5xx, a broken connection, bytes
//! damaged on their way) is asked again; if it does not pass, the response is not known.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};
use s3_client::http::Body;
use s3_client::operations::service_failure;
use s3_client::sign::PayloadHash;
use transfer::proof::{Sum, SumKind};

use super::finding::{Probe, Unknown};
use super::reply::Reply;
use super::wrong_signature::WrongSignature;

/// How often one question is asked: enough for a busy service, few enough for a check that takes
/// seconds.
const MOST_TRIES: u32 = 6;

/// A service that fails inside will most likely fail again in the same way.
const MOST_TRIES_OF_INTERNAL_ERRORS: u32 = 3;

/// The most that is read of a response: all that the check reads is far below.
const RESPONSE_LIMIT_BYTES: usize = 8 * 1024 * 1024;

/// Who asks: one client, one bucket, one count of requests.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) client: Client,
    bucket: Arc<str>,
    requests: Arc<AtomicU64>,
}

impl Asker {
    pub(crate) fn new(client: &Client, bucket: &str) -> Self {
        Self {
            client: client.clone(),
            bucket: bucket.into(),
            requests: Arc::default(),
        }
    }

    /// The bucket that is ours.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// How many requests were sent so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Counts a request that was sent without an [`Ask`].
    pub(crate) fn count(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// A question about the bucket itself.
    pub(crate) fn about_bucket(&self, method: &'static str) -> Ask {
        Ask::new(self.clone(), method, self.bucket.to_string(), None)
    }

    /// A question about an object.
    pub(crate) fn about(&self, method: &'static str, key: &str) -> Ask {
        Ask::new(
            self.clone(),
            method,
            self.bucket.to_string(),
            Some(key.to_owned()),
        )
    }

    /// A question about a bucket that is not ours, or not there.
    pub(crate) fn about_other(&self, method: &'static str, bucket: &str) -> Ask {
        Ask::new(self.clone(), method, bucket.to_owned(), None)
    }

    /// PUT of an object.
    pub(crate) fn put(&self, key: &str, body: impl Into<Bytes>) -> Ask {
        self.about("PUT", key).body(body)
    }

    /// Stores an object that a probe needs.
    pub(crate) async fn store(&self, key: &str, body: impl Into<Bytes>) -> Probe<Reply> {
        self.put(key, body)
            .send()
            .await?
            .expected("an object could not be stored")
    }
}

/// One question.
#[derive(Debug)]
pub(crate) struct Ask {
    asker: Asker,
    method: &'static str,
    bucket: String,
    key: Option<String>,
    params: Vec<(String, Option<String>)>,
    headers: Vec<(String, String)>,
    body: Bytes,
    hash: Option<PayloadHash>,
    wrong_signature: Option<WrongSignature>,
    damaged: bool,
    once: bool,
}

impl Ask {
    fn new(asker: Asker, method: &'static str, bucket: String, key: Option<String>) -> Self {
        Self {
            asker,
            method,
            bucket,
            key,
            params: Vec::new(),
            headers: Vec::new(),
            body: Bytes::new(),
            hash: None,
            wrong_signature: None,
            damaged: false,
            once: false,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.params.push((name.to_owned(), Some(value.into())));
        self
    }

    /// A parameter without a value, which names a part of the bucket or object. Never with
    /// DELETE: services that do not know it delete the whole.
    pub(crate) fn part(mut self, name: &str) -> Self {
        self.params.push((name.to_owned(), None));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Signs this about the body instead of the truth. A refusal is then a response.
    pub(crate) fn hash(mut self, hash: PayloadHash) -> Self {
        self.hash = Some(hash);
        self.damaged()
    }

    /// What is sent contradicts itself: a refusal is a response.
    pub(crate) fn damaged(mut self) -> Self {
        self.damaged = true;
        self
    }

    /// Signs wrongly.
    pub(crate) fn sign_as(mut self, wrong: WrongSignature) -> Self {
        self.wrong_signature = Some(wrong);
        self
    }

    /// If it were carried out twice, the second response would be another: it is sent again only if the service says that
    /// it was too busy to look at it.
    pub(crate) fn carried_out_once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Asks until there is a response that will not change.
    pub(crate) async fn send(self) -> Probe<Reply> {
        let mut attempts = self.asker.client.attempts();
        loop {
            let (failure, most) = match self.once().await {
                Ok(reply) => match reply.passing(self.damaged) {
                    None => return Ok(reply),
                    Some(failure) => {
                        let internal = failure.meaning() == Meaning::Internal;
                        let most = if internal {
                            MOST_TRIES_OF_INTERNAL_ERRORS
                        } else {
                            MOST_TRIES
                        };
                        (Failure::Service(Box::new(failure)), most)
                    }
                },
                Err(failure) => (failure, MOST_TRIES),
            };
            let most = match failure.meaning() {
                Some(Meaning::Busy) => most,
                _ if self.once => 1,
                _ => most,
            };
            if attempts.failed() + 1 >= most || !attempts.again(&failure).await {
                return Err(Unknown(why(&failure)));
            }
        }
    }

    async fn once(&self) -> Result<Reply, Failure> {
        let client = &self.asker.client;
        let mut request = client.request(self.method, Some(&self.bucket), self.key.as_deref());
        for (name, value) in &self.params {
            request.param(name, value.as_deref());
        }
        for (name, value) in &self.headers {
            request.header(name, value);
        }
        if !self.body.is_empty() {
            let hash = self.hash.unwrap_or_else(|| PayloadHash::of(&self.body));
            request.body(Body::Bytes(self.body.clone()), hash);
        }
        if let Some(wrong) = self.wrong_signature {
            let signed = wrong.sign(client, &mut request).await;
            signed.map_err(Failure::Final)?;
        }
        self.asker.count();
        let mut response = client.send(request).await?;
        let mut body = BytesMut::new();
        while let Some(chunk) = response.body.chunk().await {
            body.extend_from_slice(&chunk?);
            if body.len() > RESPONSE_LIMIT_BYTES {
                return Err(Failure::Response("the response is far too long".into()));
            }
        }
        let failure = service_failure(response.status, &response.headers, &body, client.now());
        Ok(Reply::new(
            response.status,
            response.headers,
            body.freeze(),
            failure,
        ))
    }
}

/// A body in XML with its Content-MD5, which AWS wants of some requests.
pub(crate) fn with_md5(ask: Ask, body: impl Into<String>) -> Ask {
    let body = body.into();
    let digest = STANDARD.encode(Sum::of(SumKind::Md5, body.as_bytes()));
    ask.header("content-type", "application/xml")
        .header("content-md5", digest)
        .body(body)
}

/// The reason, without anything that differs from run to run.
fn why(failure: &Failure) -> String {
    match failure {
        Failure::Service(failure) => match &failure.code {
            Some(code) => format!("HTTP {} {code}", failure.status),
            None => format!("HTTP {}", failure.status),
        },
        Failure::Transport(failure) => failure.cause.clone(),
        Failure::Response(text) => text.clone(),
        Failure::Final(error) => error.to_string(),
    }
}
