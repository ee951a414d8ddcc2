//! Writes, deletes and tags objects.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::attributes;
use super::conditions::check_write;
use super::customer_key::encryption_headers;
use super::receive::receive;
use super::{Service, checksum_headers, version_header};
use crate::store::object::{Object as Stored, etag};

/// The most keys in one DeleteObjects request.
const DELETE_LIMIT: usize = 1000;

impl Service {
    pub(super) async fn put_object(
        &self,
        request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        let attributes = attributes::of_request(&headers)?;
        self.check_bucket(&input.bucket)?;
        let received = receive(input.body, &headers, self.default_checksum()).await?;

        let mut response_headers = encryption_headers(&attributes);
        checksum_headers(&received.checksums, &mut response_headers);
        let stored = Stored {
            etag: etag(received.md5, &attributes),
            content: received.content,
            modified: self.store.now(),
            attributes,
            checksums: received.checksums,
            parts: Vec::new(),
            restore: None,
        };
        let e_tag = Some(ETag::Strong(stored.etag.clone()));
        let version_id = self.store.change(&input.bucket, |bucket| {
            check_write(&headers, bucket.current(&input.key).map(Arc::as_ref))?;
            Ok(bucket.insert(input.key, Arc::new(stored)))
        })?;
        version_header(version_id.as_deref(), &mut response_headers);
        Ok(S3Response::with_headers(
            PutObjectOutput {
                e_tag,
                ..Default::default()
            },
            response_headers,
        ))
    }

    pub(super) async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = request.input;
        let now = self.store.now();
        let deleted = self.store.change(&input.bucket, |bucket| {
            bucket.delete(&input.key, input.version_id.as_deref(), now)
        })?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: deleted.marker.then_some(true),
            version_id: deleted.version_id,
            request_charged: None,
        }))
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
        let now = self.store.now();
        self.store.change(&input.bucket, |bucket| {
            for one in wanted {
                match bucket.delete(&one.key, one.version_id.as_deref(), now) {
                    Ok(done) => deleted.push(DeletedObject {
                        delete_marker: done.marker.then_some(true),
                        delete_marker_version_id: done.version_id.filter(|_| done.marker),
                        key: Some(one.key),
                        version_id: one.version_id,
                    }),
                    Err(error) => errors.push(Error {
                        code: Some(error.code().as_str().to_owned()),
                        message: error.message().map(str::to_owned),
                        key: Some(one.key),
                        version_id: one.version_id,
                    }),
                }
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
        let input = request.input;
        let found = self.store.bucket(&input.bucket, |bucket| {
            bucket.find(&input.key, input.version_id.as_deref())
        })?;
        let tag = |(key, value): &(String, String)| Tag {
            key: Some(key.clone()),
            value: Some(value.clone()),
        };
        let tag_set = found.object.attributes.tags.iter().map(tag).collect();
        Ok(S3Response::new(GetObjectTaggingOutput {
            tag_set,
            version_id: found.version_id,
        }))
    }
}
