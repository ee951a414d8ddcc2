//! What is known of uploads in parts: ListParts and ListMultipartUploads.

use std::collections::BTreeMap;

use s3s::dto::{Part as ListedPart, *};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::listing::{Encoding, limit};
use super::{Service, initiator, multipart, owner, set_checksums};
use crate::store::object::{Part, Upload};
use crate::store::page::{self, Query};

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
        Ok(S3Response::new(ListPartsOutput {
            is_truncated: Some(upload.parts.range(from..).nth(wanted).is_some()),
            next_part_number_marker: Some(last.unwrap_or(marker)),
            part_number_marker: Some(marker),
            max_parts: Some(max_parts),
            parts: Some(parts),
            storage_class: Some(StorageClass::from(
                upload.attributes.storage_class().to_owned(),
            )),
            checksum_algorithm: upload
                .checksum
                .map(|(algorithm, _)| ChecksumAlgorithm::from_static(algorithm.name())),
            checksum_type: upload
                .checksum
                .map(|(_, full)| ChecksumType::from_static(multipart::kind(full))),
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

        // One string for key and id keeps the order of the pairs, as nothing sorts before
        // U+0000.
        let joined = |key: &str, id: &str| format!("{key}\0{id}");
        let (uploads, next) = self.store.bucket(&input.bucket, |bucket| {
            let all: BTreeMap<String, &Upload> = bucket
                .uploads
                .iter()
                .map(|((key, id), upload)| (joined(key, id), upload))
                .collect();
            let after = key_marker.as_deref().map(|key| match id_marker.as_deref() {
                Some(id) => joined(key, id),
                // Without an id: everything after all uploads of the key.
                None => format!("{key}\u{1}"),
            });
            let wanted = usize::try_from(max_uploads).unwrap_or_default();
            let query = Query {
                prefix: &prefix,
                delimiter: None,
                after: after.as_deref(),
                limit: wanted,
            };
            let page = page::read(&all, query, |upload| Some(*upload));
            let describe = |(joined, upload): (String, &Upload)| {
                let (key, id) = joined.rsplit_once('\0')?;
                Some(described(encoding.name(key), id, upload))
            };
            Ok((
                page.entries
                    .into_iter()
                    .filter_map(describe)
                    .collect::<Vec<_>>(),
                page.next,
            ))
        })?;
        let (next_key, next_id) = next
            .as_deref()
            .and_then(|next| next.rsplit_once('\0'))
            .unzip();
        Ok(S3Response::new(ListMultipartUploadsOutput {
            is_truncated: Some(next.is_some()),
            next_key_marker: next_key.map(|key| encoding.name(key)),
            next_upload_id_marker: next_id.map(str::to_owned),
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
    MultipartUpload {
        key: Some(key),
        upload_id: Some(id.to_owned()),
        initiated: Some(upload.initiated.into()),
        storage_class: Some(StorageClass::from(
            upload.attributes.storage_class().to_owned(),
        )),
        checksum_algorithm: upload
            .checksum
            .map(|(algorithm, _)| ChecksumAlgorithm::from_static(algorithm.name())),
        checksum_type: upload
            .checksum
            .map(|(_, full)| ChecksumType::from_static(multipart::kind(full))),
        owner: Some(owner()),
        initiator: Some(initiator()),
    }
}
