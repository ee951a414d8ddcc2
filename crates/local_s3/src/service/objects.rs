//! Objects one by one: put, get, head, delete, tags.

use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http::header::{CONTENT_RANGE, ETAG};
use http::{HeaderMap, HeaderValue, StatusCode};
use s3s::dto::{Range as AskedRange, *};
use s3s::stream::{ByteStream, RemainingLength};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result, StdError, s3_error};

use super::attributes::{self, OBJECT_KEY, check_customer_key, checked_tags, customer_key};
use super::buckets::change_object;
use super::conditions::{Conditions, check_write, lists};
use super::receive::receive;
use super::{Service, check_version, checksum_headers};
use crate::front::Status;
use crate::store::content::Pieces;
use crate::store::object::{Attributes, Object as Stored, etag, now};

/// DeleteObjects takes so many keys.
const DELETE_LIMIT: usize = 1000;

/// The body of an answer: pieces of what is stored, not copied.
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

/// What of an object is asked for: GET and HEAD have the same parameters.
struct Asked<'a> {
    bucket: &'a str,
    key: &'a str,
    version_id: Option<&'a str>,
    range: Option<AskedRange>,
    part_number: Option<i32>,
    checksum_mode: bool,
    conditions: Conditions,
}

/// What of an object is answered.
struct Found {
    object: Arc<Stored>,
    range: Range<u64>,
    /// `None` if the answer is the whole object and nothing else was asked for.
    partial: Option<String>,
    headers: HeaderMap,
}

