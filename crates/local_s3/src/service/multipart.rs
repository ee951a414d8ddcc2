//! Uploads in parts: from their beginning to the finished object.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::attributes::{self, OBJECT_KEY, check_customer_key, customer_key};
use super::conditions::check_write;
use super::receive::receive;
use super::{Service, checksum_header, set_checksums};
use crate::store::checksum::{Algorithm, Checksum};
use crate::store::content::Content;
use crate::store::no_such_upload;
use crate::store::object::{Object as Stored, Part, Upload, etag, etag_of_parts, now};

/// Every part but the last has at least so many bytes.
const PART_MINIMUM_BYTES: u64 = 5 * 1024 * 1024;

/// A part number within S3's limits.
pub(super) fn part_number(number: i32) -> S3Result<u32> {
    let valid = u32::try_from(number).ok().filter(|number| (1..=10_000).contains(number));
    valid.ok_or_else(|| s3_error!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive"))
}

impl Service {
    pub(super) async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let S3Request { input, headers, .. } = request;
        let checksum = announced(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
        let attributes = attributes::of_request(&headers)?;
        let answered = attributes::encryption_headers(&attributes);
        let id = self.store.next_upload_id();
        let upload = Upload { initiated: now(), attributes, checksum, parts: Default::default() };
        self.store.change(&input.bucket, |bucket| {
            bucket.uploads.insert((input.key.clone(), id.clone()), upload);
            Ok(())
        })?;
        let output = CreateMultipartUploadOutput {
            bucket: Some(input.bucket),
            key: Some(input.key),
            upload_id: Some(id),
            checksum_algorithm: checksum.map(|(algorithm, _)| ChecksumAlgorithm::from_static(algorithm.name())),
            checksum_type: checksum.map(|(_, full)| ChecksumType::from_static(kind(full))),
            ..Default::default()
        };
        Ok(S3Response::with_headers(output, answered))
    }

    pub(super) async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let S3Request { input, headers, trailing_headers, .. } = request;
        let number = part_number(input.part_number)?;
        let mut plan = self.plan(&input.bucket)?;
        let (attributes, announced) = self.store.change(&input.bucket, |bucket| {
            let upload = bucket.upload(&input.key, &input.upload_id)?;
            Ok((upload.attributes.clone(), upload.checksum))
        })?;
        check_customer_key(attributes.customer_key_md5.as_deref(), customer_key(&headers, OBJECT_KEY)?.as_deref())?;
        plan.also.extend(announced.map(|(algorithm, _)| algorithm));
        let received = receive(input.body, &headers, trailing_headers.as_ref(), plan).await?;

        let mut answered = attributes::encryption_headers(&attributes);
        answered.extend(received.checksums.iter().filter_map(checksum_header));
        let part = Part {
            etag: etag(received.md5, &attributes),
            content: received.content,
            md5: received.md5,
            checksums: received.checksums,
            modified: now(),
        };
        let e_tag = Some(ETag::Strong(part.etag.clone()));
        // Looked up again: the upload may have ended while the body came in.
        self.store.change(&input.bucket, |bucket| {
            bucket.upload(&input.key, &input.upload_id)?.parts.insert(number, part);
            Ok(())
        })?;
        Ok(S3Response::with_headers(UploadPartOutput { e_tag, ..Default::default() }, answered))
    }

    pub(super) async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let S3Request { input, headers, .. } = request;
        let wanted = input.multipart_upload.and_then(|parts| parts.parts).unwrap_or_default();
        let at = (input.key.clone(), input.upload_id.clone());
        let (stored, sse) = self.store.change(&input.bucket, |bucket| {
            let upload = bucket.uploads.get(&at).ok_or_else(no_such_upload)?;
            let stored = Arc::new(assembled(upload, &wanted, &headers)?);
            check_write(&headers, bucket.objects.get(&input.key).map(Arc::as_ref))?;
            let sse = attributes::encryption_headers(&stored.attributes);
            bucket.objects.insert(input.key.clone(), Arc::clone(&stored));
            bucket.uploads.remove(&at);
            Ok((stored, sse))
        })?;
        let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
        let mut output = CompleteMultipartUploadOutput {
            location: Some(format!("http://{host}/{}/{}", input.bucket, utf8_percent_encode(&input.key, NON_ALPHANUMERIC))),
            bucket: Some(input.bucket),
            key: Some(input.key),
            e_tag: Some(ETag::Strong(stored.etag.clone())),
            checksum_type: stored.checksums.first().map(|checksum| ChecksumType::from_static(checksum.kind())),
            ..Default::default()
        };
        set_checksums!(output, &stored.checksums);
        Ok(S3Response::with_headers(output, sse))
    }

    pub(super) async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        let input = request.input;
        self.store.change(&input.bucket, |bucket| {
            bucket.uploads.remove(&(input.key, input.upload_id)).map(|_| ()).ok_or_else(no_such_upload)
        })?;
        Ok(S3Response::new(AbortMultipartUploadOutput::default()))
    }
}

