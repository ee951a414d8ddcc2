//! Reading an object: GET and HEAD, whole, by range and by part.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http::header::{CONTENT_RANGE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::dto::{Range as RangeHeader, *};
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, StdError, s3_error};

use super::attributes;
use super::conditions::check_read;
use super::customer_key::{check_customer_key, customer_key};
use super::{Service, checksum_headers, version_header};
use crate::beyond_s3s::Status;
use crate::store::content::Pieces;
use crate::store::object::Object as Stored;

/// The body of a response: the stored pieces, without a copy.
struct Outgoing(Pieces);

impl Stream for Outgoing {
    type Item = Result<Bytes, StdError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.next().map(Ok))
    }
}

impl ByteStream for Outgoing {
    fn remaining_length(&self) -> RemainingLength {
        RemainingLength::new_exact(usize::try_from(self.0.remaining()).unwrap_or(usize::MAX))
    }
}

/// The object and what the response says about it.
struct Found {
    object: Arc<Stored>,
    range: Range<u64>,
    /// `Content-Range`; `None` if the whole object was requested.
    partial: Option<String>,
    headers: HeaderMap,
}

impl Service {
    /// Finds the object, version, range or part. HEAD has the same parameters as GET. Only GET returns the content, which
    /// archived objects lack.
    fn find(
        &self,
        asked: &GetObjectInput,
        request_headers: &HeaderMap,
        returns_content: bool,
    ) -> S3Result<Found> {
        let crate::store::bucket::Found { object, version_id } =
            self.store.bucket(&asked.bucket, |bucket| {
                bucket.find(&asked.key, asked.version_id.as_deref())
            })?;
        let given = customer_key(request_headers)?;
        check_customer_key(
            object.attributes.customer_key_md5.as_deref(),
            given.as_deref(),
        )?;
        check_read(request_headers, &object)?;

        let now = self.store.now();
        if returns_content {
            object.check_readable(now)?;
        }
        let mut headers = attributes::response_headers(&object.attributes);
        version_header(version_id.as_deref(), &mut headers);
        object.describe_restore(now, &mut headers);
        let size = object.size();
        let (range, partial) = match (asked.range, asked.part_number) {
            (Some(_), Some(_)) => {
                return Err(s3_error!(
                    InvalidRequest,
                    "Cannot specify both Range header and partNumber query parameter"
                ));
            }
            (Some(range), None) => (satisfy(range, size)?, true),
            (None, Some(number)) => (part_range(&object, number)?, size > 0),
            (None, None) => (0..size, false),
        };
        let part = asked.part_number.and_then(|number| {
            object
                .parts
                .get(usize::try_from(number).ok()?.checked_sub(1)?)
        });
        if asked.part_number.is_some() && !object.parts.is_empty() {
            headers.insert("x-amz-mp-parts-count", object.parts.len().into());
        }
        if asked.checksum_mode.is_some() {
            match part {
                Some((_, checksums)) => checksum_headers(checksums, &mut headers),
                // The checksum of the whole object does not fit a range of it.
                None if asked.range.is_none() => checksum_headers(&object.checksums, &mut headers),
                None => {}
            }
        }
        headers.extend(
            HeaderValue::from_str(&format!("\"{}\"", object.etag)).map(|etag| (ETAG, etag)),
        );
        let partial = partial.then(|| {
            format!(
                "bytes {}-{}/{size}",
                range.start,
                range.end.saturating_sub(1)
            )
        });
        Ok(Found {
            object,
            range,
            partial,
            headers,
        })
    }

    pub(super) async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        let found = self.find(&input, &headers, true)?;
        let pieces = found.object.content.pieces(found.range);
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(pieces.remaining()).ok(),
            content_range: found.partial,
            last_modified: Some(found.object.modified.into()),
            body: Some(StreamingBlob::new(Outgoing(pieces))),
            ..Default::default()
        };
        Ok(S3Response::with_headers(output, found.headers))
    }

    pub(super) async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        let input = GetObjectInput {
            bucket: input.bucket,
            key: input.key,
            version_id: input.version_id,
            range: input.range,
            part_number: input.part_number,
            checksum_mode: input.checksum_mode,
            ..Default::default()
        };
        let found = self.find(&input, &headers, false)?;
        let mut response_headers = found.headers;
        let is_partial = found.partial.is_some();
        if let Some(Ok(range)) = found.partial.map(|range| HeaderValue::from_str(&range)) {
            response_headers.insert(CONTENT_RANGE, range);
        }
        let output = HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(found.range.end - found.range.start).ok(),
            last_modified: Some(found.object.modified.into()),
            ..Default::default()
        };
        let mut response = S3Response::with_headers(output, response_headers);
        if is_partial {
            response
                .extensions
                .insert(Status(StatusCode::PARTIAL_CONTENT));
        }
        Ok(response)
    }
}

/// The bytes that a Range header requests, or the error 416 with the size.
fn satisfy(range: RangeHeader, size: u64) -> S3Result<Range<u64>> {
    let satisfied = range.check(size).ok().filter(|range| !range.is_empty());
    satisfied.ok_or_else(|| {
        let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
        error.set_headers(HeaderMap::from_iter(
            HeaderValue::from_str(&format!("bytes */{size}")).map(|value| (CONTENT_RANGE, value)),
        ));
        error
    })
}

/// The bytes of one part. An object that was sent whole counts as one part.
fn part_range(object: &Stored, number: i32) -> S3Result<Range<u64>> {
    if !(1..=10_000).contains(&number) {
        return Err(s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        ));
    }
    if object.parts.is_empty() && number == 1 {
        return Ok(0..object.size());
    }
    let mut start = 0;
    for (index, (size, _)) in object.parts.iter().enumerate() {
        if i32::try_from(index + 1).is_ok_and(|found| found == number) {
            return Ok(start..start + size);
        }
        start += size;
    }
    let code = S3ErrorCode::Custom("InvalidPartNumber".into());
    let mut error = S3Error::with_message(code, "The requested partnumber is not satisfiable");
    error.set_status_code(StatusCode::RANGE_NOT_SATISFIABLE);
    Err(error)
}