impl Service {
    fn find(&self, asked: Asked<'_>, request_headers: &HeaderMap) -> S3Result<Found> {
        let object = self.store.bucket(asked.bucket, |bucket| bucket.object(asked.key))?;
        check_version(asked.version_id)?;
        let given = customer_key(request_headers, OBJECT_KEY)?;
        check_customer_key(object.attributes.customer_key_md5.as_deref(), given.as_deref())?;
        asked.conditions.check_read(&object)?;

        let mut headers = attributes::answer_headers(&object.attributes);
        let size = object.size();
        let (range, partial) = match (asked.range, asked.part_number) {
            (Some(_), Some(_)) => {
                return Err(s3_error!(InvalidRequest, "Cannot specify both Range header and partNumber query parameter"));
            }
            (Some(range), None) => (satisfy(range, size)?, true),
            (None, Some(number)) => (part_range(&object, number)?, size > 0),
            (None, None) => (0..size, false),
        };
        let part = asked.part_number.and_then(|number| object.parts.get(usize::try_from(number).ok()?.checked_sub(1)?));
        if asked.part_number.is_some() && !object.parts.is_empty() {
            headers.insert("x-amz-mp-parts-count", object.parts.len().into());
        }
        if asked.checksum_mode {
            match part {
                Some((_, checksums)) => checksum_headers(checksums, &mut headers),
                // The checksum of the whole says nothing about a range of it.
                None if asked.range.is_none() => checksum_headers(&object.checksums, &mut headers),
                None => {}
            }
        }
        headers.extend(HeaderValue::from_str(&format!("\"{}\"", object.etag)).map(|etag| (ETAG, etag)));
        let partial = partial.then(|| format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1)));
        Ok(Found { object, range, partial, headers })
    }

    pub(super) async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        let found = self.find(
            Asked {
                bucket: &input.bucket,
                key: &input.key,
                version_id: input.version_id.as_deref(),
                range: input.range,
                part_number: input.part_number,
                checksum_mode: input.checksum_mode.is_some(),
                conditions: Conditions::of(&headers, "", input.if_modified_since, input.if_unmodified_since),
            },
            &headers,
        )?;
        if found.object.content.is_forgotten() && !found.range.is_empty() {
            return Err(s3_error!(NotImplemented, "This bucket is a sink: it keeps hashes, not contents"));
        }
        let mut answered = found.headers;
        // s3s puts these in from the query; ours would come on top.
        for (name, replaced) in [
            ("cache-control", input.response_cache_control.is_some()),
            ("content-disposition", input.response_content_disposition.is_some()),
            ("content-encoding", input.response_content_encoding.is_some()),
            ("content-language", input.response_content_language.is_some()),
            ("content-type", input.response_content_type.is_some()),
            ("expires", input.response_expires.is_some()),
        ] {
            if replaced {
                answered.remove(name);
            }
        }
        let pieces = found.object.content.pieces(found.range);
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(pieces.remaining()).ok(),
            content_range: found.partial,
            last_modified: Some(found.object.modified.into()),
            body: Some(StreamingBlob::new(Outgoing(pieces))),
            ..Default::default()
        };
        Ok(S3Response::with_headers(output, answered))
    }

    pub(super) async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        let found = self.find(
            Asked {
                bucket: &input.bucket,
                key: &input.key,
                version_id: input.version_id.as_deref(),
                range: input.range,
                part_number: input.part_number,
                checksum_mode: input.checksum_mode.is_some(),
                conditions: Conditions::of(&headers, "", input.if_modified_since, input.if_unmodified_since),
            },
            &headers,
        )?;
        let mut answered = found.headers;
        let is_partial = found.partial.is_some();
        if let Some(Ok(range)) = found.partial.map(|range| HeaderValue::from_str(&range)) {
            answered.insert(CONTENT_RANGE, range);
        }
        let output = HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            content_length: i64::try_from(found.range.end - found.range.start).ok(),
            last_modified: Some(found.object.modified.into()),
            ..Default::default()
        };
        let mut response = S3Response::with_headers(output, answered);
        if is_partial {
            response.extensions.insert(Status(StatusCode::PARTIAL_CONTENT));
        }
        Ok(response)
    }

    pub(super) async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let S3Request { input, headers, trailing_headers, .. } = request;
        let attributes = attributes::of_request(&headers)?;
        let plan = self.plan(&input.bucket)?;
        let received = receive(input.body, &headers, trailing_headers.as_ref(), plan).await?;

        let mut answered = attributes::encryption_headers(&attributes);
        checksum_headers(&received.checksums, &mut answered);
        let stored = Stored {
            etag: etag(received.md5, &attributes),
            content: received.content,
            modified: now(),
            attributes,
            checksums: received.checksums,
            parts: Vec::new(),
        };
        let e_tag = Some(ETag::Strong(stored.etag.clone()));
        self.store.change(&input.bucket, |bucket| {
            check_write(&headers, bucket.objects.get(&input.key).map(Arc::as_ref))?;
            bucket.objects.insert(input.key, Arc::new(stored));
            Ok(())
        })?;
        Ok(S3Response::with_headers(PutObjectOutput { e_tag, ..Default::default() }, answered))
    }

    pub(super) async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        check_version(input.version_id.as_deref())?;
        let if_match = headers.get("if-match").and_then(|value| value.to_str().ok());
        self.store.change(&input.bucket, |bucket| {
            if let (Some(tags), Some(object)) = (if_match, bucket.objects.get(&input.key))
                && !lists(tags, &object.etag)
            {
                return Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"));
            }
            // What is not there is as good as deleted.
            bucket.objects.remove(&input.key);
            Ok(())
        })?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    pub(super) async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let input = request.input;
        let wanted = input.delete.objects;
        if wanted.is_empty() || wanted.len() > DELETE_LIMIT {
            return Err(s3_error!(MalformedXML));
        }
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        self.store.change(&input.bucket, |bucket| {
            for one in wanted {
                if let Err(error) = check_version(one.version_id.as_deref()) {
                    errors.push(Error {
                        code: Some(error.code().as_str().to_owned()),
                        message: error.message().map(str::to_owned),
                        key: Some(one.key),
                        version_id: one.version_id,
                    });
                    continue;
                }
                bucket.objects.remove(&one.key);
                deleted.push(DeletedObject { key: Some(one.key), version_id: one.version_id, ..Default::default() });
            }
            Ok(())
        })?;
        let quiet = input.delete.quiet.unwrap_or(false);
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted).filter(|_| !quiet),
            errors: Some(errors).filter(|errors| !errors.is_empty()),
            request_charged: None,
        }))
    }

    pub(super) async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        check_version(request.input.version_id.as_deref())?;
        let object = self.store.bucket(&request.input.bucket, |bucket| bucket.object(&request.input.key))?;
        let tag = |(key, value): &(String, String)| Tag { key: Some(key.clone()), value: Some(value.clone()) };
        let tag_set = object.attributes.tags.iter().map(tag).collect();
        Ok(S3Response::new(GetObjectTaggingOutput { tag_set, version_id: None }))
    }

    pub(super) async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = request.input;
        check_version(input.version_id.as_deref())?;
        let tag = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        let tags = checked_tags(input.tagging.tag_set.into_iter().map(tag).collect())?;
        change_object(&self.store, &input.bucket, &input.key, |object| object.attributes.tags = tags)?;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }

    pub(super) async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        check_version(request.input.version_id.as_deref())?;
        let (bucket, key) = (&request.input.bucket, &request.input.key);
        change_object(&self.store, bucket, key, |object| object.attributes = Attributes { tags: Vec::new(), ..object.attributes.clone() })?;
        Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
    }
}

/// The bytes that a Range header means, or 416 naming the size.
fn satisfy(range: AskedRange, size: u64) -> S3Result<Range<u64>> {
    let satisfied = range.check(size).ok().filter(|range| !range.is_empty());
    satisfied.ok_or_else(|| {
        let mut error = s3_error!(InvalidRange, "The requested range is not satisfiable");
        error.set_headers(HeaderMap::from_iter(
            HeaderValue::from_str(&format!("bytes */{size}")).map(|value| (CONTENT_RANGE, value)),
        ));
        error
    })
}

/// The bytes of one part; an object that was not sent in parts is its only part.
fn part_range(object: &Stored, number: i32) -> S3Result<Range<u64>> {
    if !(1..=10_000).contains(&number) {
        return Err(s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"));
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
