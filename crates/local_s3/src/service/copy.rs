//! CopyObject and UploadPartCopy: bytes that are here already.

use std::ops::Range;
use std::sync::Arc;

use http::HeaderMap;
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::attributes;
use super::conditions::{Conditions, check_write};
use super::copied::{NOT_METADATA, checksums, copied, merged};
use super::customer_key::{
    OBJECT_KEY, SOURCE_KEY, check_customer_key, customer_key, encryption_headers,
};
use super::{Service, set_checksums, version_header};
use crate::store::bucket::Found;
use crate::store::checksum::Algorithm;
use crate::store::content::Content;
use crate::store::object::{Part, etag};

impl Service {
    /// The object that a copy names, if it may be read by the conditions and key given.
    fn source(
        &self,
        source: &CopySource,
        headers: &HeaderMap,
        conditions: &Conditions,
    ) -> S3Result<Found> {
        let CopySource::Bucket {
            bucket,
            key,
            version_id,
        } = source
        else {
            return Err(s3_error!(
                NotImplemented,
                "Only a bucket and a key can be the source of a copy here"
            ));
        };
        let found = self
            .store
            .bucket(bucket, |bucket| bucket.find(key, version_id.as_deref()))?;
        let object = &found.object;
        let given = customer_key(headers, SOURCE_KEY)?;
        check_customer_key(
            object.attributes.customer_key_md5.as_deref(),
            given.as_deref(),
        )?;
        conditions.check_source(object)?;
        object.check_readable(self.store.now())?;
        Ok(found)
    }

    pub(super) async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let S3Request { input, headers, .. } = request;
        let replaces = input
            .metadata_directive
            .as_ref()
            .is_some_and(|directive| directive.as_str() == "REPLACE");
        let replaces_tags = input
            .tagging_directive
            .as_ref()
            .is_some_and(|directive| directive.as_str() == "REPLACE");
        let modified = input.copy_source_if_modified_since;
        let conditions = Conditions::of(
            &headers,
            "x-amz-copy-source-",
            modified,
            input.copy_source_if_unmodified_since,
        );
        let found = self.source(&input.copy_source, &headers, &conditions)?;
        let source = &found.object;
        let given = attributes::of_request(&headers)?;
        let onto_itself = matches!(&input.copy_source, CopySource::Bucket { bucket, key, version_id: None }
            if **bucket == *input.bucket && **key == *input.key);
        let changes = replaces
            || NOT_METADATA.iter().any(|name| headers.contains_key(*name))
            || given.customer_key_md5.is_some();
        if onto_itself && !changes {
            let text = "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.";
            return Err(s3_error!(InvalidRequest, "{text}"));
        }

        let attributes = merged(&source.attributes, given, replaces, replaces_tags);
        let asked = input
            .checksum_algorithm
            .as_ref()
            .and_then(|name| Algorithm::from_name(name.as_str()));
        let forget = self.plan(&input.bucket)?.forget;
        let copy = copied(source, attributes, asked, forget, self.store.now());
        let mut result = CopyObjectResult {
            e_tag: Some(ETag::Strong(copy.etag.clone())),
            last_modified: Some(copy.modified.into()),
            checksum_type: copy
                .checksums
                .first()
                .map(|checksum| ChecksumType::from_static(checksum.kind())),
            ..Default::default()
        };
        set_checksums!(result, &copy.checksums);
        let mut answered = encryption_headers(&copy.attributes);
        let version_id = self.store.change(&input.bucket, |bucket| {
            check_write(&headers, bucket.current(&input.key).map(Arc::as_ref))?;
            Ok(bucket.insert(input.key, Arc::new(copy)))
        })?;
        version_header(version_id.as_deref(), &mut answered);
        let output = CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id: found.version_id,
            ..Default::default()
        };
        Ok(S3Response::with_headers(output, answered))
    }

    pub(super) async fn upload_part_copy(
        &self,
        request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let S3Request { input, headers, .. } = request;
        let number = super::multipart::part_number(input.part_number)?;
        let modified = input.copy_source_if_modified_since;
        let conditions = Conditions::of(
            &headers,
            "x-amz-copy-source-",
            modified,
            input.copy_source_if_unmodified_since,
        );
        let found = self.source(&input.copy_source, &headers, &conditions)?;
        let source = &found.object;
        let range = match &input.copy_source_range {
            Some(range) => copy_range(range, source.size())?,
            None => 0..source.size(),
        };
        let mut plan = self.plan(&input.bucket)?;
        let (attributes, announced) = self.store.change(&input.bucket, |bucket| {
            let upload = bucket.upload(&input.key, &input.upload_id)?;
            Ok((upload.attributes.clone(), upload.checksum))
        })?;
        check_customer_key(
            attributes.customer_key_md5.as_deref(),
            customer_key(&headers, OBJECT_KEY)?.as_deref(),
        )?;
        plan.also.extend(announced.map(|(algorithm, _)| algorithm));

        let content = source.content.slice(range);
        let md5 = content
            .md5()
            .ok_or_else(|| s3_error!(NotImplemented, "A sink's object has no bytes to copy"))?;
        let checksums = checksums(&content, plan.also);
        let content = if plan.forget {
            Content::Forgotten {
                size: content.len(),
            }
        } else {
            content
        };
        let part = Part {
            etag: etag(md5, &attributes),
            content,
            md5,
            checksums,
            modified: self.store.now(),
        };
        let mut result = CopyPartResult {
            e_tag: Some(ETag::Strong(part.etag.clone())),
            last_modified: Some(part.modified.into()),
            ..Default::default()
        };
        set_checksums!(result, &part.checksums);
        self.store.change(&input.bucket, |bucket| {
            bucket
                .upload(&input.key, &input.upload_id)?
                .parts
                .insert(number, part);
            Ok(())
        })?;
        let output = UploadPartCopyOutput {
            copy_part_result: Some(result),
            copy_source_version_id: found.version_id,
            ..Default::default()
        };
        Ok(S3Response::with_headers(
            output,
            encryption_headers(&attributes),
        ))
    }
}

/// `bytes=FIRST-LAST`, both required and both inside the source.
fn copy_range(text: &str, size: u64) -> S3Result<Range<u64>> {
    let bounds = text
        .strip_prefix("bytes=")
        .and_then(|bounds| bounds.split_once('-'));
    let bounds = bounds
        .and_then(|(first, last)| Some((first.parse::<u64>().ok()?, last.parse::<u64>().ok()?)));
    let Some((first, last)) = bounds.filter(|(first, last)| first <= last) else {
        let text = "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy";
        return Err(s3_error!(InvalidArgument, "{text}"));
    };
    if last >= size {
        return Err(s3_error!(
            InvalidArgument,
            "Range specified is not valid for source object of size: {size}"
        ));
    }
    Ok(first..last + 1)
}
