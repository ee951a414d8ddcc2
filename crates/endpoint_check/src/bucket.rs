//! The bucket of the probes, and how they send requests to it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{ListObjects, ListPage, list_objects};
use tokio::sync::OnceCell;

use crate::finding::{Finding, ProbeResult, Verdict};
use crate::response::refusal;

/// The most attempts for a request: enough for a busy service, and few enough for a quick check.
const MOST_TRIES: u32 = 6;

/// After an internal error the service will most likely fail again in the same way.
const MOST_TRIES_OF_INTERNAL_ERRORS: u32 = 3;

/// The bucket, and state that several probes share.
#[derive(Debug)]
pub(crate) struct TestBucket {
    pub(crate) client: Client,
    pub(crate) name: String,
    requests: AtomicU64,
    /// Set when the keys for the probes of listings are stored.
    pub(crate) keys_to_list: OnceCell<ProbeResult<()>>,
    /// Set when the object of three parts is stored.
    pub(crate) three_parts: OnceCell<ProbeResult<()>>,
    /// Set when the bucket keeps versions.
    pub(crate) versioning: OnceCell<ProbeResult>,
}

impl TestBucket {
    pub(crate) fn new(client: &Client, name: &str) -> Self {
        Self {
            client: client.clone(),
            name: name.to_owned(),
            requests: AtomicU64::new(0),
            keys_to_list: OnceCell::new(),
            three_parts: OnceCell::new(),
            versioning: OnceCell::new(),
        }
    }

    /// The number of requests sent so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Counts a request that is about to be sent.
    pub(crate) fn count(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// One page of a listing, as the programs read it.
    pub(crate) async fn list(&self, list: ListObjects<'_>) -> ProbeResult<ListPage> {
        self.try_often(|| list_objects(&self.client, &list)).await
    }

    /// The first page of the keys that begin with this prefix.
    pub(crate) fn under<'a>(&'a self, prefix: &'a str) -> ListObjects<'a> {
        ListObjects {
            bucket: &self.name,
            prefix,
            delimiter: None,
            start_after: None,
            token: None,
            max_keys: 1000,
        }
    }

    /// Tries a request until it gets a final response. If a temporary failure (5xx, a broken connection, damaged
    /// bytes) does not end, the finding is unknown.
    pub(crate) async fn try_often<T, F>(&self, mut attempt: impl FnMut() -> F) -> ProbeResult<T>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let mut attempts = self.client.attempts();
        loop {
            self.count();
            let failure = match attempt().await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let most = match failure.meaning() {
                Some(Meaning::Busy) => MOST_TRIES,
                Some(Meaning::Internal) => MOST_TRIES_OF_INTERNAL_ERRORS,
                _ => MOST_TRIES,
            };
            if attempts.failed() + 1 >= most || !attempts.again(&failure).await {
                return Err(finding_of(&failure));
            }
        }
    }
}

/// The finding for a failure. Its text is the same in every run.
fn finding_of(failure: &Failure) -> Finding {
    match failure {
        Failure::Service(failure) => {
            let said = refusal(failure.status, failure.code.as_deref());
            if failure.retryable() {
                Finding::unknown(format!("HTTP {said}"))
            } else {
                Finding::new(Verdict::Refused, said)
            }
        }
        Failure::Transport { cause, .. } => Finding::unknown(cause),
        Failure::Response(text) => Finding::unknown(text),
        Failure::Final(error) => Finding::unknown(error.to_string()),
    }
}
