//! rusoto's generated client over our transport: the adapter, and the guard that keeps its XML
//! parser from spinning on cut-off answers or taking an error for an empty success.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::HeaderMap;
use jiff::Timestamp;
use rusoto_core::request::{
    DispatchSignedRequest, DispatchSignedRequestFuture, HttpDispatchError, HttpResponse,
};
use rusoto_core::signature::{SignedRequest, SignedRequestPayload};
use rusoto_core::{ByteStream, RusotoError};
use rusoto_s3::S3Client;

use crate::client::Client;
use crate::failure::Failure;
use crate::http::{Answer, Body};
use crate::request::Request;
use crate::s3::service_failure;
use crate::sign::PayloadHash;

/// Answers to cold operations are XML; a listing page is below 1 MiB.
const ANSWER_LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// Headers that rusoto sets for its own signer, or that we set ourselves.
const OURS: [&str; 7] = [
    "authorization",
    "content-length",
    "host",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
];

tokio::task_local! {
    /// What really went wrong: rusoto's error types have room for a text only.
    static CAUSE: Arc<Mutex<Option<Failure>>>;
}

impl Client {
    /// Runs an operation of [`Client::sdk`], once, and returns the whole error instead of what
    /// rusoto makes of it: `client.cold(client.sdk().list_buckets())`.
    ///
    /// # Errors
    /// As the functions in [`crate::s3`].
    pub async fn cold<T, E: std::error::Error + 'static>(
        &self,
        operation: impl Future<Output = Result<T, RusotoError<E>>>,
    ) -> Result<T, Failure> {
        let cause = Arc::new(Mutex::new(None));
        let result = CAUSE.scope(Arc::clone(&cause), operation).await;
        let cause = cause.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (result, cause) {
            (Ok(done), None) => Ok(done),
            (_, Some(cause)) => Err(cause),
            (Err(error), None) => Err(Failure::Answer(format!(
                "the answer could not be understood: {error}"
            ))),
        }
    }
}

/// The generated client, unsigned: the signature is made below it.
pub(crate) fn client(client: &Client) -> S3Client {
    let region = client.route().rusoto_region().clone();
    // The S3 client lives inside our client and must not keep it alive.
    let core = rusoto_core::Client::new_not_signing(Adapter(Box::new(client.weak())));
    S3Client::new_with_client(core, region)
}

struct Adapter(Box<dyn Fn() -> Option<Client> + Send + Sync>);

impl DispatchSignedRequest for Adapter {
    fn dispatch(
        &self,
        request: SignedRequest,
        _timeout: Option<Duration>,
    ) -> DispatchSignedRequestFuture {
        let client = (self.0)();
        Box::pin(async move {
            let Some(client) = client else {
                return Err(HttpDispatchError::new("the client is gone".to_owned()));
            };
            match guarded(&client, request).await {
                Ok(response) => Ok(response),
                Err(cause) => {
                    // Outside of `cold` there is nobody to hear the details.
                    let _ = CAUSE.try_with(|slot| {
                        *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(cause);
                    });
                    Err(HttpDispatchError::new("see the cause".to_owned()))
                }
            }
        })
    }
}

async fn guarded(client: &Client, request: SignedRequest) -> Result<HttpResponse, Failure> {
    let request = adopt(client, request).await?;
    let wants_body = request.signed.method != "HEAD";
    let Answer {
        status,
        headers,
        body,
    } = client.send(request).await?;
    let body = body.collect(ANSWER_LIMIT_BYTES).await?;
    if !(200..300).contains(&status) || root_element(&body).as_deref() == Some("Error") {
        let failure = service_failure(status, &headers, &body, Timestamp::now());
        return Err(Failure::Service(Box::new(failure)));
    }
    if wants_body && !body.is_empty() && is_xml(&headers, &body) {
        check_xml(&body).map_err(Failure::Answer)?;
    }
    into_rusoto(status, &headers, body)
}

