//! Lists uploads and their parts: ListParts and ListMultipartUploads.

use s3s::dto::{Part as ListedPart, *};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::listing::{Encoding, limit};
use super::{Service, initiator, multipart, owner, set_checksums};
use crate::store::object::{Part, Upload};

impl Service {
    pub(super) async fn list_parts(
        &self,
        request: S3Request<ListPartsInput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        let input = request.input;
        let max_parts = limit(input.max_parts, "max-parts")?;
        let marker = input.part_number_marker.unwrap_or_default();
        let upload = self.store.change(&input.bucket, |bucket| {
            bucket.upload(&input.key, &input.upload_id).cloned()
        })?;

        let from = u32::try_from(marker).unwrap_or_default().saturating_add(1);
        let wanted = usize::try_from(max_parts).unwrap_or_default();
        let parts: Vec<ListedPart> = upload
            .parts
            .range(from..)
            .take(wanted)
            .map(listed)
            .collect();
        let last = parts.last().and_then(|part| part.part_number);
        let (checksum_algorithm, checksum_type) = multipart::declared(upload.checksum);
        Ok(S3Response::new(ListPartsOutput {
            is_truncated: Some(upload.parts.range(from..).nth(wanted).is_some()),
            next_part_number_marker: Some(last.unwrap_or(marker)),
            part_number_marker: Some(marker),
            max_parts: Some(max_parts),
            parts: Some(parts),
            storage_class: Some(StorageClass::from(
                upload.attributes.storage_class().to_owned(),
            )),
            checksum_algorithm,
            checksum_type,
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(input.upload_id),
            owner: Some(owner()),
            initiator: Some(initiator()),
            ..Default::default()
        }))
    }

    pub(super) async fn list_multipart_uploads(
        &self,
        request: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<S3Response<ListMultipartUploadsOutput>> {
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let max_uploads = limit(input.max_uploads, "max-uploads")?;
        let prefix = input.prefix.unwrap_or_default();
        if input.delimiter.is_some() {
            return Err(s3_error!(NotImplemented, "Uploads are not rolled up here"));
        }
        let key_marker = input.key_marker.filter(|marker| !marker.is_empty());
        let id_marker = input
            .upload_id_marker
            .filter(|_| key_marker.is_some())
            .filter(|marker| !marker.is_empty());

        let is_wanted = |(key, id): &(String, String)| {
            let is_after = match (&key_marker, &id_marker) {
                (None, _) => true,
                (Some(marker), None) => key > marker,
                (Some(marker), Some(last)) => (key, id) > (marker, last),
            };
            is_after && key.starts_with(&prefix)
        };
        let limit = usize::try_from(max_uploads).unwrap_or_default();
        let (uploads, next) = self.store.bucket(&input.bucket, |bucket| {
            let mut wanted = bucket.uploads.iter().filter(|(at, _)| is_wanted(at));
            let page: Vec<_> = wanted.by_ref().take(limit).collect();
            let last = page.last().filter(|_| wanted.next().is_some());
            let next = last.map(|(at, _)| (*at).clone());
            let describe = |((key, id), upload): &(&(String, String), &Upload)| {
                described(encoding.name(key), id, upload)
            };
            Ok((page.iter().map(describe).collect(), next))
        })?;
        let (next_key, next_id) = next.unzip();
        Ok(S3Response::new(ListMultipartUploadsOutput {
            is_truncated: Some(next_key.is_some()),
            next_key_marker: next_key.map(|key| encoding.name(&key)),
            next_upload_id_marker: next_id,
            common_prefixes: None,
            uploads: Some(uploads),
            bucket: Some(input.bucket),
            prefix: Some(encoding.name(&prefix)),
            delimiter: None,
            key_marker: Some(encoding.name(&key_marker.unwrap_or_default())),
            upload_id_marker: Some(id_marker.unwrap_or_default()),
            max_uploads: Some(max_uploads),
            encoding_type: encoding.response(),
            request_charged: None,
        }))
    }
}

fn listed((number, part): (&u32, &Part)) -> ListedPart {
    let mut listed = ListedPart {
        part_number: i32::try_from(*number).ok(),
        size: i64::try_from(part.content.len()).ok(),
        e_tag: Some(ETag::Strong(part.etag.clone())),
        last_modified: Some(part.modified.into()),
        ..Default::default()
    };
    set_checksums!(listed, &part.checksums);
    listed
}

fn described(key: String, id: &str, upload: &Upload) -> MultipartUpload {
    let (checksum_algorithm, checksum_type) = multipart::declared(upload.checksum);
    MultipartUpload {
        key: Some(key),
        upload_id: Some(id.to_owned()),
        initiated: Some(upload.initiated.into()),
        storage_class: Some(StorageClass::from(
            upload.attributes.storage_class().to_owned(),
        )),
        checksum_algorithm,
        checksum_type,
        owner: Some(owner()),
        initiator: Some(initiator()),
    }
}
