//! Receives an object or one range of it, going on from where an attempt stopped.

use std::future::Future;
use std::ops::Range;
use std::time::{Duration, Instant};

use s3_client::client::Client;
use s3_client::failure::Failure;
use s3_client::operations::{CustomerKey, GetResponse, ObjectInfo, ReadObject, get_object};

use jiff::Timestamp;

use super::failure::FetchError;
use crate::meter::Meter;

/// Bytes that an attempt must bring before it counts as progress, so that a connection which
/// breaks now and then does not use up the attempts, and one that always breaks does.
const PROGRESS_BYTES: u64 = 256 * 1024;

/// With fewer requests under way, more of them may bring more.
const FEW_REQUESTS: usize = 16;

/// A connection is slow if after this time the rest will take so long, and so many times as long.
/// What came is fetched again, so it must be little.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const LONG_REST_S: f64 = 5.0;
const LONG_REST_TIMES: f64 = 10.0;

/// Whether the rest of the bytes takes long at the rate seen so far.
fn is_slow(elapsed: Duration, received: u64, left: u64) -> bool {
    let elapsed_s = elapsed.as_secs_f64();
    let left_s = elapsed_s * left as f64 / received.max(1) as f64;
    elapsed >= FIRST_LOOK && left_s > LONG_REST_S.max(elapsed_s * LONG_REST_TIMES)
}

/// Whether the rest of an object can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ranges {
    /// Yes.
    Work,
    /// No, the service ignores ranges: an object begins again.
    Ignored,
}

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
    /// Whether the service sends ranges.
    pub(super) ranges: Ranges,
    /// Whether to give up if ranges side by side would be faster.
    pub(super) may_be_split: bool,
    /// The bytes wanted.
    pub(super) range: &'a Range<u64>,
    /// Whether the range is the whole object: asked for without a range, so that the response
    /// carries the checksums of the whole.
    pub(super) whole: bool,
}

/// Takes in the bytes of responses, in order.
pub(super) trait Sink: Send {
    /// The next byte is the first one: what came before is forgotten.
    fn begin(&mut self, info: &ObjectInfo) -> impl Future<Output = Result<(), FetchError>> + Send;

    /// The next bytes.
    fn push(&mut self, chunk: &[u8]) -> impl Future<Output = Result<(), FetchError>> + Send;
}

/// What came so far.
#[derive(Default)]
struct SoFar {
    /// What the first response said.
    first: Option<ObjectInfo>,
    bytes: u64,
}

/// Receives the range, and returns what the first response said of the object. Every response is
/// held to the ETag. What came before a connection broke is kept, where the rest can be asked for.
pub(super) async fn receive(
    client: &Client,
    request: &RangeRequest<'_>,
    meter: &Meter,
    sink: &mut impl Sink,
) -> Result<ObjectInfo, FetchError> {
    let subject = format!("s3://{}/{}", request.bucket, request.key);
    let mut attempts = client.attempts().about(subject);
    let mut so_far = SoFar::default();
    loop {
        let before = so_far.bytes;
        let failure = match attempt(client, request, &mut so_far, meter, sink).await {
            Ok(info) => return Ok(info),
            Err(FetchError::Failed(failure)) => failure,
            Err(trouble) => return Err(trouble),
        };
        let has_etag = |info: &ObjectInfo| info.etag.is_some();
        // Without an ETag nothing would tell whether the rest is of the same content.
        let goes_on = request.ranges == Ranges::Work && so_far.first.as_ref().is_some_and(has_etag);
        if request.whole && !goes_on {
            so_far = SoFar::default();
            meter.take_back();
        } else if so_far.bytes >= before + PROGRESS_BYTES {
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
    let get = ReadObject {
        bucket: request.bucket,
        key: request.key,
        range,
        if_match: request.etag,
        checksum_mode: request.whole,
        customer_key: request.customer_key,
        version_id: request.version_id,
        size: request.whole.then_some(wanted),
        part_number: None,
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
    so_far: &mut SoFar,
    meter: &Meter,
    sink: &mut impl Sink,
) -> Result<ObjectInfo, FetchError> {
    let wanted = request.range.end - request.range.start;
    let rest = request.range.start + so_far.bytes..request.range.end;
    let asked = (!request.whole || so_far.bytes > 0).then(|| rest.clone());
    let response = begin(client, request, asked, so_far.first.as_ref()).await?;
    if response.range.is_some_and(|sent| sent != rest) {
        if !request.whole {
            return Err(FetchError::NoRanges);
        }
        // What came before the connection broke comes again.
        so_far.bytes = 0;
        meter.take_back();
    }
    let info = so_far.first.get_or_insert(response.info).clone();
    if so_far.bytes == 0 {
        sink.begin(&info).await?;
    }
    let mut body = response.body;
    let began = Instant::now();
    let before = so_far.bytes;
    while let Some(chunk) = body.chunk().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            // Only the end of the response is missing: there is no range left to ask for.
            Err(_) if so_far.bytes == wanted => break,
            Err(error) => return Err(FetchError::Failed(error.into())),
        };
        let length = chunk.len() as u64;
        if so_far.bytes + length > wanted {
            return Err(FetchError::Failed(Failure::Response(
                "more bytes than asked for".into(),
            )));
        }
        so_far.bytes += length;
        meter.add(length);
        sink.push(&chunk).await?;
        if request.may_be_split {
            let (received, left) = (so_far.bytes - before, wanted - so_far.bytes);
            if is_slow(began.elapsed(), received, left)
                && client.requests_under_way() < FEW_REQUESTS
            {
                return Err(FetchError::Slow);
            }
        }
    }
    if so_far.bytes == wanted {
        return Ok(info);
    }
    let cause = format!("the response has only {} of {wanted} bytes", so_far.bytes);
    Err(FetchError::Failed(Failure::Response(cause)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_slow_if_the_rest_takes_long_and_what_came_is_little() {
        let mib = 1 << 20;
        for (elapsed_ms, received, left, slow) in [
            (600, mib, 20 * mib, true),
            (600, mib, 5 * mib, false),
            (400, mib, 200 * mib, false),
            (5_000, 10 * mib, 50 * mib, false),
            (600, 0, mib, true),
        ] {
            let elapsed = Duration::from_millis(elapsed_ms);
            assert_eq!(is_slow(elapsed, received, left), slow, "{received} {left}");
        }
    }
}