/// Takes over a request that rusoto made: its path is `/bucket/key`, whatever our addressing.
async fn adopt(client: &Client, from: SignedRequest) -> Result<Request, Failure> {
    let path = from.path.strip_prefix('/').unwrap_or(&from.path);
    let (bucket, key) = match path.split_once('/') {
        Some((bucket, key)) => (Some(bucket), Some(key)),
        None => (Some(path).filter(|bucket| !bucket.is_empty()), None),
    };
    let mut request = client.request(&from.method, bucket, key);
    request.signed.params = from.params;
    request.signed.headers = from
        .headers
        .into_iter()
        .filter(|(name, _)| !OURS.contains(&name.as_str()))
        .collect();
    let body = match from.payload {
        None => Bytes::new(),
        Some(SignedRequestPayload::Buffer(bytes)) => bytes,
        Some(SignedRequestPayload::Stream(stream)) => read_all(stream).await?,
    };
    let hash = PayloadHash::of(&body);
    request.body(Body::Bytes(body), hash);
    Ok(request)
}

async fn read_all(mut stream: ByteStream) -> Result<Bytes, Failure> {
    let mut all = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| {
            Failure::Final(crate::Error::io("read", "the request body", &error))
        })?;
        all.extend_from_slice(&chunk);
    }
    Ok(all.freeze())
}

fn into_rusoto(status: u16, from: &HeaderMap, body: Bytes) -> Result<HttpResponse, Failure> {
    let status = http02::StatusCode::from_u16(status)
        .map_err(|_| Failure::Answer(format!("the answer has the status {status}")))?;
    let mut headers = http02::HeaderMap::with_capacity(from.len());
    for name in from.keys() {
        let value = crate::http::header_text(from, name.as_str()).unwrap_or_default();
        if let Ok(name) = http02::header::HeaderName::from_bytes(name.as_str().as_bytes()) {
            headers.insert(name, value.into_owned());
        }
    }
    Ok(HttpResponse {
        status,
        headers,
        body: ByteStream::from(body.to_vec()),
    })
}

fn is_xml(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = crate::http::header_text(headers, "content-type");
    declared.is_some_and(|kind| kind.contains("xml") || kind.contains("html"))
        || body.trim_ascii_start().starts_with(b"<")
}

/// Refuses what rusoto's parser would hang on (XML that is cut off) or misread (a web page).
fn check_xml(body: &[u8]) -> Result<(), String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(body);
    let (mut depth, mut seen) = (0_u32, false);
    loop {
        match reader.read_event() {
            Err(error) => return Err(format!("the answer is not XML: {error}")),
            Ok(Event::Start(tag)) => {
                if !seen && tag.local_name().as_ref().eq_ignore_ascii_case("html") {
                    return Err("the answer is a web page".to_owned());
                }
                seen = true;
                depth = depth.saturating_add(1);
            }
            Ok(Event::Empty(_)) => seen = true,
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) if depth > 0 => return Err("the answer is cut off".to_owned()),
            Ok(Event::Eof) if !seen => return Err("the answer is empty".to_owned()),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
        }
    }
}

fn root_element(body: &[u8]) -> Option<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(body);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                return Some(tag.local_name().as_ref().to_owned());
            }
            Err(_) | Ok(Event::Eof) => return None,
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_off_xml_web_pages_and_nothing_are_refused() {
        assert_eq!(check_xml(b"<?xml version=\"1.0\"?><A><B>x</B></A>"), Ok(()));
        assert_eq!(
            check_xml(b"<A><B>x</B>"),
            Err("the answer is cut off".into())
        );
        assert_eq!(check_xml(b"  "), Err("the answer is empty".into()));
        assert_eq!(
            check_xml(b"<!DOCTYPE html><html><body></body></html>"),
            Err("the answer is a web page".into())
        );
        assert!(check_xml(b"<A></B>").is_err());
    }

    #[test]
    fn an_error_is_known_by_its_root_element() {
        let body = b"<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code></Error>";
        assert_eq!(root_element(body).as_deref(), Some("Error"));
        assert_eq!(root_element(b"plain text"), None);
    }
}
