//! Changing objects one by one: put, delete, tags.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::attributes::{self, checked_tags};
use super::buckets::change_object;
use super::conditions::{check_write, lists};
use super::customer_key::encryption_headers;
use super::receive::receive;
use super::{Service, check_version, checksum_headers};
use crate::store::object::{Attributes, Object as Stored, etag, now};

/// DeleteObjects takes so many keys.
const DELETE_LIMIT: usize = 1000;

impl Service {
    pub(super) async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let S3Request {
            input,
            headers,
            trailing_headers,
            ..
        } = request;
        let attributes = attributes::of_request(&headers)?;
        let plan = self.plan(&input.bucket)?;
        let received = receive(input.body, &headers, trailing_headers.as_ref(), plan).await?;

        let mut answered = encryption_headers(&attributes);
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
        Ok(S3Response::with_headers(
            PutObjectOutput {
                e_tag,
                ..Default::default()
            },
            answered,
        ))
    }

    pub(super) async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        check_version(input.version_id.as_deref())?;
        let if_match = headers
            .get("if-match")
            .and_then(|value| value.to_str().ok());
        self.store.change(&input.bucket, |bucket| {
            if let (Some(tags), Some(object)) = (if_match, bucket.objects.get(&input.key))
                && !lists(tags, &object.etag)
            {
                return Err(s3_error!(
                    PreconditionFailed,
                    "At least one of the pre-conditions you specified did not hold"
                ));
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
                deleted.push(DeletedObject {
                    key: Some(one.key),
                    version_id: one.version_id,
                    ..Default::default()
                });
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
        let object = self.store.bucket(&request.input.bucket, |bucket| {
            bucket.object(&request.input.key)
        })?;
        let tag = |(key, value): &(String, String)| Tag {
            key: Some(key.clone()),
            value: Some(value.clone()),
        };
        let tag_set = object.attributes.tags.iter().map(tag).collect();
        Ok(S3Response::new(GetObjectTaggingOutput {
            tag_set,
            version_id: None,
        }))
    }

    pub(super) async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let input = request.input;
        check_version(input.version_id.as_deref())?;
        let tag = |tag: Tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        let tags = checked_tags(input.tagging.tag_set.into_iter().map(tag).collect())?;
        change_object(&self.store, &input.bucket, &input.key, |object| {
            object.attributes.tags = tags
        })?;
        Ok(S3Response::new(PutObjectTaggingOutput::default()))
    }

    pub(super) async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        check_version(request.input.version_id.as_deref())?;
        let (bucket, key) = (&request.input.bucket, &request.input.key);
        change_object(&self.store, bucket, key, |object| {
            object.attributes = Attributes {
                tags: Vec::new(),
                ..object.attributes.clone()
            }
        })?;
        Ok(S3Response::new(DeleteObjectTaggingOutput::default()))
    }
}
