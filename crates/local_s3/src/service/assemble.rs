//! Joins the parts of an upload into one object, after checking them.

use std::time::SystemTime;

use http::{HeaderMap, HeaderValue};
use s3s::dto::{CompletedPart, ETag};
use s3s::{S3Result, s3_error};

use super::customer_key::{check_customer_key, customer_key};
use crate::store::checksum::{Algorithm, Checksum};
use crate::store::content::Content;
use crate::store::object::{Object as Stored, Part, Upload, etag_of_parts};

/// The smallest size of a part, except for the last one.
const PART_MINIMUM_BYTES: u64 = 5 * 1024 * 1024;

/// A part number within S3's limits.
pub(super) fn part_number(number: i32) -> S3Result<u32> {
    let valid = u32::try_from(number)
        .ok()
        .filter(|number| (1..=10_000).contains(number));
    valid.ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "Part number must be an integer between 1 and 10000, inclusive"
        )
    })
}

/// The object of these parts, if all of them were uploaded.
pub(super) fn assembled(
    upload: &Upload,
    wanted: &[CompletedPart],
    headers: &HeaderMap,
    now: SystemTime,
) -> S3Result<Stored> {
    check_customer_key_of_complete(upload, headers)?;
    let parts = chosen(upload, wanted)?;
    let md5s: Vec<[u8; 16]> = parts.iter().map(|part| part.md5).collect();
    let content = Content::of(parts.iter().flat_map(|part| part.content.whole()));
    let checksums = checksums_of(upload.checksum, &parts, &content);
    for checksum in &checksums {
        check_sent(checksum, headers.get(checksum.algorithm.header()))?;
    }
    Ok(Stored {
        content,
        etag: etag_of_parts(&md5s, &upload.attributes),
        modified: now,
        attributes: upload.attributes.clone(),
        checksums,
        parts: parts
            .iter()
            .map(|part| (part.content.len(), part.checksums.clone()))
            .collect(),
        restore: None,
    })
}

/// Complete needs no customer key. If one is sent, it must be the right one.
fn check_customer_key_of_complete(upload: &Upload, headers: &HeaderMap) -> S3Result<()> {
    match customer_key(headers)? {
        None => Ok(()),
        given => check_customer_key(
            upload.attributes.customer_key_md5.as_deref(),
            given.as_deref(),
        ),
    }
}

/// The parts that the client lists. They must be in ascending order, present, and have these ETags.
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
        let part = upload
            .parts
            .get(&number)
            .filter(|part| given == Some(part.etag.as_str()) && fits(part, one));
        parts.push(part.ok_or_else(|| {
            let text = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
            s3_error!(InvalidPart, "{text}")
        })?);
    }
    let small = |part: &&&Part| part.content.len() < PART_MINIMUM_BYTES;
    if parts.iter().rev().skip(1).any(|part| small(&part)) {
        return Err(s3_error!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size"
        ));
    }
    Ok(parts)
}

/// Whether the checksums that the client lists for a part are right.
fn fits(part: &Part, listed: &CompletedPart) -> bool {
    let listed = |algorithm| match algorithm {
        Algorithm::Crc32 => listed.checksum_crc32.as_ref(),
        Algorithm::Crc32c => listed.checksum_crc32c.as_ref(),
        Algorithm::Crc64Nvme => listed.checksum_crc64nvme.as_ref(),
        Algorithm::Sha1 => listed.checksum_sha1.as_ref(),
        Algorithm::Sha256 => listed.checksum_sha256.as_ref(),
    };
    part.checksums
        .iter()
        .all(|checksum| listed(checksum.algorithm).is_none_or(|text| *text == checksum.text))
}

/// The declared checksum, and a CRC64NVME if all parts have one.
fn checksums_of(
    announced: Option<(Algorithm, bool)>,
    parts: &[&Part],
    content: &Content,
) -> Vec<Checksum> {
    let full_crc64 = (Algorithm::Crc64Nvme, true);
    let also = Some(full_crc64).filter(|_| announced.is_none_or(|found| found != full_crc64));
    let checksums = announced.into_iter().chain(also);
    let checksum = |(algorithm, full): (Algorithm, bool)| {
        let of_part = |part: &&Part| {
            let mut found = part.checksums.iter();
            found.find(|found| found.algorithm == algorithm).cloned()
        };
        let of_parts = parts.iter().map(of_part).collect::<Option<Vec<_>>>()?;
        match full {
            true => Checksum::of(algorithm, content.whole()),
            false => Checksum::composite(algorithm, &of_parts),
        }
    };
    checksums.filter_map(checksum).collect()
}

/// Checks the checksum of the object that came with Complete. A composite one may lack `-N`.
fn check_sent(checksum: &Checksum, sent: Option<&HeaderValue>) -> S3Result<()> {
    let text = checksum.text.as_str();
    let without_number = text.split_once('-').map(|(value, _)| value);
    match sent {
        Some(sent)
            if sent.as_bytes() != text.as_bytes()
                && Some(sent.as_bytes()) != without_number.map(str::as_bytes) =>
        {
            let name = checksum.algorithm.name();
            Err(s3_error!(
                BadDigest,
                "The {name} you specified did not match the calculated checksum."
            ))
        }
        _ => Ok(()),
    }
}