pub(super) fn kind(full: bool) -> &'static str {
    if full { ChecksumType::FULL_OBJECT } else { ChecksumType::COMPOSITE }
}

/// The checksum that an upload announces: AWS knows CRC64NVME only of the full object, the
/// SHAs only of the parts, and takes the latter for the other CRCs unless told otherwise.
fn announced(algorithm: Option<&ChecksumAlgorithm>, kind: Option<&ChecksumType>) -> S3Result<Option<(Algorithm, bool)>> {
    let Some(name) = algorithm else {
        return Ok(None);
    };
    let Some(algorithm) = Algorithm::from_name(name.as_str()) else {
        return Err(s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported."));
    };
    let full = match kind.map(ChecksumType::as_str) {
        None => algorithm == Algorithm::Crc64Nvme,
        Some(ChecksumType::FULL_OBJECT) => true,
        Some(ChecksumType::COMPOSITE) => false,
        Some(_) => return Err(s3_error!(InvalidRequest, "Value for x-amz-checksum-type header is invalid.")),
    };
    let impossible = if full { algorithm.crc().is_none() } else { algorithm == Algorithm::Crc64Nvme };
    if impossible {
        let (kind, name) = (self::kind(full), algorithm.name());
        return Err(s3_error!(InvalidRequest, "The {kind} checksum type cannot be used with the {name} checksum algorithm."));
    }
    Ok(Some((algorithm, full)))
}

/// The object that the wanted parts make, if they are the ones that were sent.
fn assembled(upload: &Upload, wanted: &[CompletedPart], headers: &HeaderMap) -> S3Result<Stored> {
    check_customer_key_of_complete(upload, headers)?;
    let parts = chosen(upload, wanted)?;
    let md5s: Vec<[u8; 16]> = parts.iter().map(|part| part.md5).collect();
    let contents: Vec<Content> = parts.iter().map(|part| part.content.clone()).collect();
    let content = Content::joined(&contents);
    if let Some(size) = headers.get("x-amz-mp-object-size")
        && size.as_bytes() != content.len().to_string().as_bytes()
    {
        return Err(s3_error!(InvalidRequest, "The provided 'x-amz-mp-object-size' header does not match what was computed."));
    }
    let checksums = checksums_of(upload.checksum, &parts);
    for checksum in &checksums {
        check_sent(checksum, headers.get(checksum.algorithm.header()))?;
    }
    Ok(Stored {
        content,
        etag: etag_of_parts(&md5s, &upload.attributes),
        modified: now(),
        attributes: upload.attributes.clone(),
        checksums,
        parts: parts.iter().map(|part| (part.content.len(), part.checksums.clone())).collect(),
    })
}

/// Complete needs no customer key; if one is sent, it has to be the right one.
fn check_customer_key_of_complete(upload: &Upload, headers: &HeaderMap) -> S3Result<()> {
    match customer_key(headers, OBJECT_KEY)? {
        None => Ok(()),
        given => check_customer_key(upload.attributes.customer_key_md5.as_deref(), given.as_deref()),
    }
}

/// The parts as listed by the client: ascending, there, and with the ETags they got.
fn chosen<'a>(upload: &'a Upload, wanted: &[CompletedPart]) -> S3Result<Vec<&'a Part>> {
    if wanted.is_empty() {
        return Err(s3_error!(MalformedXML));
    }
    let mut parts = Vec::with_capacity(wanted.len());
    let mut before = 0;
    for one in wanted {
        let number = part_number(one.part_number.unwrap_or_default())?;
        if number <= before {
            let text = "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
            return Err(s3_error!(InvalidPartOrder, "{text}"));
        }
        before = number;
        let given = one.e_tag.as_ref().map(ETag::value);
        let part = upload.parts.get(&number).filter(|part| given == Some(part.etag.as_str()) && fits(part, one));
        parts.push(part.ok_or_else(|| {
            let text = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
            s3_error!(InvalidPart, "{text}")
        })?);
    }
    let small = |part: &&&Part| part.content.len() < PART_MINIMUM_BYTES;
    if parts.iter().rev().skip(1).any(|part| small(&part)) {
        return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
    }
    Ok(parts)
}

