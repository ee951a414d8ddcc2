//! Receives one range of an object into memory, going on from where an attempt stopped.

use std::ops::Range;

use bytes::Bytes;
use s3_client::client::Client;
use s3_client::failure::Failure;
use s3_client::operations::{CustomerKey, GetObject, GetResponse, ObjectInfo, get_object};

use jiff::Timestamp;

use super::failure::FetchError;
use crate::meter::Meter;

/// Bytes that an attempt must bring before it counts as progress, so that a connection which
/// breaks now and then does not use up the attempts, and one that always breaks does.
pub(super) const PROGRESS_BYTES: u64 = 256 * 1024;

/// What is asked for, and that it must not have changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct RangeRequest<'a> {
    /// The bucket.
    pub(super) bucket: &'a str,
    /// The key.
    pub(super) key: &'a str,
    /// The version, if not the current one.
    pub(super) version_id: Option<&'a str>,
    /// The ETag first seen; every response must show it.
    pub(super) etag: Option<&'a str>,
    /// When it was last written: the only way to notice a change without an ETag.
    pub(super) modified: Option<Timestamp>,
    /// The customer key.
    pub(super) customer_key: Option<&'a CustomerKey>,
    /// The bytes wanted.
    pub(super) range: &'a Range<u64>,
    /// Whether the range is the whole object: asked for without a range, so that the response
    /// carries the checksums of the whole.
    pub(super) whole: bool,
}

/// The bytes, and what the first response said of the object.
#[derive(Debug)]
pub(super) struct Received {
    /// As they came; together exactly the range.
    pub(super) chunks: Vec<Bytes>,
    /// The headers of the first response.
    pub(super) info: ObjectInfo,
}

/// Receives the range. Every response is held to the ETag; what came before a connection broke
/// is kept.
pub(super) async fn receive(
    client: &Client,
    request: &RangeRequest<'_>,
    meter: &Meter,
) -> Result<Received, FetchError> {
    let subject = format!("s3://{}/{}", request.bucket, request.key);
    let mut attempts = client.attempts().about(subject);
    let mut chunks = Vec::new();
    let mut first: Option<ObjectInfo> = None;
    let mut have = 0_u64;
    loop {
        let before = have;
        let outcome = attempt(client, request, &mut first, &mut chunks, &mut have, meter).await;
        let error = match (outcome, first.take()) {
            (Ok(()), Some(info)) => return Ok(Received { chunks, info }),
            (Ok(()), None) => {
                FetchError::Failed(Failure::Response("a response without headers".into()))
            }
            (Err(error), info) => {
                first = info;
                error
            }
        };
        let FetchError::Failed(failure) = error else {
            return Err(error);
        };
        if have - before.min(have) >= PROGRESS_BYTES {
            attempts.progressed();
        }
        if !attempts.again(&failure).await {
            return Err(FetchError::Failed(failure));
        }
    }
}

/// Asks for a range, or for the whole object, and holds the response to what was seen first.
pub(super) async fn begin(
    client: &Client,
    request: &RangeRequest<'_>,
    range: Option<Range<u64>>,
    first: Option<&ObjectInfo>,
) -> Result<GetResponse, FetchError> {
    let wanted = request.range.end - request.range.start;
    let get = GetObject {
        bucket: request.bucket,
        key: request.key,
        range,
        if_match: request.etag,
        checksum_mode: request.whole,
        customer_key: request.customer_key,
        version_id: request.version_id,
        size: request.whole.then_some(wanted),
    };
    let response = get_object(client, &get).await.map_err(|failure| {
        if failure.is_changed() {
            FetchError::Changed
        } else {
            FetchError::Failed(failure)
        }
    })?;
    let now = &response.info;
    let etag = request
        .etag
        .or_else(|| first.and_then(|info| info.etag.as_deref()));
    let modified = request
        .modified
        .or_else(|| first.and_then(|info| info.last_modified));
    match (etag, now.etag.as_deref(), modified, now.last_modified) {
        (Some(then), Some(now), ..) if then != now => return Err(FetchError::Changed),
        // Without an ETag the time is all that tells one content from another.
        (_, None, Some(then), Some(now)) if then.as_second() != now.as_second() => {
            return Err(FetchError::Changed);
        }
        (Some(_), None, _, None) | (_, None, Some(_), None) => {
            let cause = "the response has neither ETag nor Last-Modified, so it is not the object";
            return Err(FetchError::Failed(Failure::Response(cause.into())));
        }
        _ => {}
    }
    if request.whole && now.size != wanted {
        return Err(FetchError::Changed);
    }
    Ok(response)
}

async fn attempt(
    client: &Client,
    request: &RangeRequest<'_>,
    first: &mut Option<ObjectInfo>,
    chunks: &mut Vec<Bytes>,
    have: &mut u64,
    meter: &Meter,
) -> Result<(), FetchError> {
    let wanted = request.range.end - request.range.start;
    let rest = request.range.start + *have..request.range.end;
    let range = if request.whole && *have == 0 {
        None
    } else {
        Some(rest.clone())
    };
    let response = begin(client, request, range, first.as_ref()).await?;
    if response.range.is_some_and(|sent| sent != rest) {
        if !request.whole {
            return Err(FetchError::NoRanges);
        }
        // What came before the connection broke comes again.
        chunks.clear();
        *have = 0;
        meter.take_back();
    }
    if first.is_none() {
        *first = Some(response.info);
    }
    let mut body = response.body;
    while let Some(chunk) = body.chunk().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            // Only the end of the response is missing: there is no range left to ask for.
            Err(_) if *have == wanted => break,
            Err(error) => return Err(FetchError::Failed(error.into())),
        };
        let length = chunk.len() as u64;
        if *have + length > wanted {
            return Err(FetchError::Failed(Failure::Response(
                "more bytes than asked for".into(),
            )));
        }
        *have += length;
        meter.add(length);
        chunks.push(chunk);
    }
    if *have == wanted {
        Ok(())
    } else {
        let cause = format!("the response has only {have} of {wanted} bytes");
        Err(FetchError::Failed(Failure::Response(cause)))
    }
}
