//! Unfinished uploads: ListMultipartUploads and ListParts.

use jiff::Timestamp;
use rusoto_s3::{
    ListMultipartUploadsOutput, ListMultipartUploadsRequest, ListPartsRequest, MultipartUpload,
    Part, S3 as _,
};

use crate::client::Client;
use crate::failure::Failure;
use crate::operations::generated::{RawResponse, call, decode_text, required};
use crate::operations::info::unquoted;
use crate::operations::list_xml::decode_name;
use crate::operations::pages::{Marker, check_prefix};
use crate::operations::url::decoded;
use crate::operations::xml::malformed;

/// Entries per page: the maximum of S3.
const PAGE_ENTRIES: i64 = 1000;

/// A part that the service holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// From 1 on.
    pub number: u32,
    /// The size in bytes.
    pub size: u64,
    /// The ETag without its quotes.
    pub etag: String,
}

/// All parts of an upload that the service holds, in the order of their numbers.
pub async fn list_parts(
    client: &Client,
    bucket: &str,
    key: &str,
    upload_id: &str,
) -> Result<Vec<ListedPart>, Failure> {
    let mut parts: Vec<ListedPart> = Vec::new();
    loop {
        let last = parts.last().map_or(0, |part| part.number);
        let request = ListPartsRequest {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            upload_id: upload_id.to_owned(),
            max_parts: Some(PAGE_ENTRIES),
            part_number_marker: Some(i64::from(last)).filter(|last| *last > 0),
            ..ListPartsRequest::default()
        };
        let (page, raw) = call(client, async |s3| s3.list_parts(request).await).await?;
        raw.children()?;
        let is_truncated = required("IsTruncated", page.is_truncated)?;
        let listed = page.parts.into_iter().flatten().map(part);
        let mut listed = listed.collect::<Result<Vec<_>, _>>()?;
        listed.sort_by_key(|part| part.number);
        let first = listed.first().map(|part| part.number);
        let is_new = first.map_or(!is_truncated, |first| first > last);
        if !is_new || !listed.is_sorted_by(|a, b| a.number < b.number) {
            return Err(Failure::Response(
                "the list of parts does not move on".into(),
            ));
        }
        parts.extend(listed);
        if !is_truncated {
            return Ok(parts);
        }
    }
}

fn part(from: Part) -> Result<ListedPart, Failure> {
    let number = required("PartNumber", from.part_number)?;
    let size = required("Size", from.size)?;
    let etag = decode_text(from.e_tag).and_then(|etag| unquoted(&etag));
    Ok(ListedPart {
        number: u32::try_from(number)
            .map_err(|_| malformed("<PartNumber> is no number of a part"))?,
        size: u64::try_from(size).map_err(|_| malformed("<Size> is negative"))?,
        etag: required("ETag", etag)?,
    })
}

/// An upload that was neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingUpload {
    /// The key that it would become.
    pub key: String,
    /// Its id.
    pub upload_id: String,
    /// When it was begun.
    pub initiated: Option<Timestamp>,
    /// The storage class that it would have, if the service names one.
    pub storage_class: Option<String>,
}

/// One page of the uploads of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadsPage {
    /// The uploads by key; those of one key by the time they began.
    pub uploads: Vec<PendingUpload>,
    /// Keys that are not UTF-8, still percent-encoded.
    pub unreadable: Vec<String>,
    /// Where the next page begins; `None` if this is the last.
    pub next: Option<Marker>,
}

/// The uploads under a prefix; `after` is [`UploadsPage::next`] of the page before.
///
/// # Errors
/// A response that is not a complete page, that lists other keys, or that leads back to an earlier
/// page, is a failure, never an empty or last page.
pub async fn list_multipart_uploads(
    client: &Client,
    bucket: &str,
    prefix: &str,
    after: Option<&Marker>,
) -> Result<UploadsPage, Failure> {
    let (key_marker, upload_id_marker) = Marker::parameters(after);
    // No encoding-type: Ceph would encode the keys without saying so. Our reader accepts control
    // characters in XML.
    let request = ListMultipartUploadsRequest {
        bucket: bucket.to_owned(),
        prefix: Some(prefix.to_owned()),
        key_marker,
        upload_id_marker,
        max_uploads: Some(PAGE_ENTRIES),
        ..ListMultipartUploadsRequest::default()
    };
    let (output, raw) = call(client, async |s3| s3.list_multipart_uploads(request).await).await?;
    let page = page(output, &raw, after)?;
    check_prefix(prefix, page.uploads.iter().map(|upload| &upload.key))?;
    Ok(page)
}

fn page(
    output: ListMultipartUploadsOutput,
    raw: &RawResponse,
    after: Option<&Marker>,
) -> Result<UploadsPage, Failure> {
    // A service that does not know this request lists the objects instead. That must not count as a
    // page without uploads.
    let of_objects = ["Contents", "Name", "Marker", "KeyCount"];
    if raw
        .children()?
        .iter()
        .any(|name| of_objects.contains(&name.as_str()))
    {
        return Err(malformed("it lists objects, not uploads"));
    }
    let is_truncated = required("IsTruncated", output.is_truncated)?;
    let uploads = output.uploads.into_iter().flatten().map(upload);
    let mut uploads = uploads.collect::<Result<Vec<_>, _>>()?;
    let mut key = decode_text(output.next_key_marker);
    let mut unreadable = Vec::new();
    if decode_text(output.encoding_type).as_deref() == Some("url") {
        uploads.retain_mut(|upload| decode_name(&mut upload.key, &mut unreadable));
        key = key.map(|key| decoded(key).unwrap_or_else(|key| key));
    }
    // Garage sorts the pages, but not the entries of a page. moto sorts by the time that uploads
    // began.
    uploads.sort_by(|a, b| a.key.cmp(&b.key).then(a.initiated.cmp(&b.initiated)));
    let mut next = None;
    if is_truncated {
        let key = required("NextKeyMarker", key)?;
        // Garage sends no id if the next page begins with another key.
        next = Some(Marker::next(
            after,
            key,
            decode_text(output.next_upload_id_marker),
        )?);
    }
    Ok(UploadsPage {
        uploads,
        unreadable,
        next,
    })
}

fn upload(from: MultipartUpload) -> Result<PendingUpload, Failure> {
    Ok(PendingUpload {
        key: required("Key", decode_text(from.key))?,
        upload_id: required("UploadId", decode_text(from.upload_id))?,
        initiated: decode_text(from.initiated).and_then(|date| date.trim().parse().ok()),
        storage_class: decode_text(from.storage_class),
    })
}