/// Whether the checksums that the client lists for a part are those of the part.
fn fits(part: &Part, listed: &CompletedPart) -> bool {
    let listed = |algorithm| match algorithm {
        Algorithm::Crc32 => listed.checksum_crc32.as_ref(),
        Algorithm::Crc32c => listed.checksum_crc32c.as_ref(),
        Algorithm::Crc64Nvme => listed.checksum_crc64nvme.as_ref(),
        Algorithm::Sha1 => listed.checksum_sha1.as_ref(),
        Algorithm::Sha256 => listed.checksum_sha256.as_ref(),
    };
    part.checksums.iter().all(|checksum| listed(checksum.algorithm).is_none_or(|text| *text == checksum.text()))
}

/// The announced checksum, or a CRC64NVME if all parts happen to have one.
fn checksums_of(announced: Option<(Algorithm, bool)>, parts: &[&Part]) -> Vec<Checksum> {
    let digests = |algorithm: Algorithm| {
        let digest = |part: &&Part| {
            let found = part.checksums.iter().find(|checksum| checksum.algorithm == algorithm)?;
            Some((found.digest.clone(), part.content.len()))
        };
        parts.iter().map(digest).collect::<Option<Vec<_>>>()
    };
    let mut checksums = Vec::new();
    if let Some((algorithm, full)) = announced
        && let Some(digests) = digests(algorithm)
    {
        let joined = if full { Checksum::joined(algorithm, &digests) } else { None };
        checksums.push(joined.unwrap_or_else(|| Checksum::composite(algorithm, &digests)));
    }
    if announced.is_none_or(|(algorithm, _)| algorithm != Algorithm::Crc64Nvme)
        && let Some(digests) = digests(Algorithm::Crc64Nvme)
    {
        checksums.extend(Checksum::joined(Algorithm::Crc64Nvme, &digests));
    }
    checksums
}

/// A checksum of the whole that came with Complete; of a composite one `-N` may be left out.
fn check_sent(checksum: &Checksum, sent: Option<&HeaderValue>) -> S3Result<()> {
    let text = checksum.text();
    let without_number = text.rsplit_once('-').filter(|_| checksum.parts.is_some()).map(|(value, _)| value);
    match sent {
        Some(sent) if sent.as_bytes() != text.as_bytes() && Some(sent.as_bytes()) != without_number.map(str::as_bytes) => {
            let name = checksum.algorithm.name();
            Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."))
        }
        _ => Ok(()),
    }
}
