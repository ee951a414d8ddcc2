//! Multipart uploads: create, upload parts, complete, abort.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::assemble::{assembled, part_number};
use super::attributes;
use super::conditions::check_write;
use super::customer_key::{check_customer_key, customer_key, encryption_headers};
use super::receive::receive;
use super::{Service, checksum_header, set_checksums, version_header};
use crate::store::bucket::{Found, no_such_upload};
use crate::store::checksum::Algorithm;
use crate::store::object::{Part, Upload, etag};

impl Service {
    pub(super) async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let S3Request { input, headers, .. } = request;
        let checksum = announced(
            input.checksum_algorithm.as_ref(),
            input.checksum_type.as_ref(),
        )?;
        let attributes = attributes::of_request(&headers)?;
        let response_headers = encryption_headers(&attributes);
        let id = self.store.next_upload_id();
        let upload = Upload {
            initiated: self.store.now(),
            attributes,
            checksum,
            parts: Default::default(),
        };
        self.store.change(&input.bucket, |bucket| {
            bucket
                .uploads
                .insert((input.key.clone(), id.clone()), upload);
            Ok(())
        })?;
        let (checksum_algorithm, checksum_type) = declared(checksum);
        let output = CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm,
            checksum_type,
            ..Default::default()
        };
        Ok(S3Response::with_headers(output, response_headers))
    }

    pub(super) async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        let S3Request { input, headers, .. } = request;
        let number = part_number(input.part_number)?;
        let (attributes, announced) = self.store.change(&input.bucket, |bucket| {
            let upload = bucket.upload(&input.key, &input.upload_id)?;
            Ok((upload.attributes.clone(), upload.checksum))
        })?;
        check_customer_key(
            attributes.customer_key_md5.as_deref(),
            customer_key(&headers)?.as_deref(),
        )?;
        let algorithm = announced
            .map(|(algorithm, _)| algorithm)
            .or(self.default_checksum());
        let received = receive(input.body, &headers, algorithm).await?;

        let mut response_headers = encryption_headers(&attributes);
        response_headers.extend(received.checksums.iter().filter_map(checksum_header));
        let part = Part {
            etag: etag(received.md5, &attributes),
            content: received.content,
            md5: received.md5,
            checksums: received.checksums,
            modified: self.store.now(),
        };
        let e_tag = Some(ETag::Strong(part.etag.clone()));
        // Looked up again, because the upload may have ended while the body was read.
        self.store.change(&input.bucket, |bucket| {
            bucket
                .upload(&input.key, &input.upload_id)?
                .parts
                .insert(number, part);
            Ok(())
        })?;
        Ok(S3Response::with_headers(
            UploadPartOutput {
                e_tag,
                ..Default::default()
            },
            response_headers,
        ))
    }

    pub(super) async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let S3Request { input, headers, .. } = request;
        let wanted = input
            .multipart_upload
            .and_then(|parts| parts.parts)
            .unwrap_or_default();
        let at = (input.key.clone(), input.upload_id.clone());
        let now = self.store.now();
        let Found { object, version_id } = self.store.change(&input.bucket, |bucket| {
            // As on AWS, a repeated Complete is no error.
            if let Some(found) = bucket.completed.get(&at) {
                return Ok(found.clone());
            }
            let upload = bucket.uploads.get(&at).ok_or_else(no_such_upload)?;
            let object = Arc::new(assembled(upload, &wanted, &headers, now)?);
            check_write(&headers, bucket.current(&input.key).map(Arc::as_ref))?;
            let version_id = bucket.insert(input.key.clone(), Arc::clone(&object));
            bucket.uploads.remove(&at);
            let found = Found { object, version_id };
            bucket.completed.insert(at, found.clone());
            Ok(found)
        })?;
        let mut response_headers = encryption_headers(&object.attributes);
        version_header(version_id.as_deref(), &mut response_headers);
        let host = headers
            .get("host")
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let mut output = CompleteMultipartUploadOutput {
            location: Some(format!(
                "http://{host}/{}/{}",
                input.bucket,
                utf8_percent_encode(&input.key, NON_ALPHANUMERIC)
            )),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(object.etag.clone())),
            checksum_type: object
                .checksums
                .first()
                .map(|checksum| ChecksumType::from_static(checksum.kind())),
            ..Default::default()
        };
        set_checksums!(output, &object.checksums);
        Ok(S3Response::with_headers(output, response_headers))
    }

    pub(super) async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        self.store.change(&input.bucket, |bucket| {
            bucket
                .uploads
                .remove(&(input.key, input.upload_id))
                .map(|_| ())
                .ok_or_else(no_such_upload)
        })?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

/// The fields for the checksum that an upload declares.
pub(super) fn declared(
    checksum: Option<(Algorithm, bool)>,
) -> (Option<ChecksumAlgorithm>, Option<ChecksumType>) {
    let fields = checksum.map(|(algorithm, full)| {
        let algorithm = ChecksumAlgorithm::from_static(algorithm.name());
        (algorithm, ChecksumType::from_static(kind(full)))
    });
    fields.unzip()
}

fn kind(full: bool) -> &'static str {
    if full {
        ChecksumType::FULL_OBJECT
    } else {
        ChecksumType::COMPOSITE
    }
}

/// The checksum that an upload declares. As on AWS, CRC64NVME is always of the full object, the SHAs are always of the
/// parts, and the other CRCs are of the parts by default.
fn announced(
    algorithm: Option<&ChecksumAlgorithm>,
    kind: Option<&ChecksumType>,
) -> S3Result<Option<(Algorithm, bool)>> {
    let Some(name) = algorithm else {
        return Ok(None);
    };
    let Some(algorithm) = Algorithm::from_name(name.as_str()) else {
        return Err(s3_error!(
            InvalidRequest,
            "Checksum algorithm provided is unsupported."
        ));
    };
    let full = match kind.map(ChecksumType::as_str) {
        None => algorithm == Algorithm::Crc64Nvme,
        Some(ChecksumType::FULL_OBJECT) => true,
        Some(ChecksumType::COMPOSITE) => false,
        Some(_) => {
            return Err(s3_error!(
                InvalidRequest,
                "Value for x-amz-checksum-type header is invalid."
            ));
        }
    };
    let impossible = if full {
        !algorithm.is_crc()
    } else {
        algorithm == Algorithm::Crc64Nvme
    };
    if impossible {
        let (kind, name) = (self::kind(full), algorithm.name());
        return Err(s3_error!(
            InvalidRequest,
            "The {kind} checksum type cannot be used with the {name} checksum algorithm."
        ));
    }
    Ok(Some((algorithm, full)))
}
