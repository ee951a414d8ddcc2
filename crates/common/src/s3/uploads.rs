//! What is left of uploads in parts: ListMultipartUploads and ListParts.

use jiff::Timestamp;

use crate::client::Client;
use crate::failure::Failure;
use crate::s3::answer;
use crate::s3::info::unquoted;
use crate::s3::list_xml::keep_decoded;
use crate::s3::url::decoded;
use crate::s3::xml::{Broken, Xml};

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
    let mut marker = 0;
    loop {
        let mut request = client.request("GET", Some(bucket), Some(key));
        request
            .param("uploadId", Some(upload_id))
            .param("max-parts", Some("1000"));
        if marker > 0 {
            request.param("part-number-marker", Some(&marker.to_string()));
        }
        let answer = answer::send_for_xml(client, request).await?;
        let page = answer.read(parts_page)?;
        let last = page.parts.iter().map(|part| part.number).max();
        parts.extend(page.parts);
        if !page.truncated {
            return Ok(parts);
        }
        match last {
            Some(last) if last > marker => marker = last,
            _ => return Err(Failure::Answer("the list of parts does not move on".into())),
        }
    }
}

struct PartsPage {
    parts: Vec<ListedPart>,
    truncated: bool,
}

fn parts_page(xml: &mut Xml<'_>) -> Result<PartsPage, Broken> {
    let mut parts = Vec::new();
    let mut truncated = None;
    xml.children(|xml, name| {
        match name {
            "Part" => parts.push(part(xml)?),
            "IsTruncated" => truncated = Some(xml.text()?.trim() == "true"),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(PartsPage {
        parts,
        truncated: truncated.ok_or(Broken::Missing("IsTruncated"))?,
    })
}

fn part(xml: &mut Xml<'_>) -> Result<ListedPart, Broken> {
    let (mut number, mut size, mut etag) = (None, None, None);
    xml.children(|xml, name| {
        match name {
            "PartNumber" => number = Some(xml.number("PartNumber")?),
            "Size" => size = Some(xml.number("Size")?),
            "ETag" => etag = unquoted(&xml.text()?),
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(ListedPart {
        number: number.ok_or(Broken::Missing("PartNumber"))?,
        size: size.ok_or(Broken::Missing("Size"))?,
        etag: etag.ok_or(Broken::Missing("ETag"))?,
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
    /// The uploads by key, those of one key by the time they were begun.
    pub uploads: Vec<PendingUpload>,
    /// Keys that are not UTF-8, percent-encoded as they came: no upload of ours.
    pub unreadable: Vec<String>,
    /// Key marker and upload id marker of the next page; `None` if this is the last.
    pub next: Option<(String, Option<String>)>,
}

/// The uploads under a prefix; `after` is [`UploadsPage::next`] of the page before.
///
/// # Errors
/// An answer that is not a whole page, or that leads back to where it began, is a failure, never
/// an empty or last page.
pub async fn list_multipart_uploads(
    client: &Client,
    bucket: &str,
    prefix: &str,
    after: Option<&(String, Option<String>)>,
) -> Result<UploadsPage, Failure> {
    // No encoding-type: Ceph encodes the keys then, but does not say so. The reader takes control
    // characters in XML as they come.
    let mut request = client.request("GET", Some(bucket), None);
    request
        .param("uploads", None)
        .param("max-uploads", Some("1000"))
        .param("prefix", Some(prefix));
    if let Some((key, id)) = after {
        request.param("key-marker", Some(key));
        if let Some(id) = id {
            request.param("upload-id-marker", Some(id));
        }
    }
    let answer = answer::send_for_xml(client, request).await?;
    let page = answer.read(uploads_page)?;
    match (after, &page.next) {
        // A next page that begins where this one did, or before it, would be read for ever.
        (Some(after), Some(next)) if next.0 < after.0 || next == after => Err(Failure::Answer(
            "the list of uploads does not move on".into(),
        )),
        _ => Ok(page),
    }
}

fn uploads_page(xml: &mut Xml<'_>) -> Result<UploadsPage, Broken> {
    let mut uploads = Vec::new();
    let (mut key, mut id, mut truncated, mut url) = (None, None, None, false);
    xml.children(|xml, name| {
        match name {
            "Upload" => uploads.push(upload(xml)?),
            "NextKeyMarker" => key = xml.some_text()?,
            "NextUploadIdMarker" => id = xml.some_text()?,
            "IsTruncated" => truncated = Some(xml.text()?.trim() == "true"),
            "EncodingType" => url = xml.text()?.trim() == "url",
            // A service that ignores the question lists the bucket: taken for a page of uploads,
            // it would say that there are none.
            "Contents" | "Name" | "Marker" | "KeyCount" => {
                return Err(Broken::Wrong("it lists objects, not uploads".into()));
            }
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    let mut unreadable = Vec::new();
    if url {
        uploads.retain_mut(|upload: &mut PendingUpload| {
            keep_decoded(&mut upload.key, &mut unreadable)
        });
        key = key.map(|key| decoded(key).unwrap_or_else(|key| key));
    }
    // Garage gives pages in the order of their keys, but each page in none; moto keeps the order
    // in which the uploads were begun.
    uploads.sort_by(|a, b| a.key.cmp(&b.key).then(a.initiated.cmp(&b.initiated)));
    let next = if truncated.ok_or(Broken::Missing("IsTruncated"))? {
        // Garage names no id where the next page begins with another key.
        Some((key.ok_or(Broken::Missing("NextKeyMarker"))?, id))
    } else {
        None
    };
    Ok(UploadsPage {
        uploads,
        unreadable,
        next,
    })
}

fn upload(xml: &mut Xml<'_>) -> Result<PendingUpload, Broken> {
    let (mut key, mut upload_id, mut initiated, mut storage_class) = (None, None, None, None);
    xml.children(|xml, name| {
        match name {
            "Key" => key = Some(xml.text()?.into_owned()),
            "UploadId" => upload_id = xml.some_text()?,
            "Initiated" => initiated = xml.text()?.trim().parse().ok(),
            "StorageClass" => storage_class = xml.some_text()?,
            _ => xml.skip()?,
        }
        Ok(())
    })?;
    Ok(PendingUpload {
        key: key.ok_or(Broken::Missing("Key"))?,
        upload_id: upload_id.ok_or(Broken::Missing("UploadId"))?,
        initiated,
        storage_class,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::xml;

    #[test]
    fn parts_come_with_number_size_and_etag() {
        let page = xml::success(
            b"<ListPartsResult><IsTruncated>true</IsTruncated><Part><PartNumber>2</PartNumber>\
              <ETag>&quot;ab&quot;</ETag><Size>5</Size></Part></ListPartsResult>",
            parts_page,
        )
        .unwrap();
        assert!(page.truncated);
        assert_eq!(
            page.parts,
            [ListedPart {
                number: 2,
                size: 5,
                etag: "ab".into()
            }]
        );
    }

    #[test]
    fn pending_uploads_are_decoded_and_paged_by_key_and_id() {
        let page = xml::success(
            b"<R><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
              <NextKeyMarker>a%20b</NextKeyMarker><NextUploadIdMarker>id</NextUploadIdMarker>\
              <Upload><Key>a%20b</Key><UploadId>id</UploadId>\
              <Initiated>2026-11-21T05:24:11.000Z</Initiated></Upload></R>",
            uploads_page,
        )
        .unwrap();
        assert_eq!(page.next, Some(("a b".into(), Some("id".into()))));
        let upload = page.uploads.first().unwrap();
        assert_eq!(upload.key, "a b");
        assert!(upload.initiated.is_some());
    }

    #[test]
    fn a_page_in_no_order_is_put_in_order_and_may_go_on_after_a_key() {
        let upload = |key: &str, id: &str, second: u8| {
            format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId>\
                 <Initiated>2026-11-21T05:24:1{second}.000Z</Initiated></Upload>"
            )
        };
        let body = format!(
            "<R><IsTruncated>true</IsTruncated><NextKeyMarker>b</NextKeyMarker>{}{}{}</R>",
            upload("b", "3", 1),
            upload("a", "2", 2),
            upload("a", "1", 1)
        );
        let page = xml::success(body.as_bytes(), uploads_page).unwrap();
        let ids: Vec<_> = page
            .uploads
            .iter()
            .map(|upload| upload.upload_id.as_str())
            .collect();
        assert_eq!(ids, ["1", "2", "3"]);
        assert_eq!(page.next, Some(("b".into(), None)));
    }

    #[test]
    fn an_answer_that_lists_objects_is_no_list_of_uploads() {
        for body in [
            "<R><Name>b</Name><Marker/><IsTruncated>false</IsTruncated></R>",
            "<R><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></R>",
        ] {
            let Err(Failure::Answer(words)) = xml::success(body.as_bytes(), uploads_page) else {
                panic!("{body}");
            };
            assert_eq!(
                words,
                "the answer cannot be read: it lists objects, not uploads"
            );
        }
    }
}
