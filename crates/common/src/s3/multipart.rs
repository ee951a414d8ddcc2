//! Writing an object in parts: create, send the parts, complete or abort.

use bytes::Bytes;

use crate::client::Client;
use crate::failure::Failure;
use crate::http::{Body, OnSent};
use crate::request::Patience;
use crate::s3::answer::{self, text};
use crate::s3::copy::STORE_WORK_MINUTES;
use crate::s3::customer_key::CustomerKey;
use crate::s3::headers::{ObjectHeaders, ServerSideEncryption};
use crate::s3::info::unquoted;
use crate::s3::write::PutAnswer;
use crate::s3::xml::Broken;
use crate::s3::xml_write;
use crate::sign::PayloadHash;

/// Begins an upload in parts and returns its id. All attributes belong here; of the parts, only
/// a customer key is sent again.
pub async fn create_multipart_upload(
    client: &Client,
    bucket: &str,
    key: &str,
    headers: &ObjectHeaders,
) -> Result<String, Failure> {
    let mut request = client.request("POST", Some(bucket), Some(key));
    request.param("uploads", None);
    headers.add_to(&mut request, client)?;
    let answer = answer::send_for_xml(client, request).await?;
    answer.read(|xml| {
        let mut id = None;
        xml.children(|xml, name| {
            match name {
                "UploadId" => id = xml.some_text()?,
                _ => xml.skip()?,
            }
            Ok(())
        })?;
        id.ok_or(Broken::Missing("UploadId"))
    })
}

/// Which part of which upload.
#[derive(Clone, Copy, Debug)]
pub struct UploadPart<'a> {
    /// The bucket.
    pub bucket: &'a str,
    /// The key.
    pub key: &'a str,
    /// The id that [`create_multipart_upload`] returned.
    pub upload_id: &'a str,
    /// From 1 on.
    pub part_number: u32,
    /// The encryption that the upload was created with; only a customer key is sent again.
    pub sse: Option<&'a ServerSideEncryption>,
}

impl UploadPart<'_> {
    fn customer_key(&self) -> Option<&CustomerKey> {
        match self.sse {
            Some(ServerSideEncryption::Customer(key)) => Some(key),
            _ => None,
        }
    }
}

/// Sends one part and returns its ETag, to be handed to [`complete_multipart_upload`].
///
/// # Errors
/// An answer without an ETag is [`Failure::Answer`]: the part could not be named later.
pub async fn upload_part(
    client: &Client,
    part: &UploadPart<'_>,
    body: Body,
    hash: PayloadHash,
    on_sent: Option<OnSent>,
) -> Result<String, Failure> {
    let mut request = client.request("PUT", Some(part.bucket), Some(part.key));
    request
        .param("partNumber", Some(&part.part_number.to_string()))
        .param("uploadId", Some(part.upload_id))
        .body(body, hash);
    if let Some(key) = part.customer_key() {
        key.add_to(&mut request, client)?;
    }
    if let Some(on_sent) = on_sent {
        request.on_sent(on_sent);
    }
    let answer = answer::send(client, request).await?;
    let etag = text(&answer.headers, "etag").and_then(|etag| unquoted(&etag));
    answer::finish(answer).await?;
    etag.ok_or_else(|| Failure::Answer("the answer has no ETag for the part".into()))
}

/// Makes the parts, in the order given, into the object. The service may take ten minutes.
///
/// # Errors
/// `200` with an `<Error>` is the service's failure. After any failure the object may be there
/// all the same: HEAD settles it.
pub async fn complete_multipart_upload(
    client: &Client,
    bucket: &str,
    key: &str,
    upload_id: &str,
    parts: &[(u32, String)],
) -> Result<PutAnswer, Failure> {
    let body = Bytes::from(xml_write::complete(parts));
    let mut request = client.request("POST", Some(bucket), Some(key));
    let hash = PayloadHash::of(&body);
    request
        .param("uploadId", Some(upload_id))
        .header("content-type", "application/xml")
        .body(Body::Bytes(body), hash)
        .patience(Patience::Minutes(STORE_WORK_MINUTES));
    let answer = answer::send_for_xml(client, request).await?;
    let etag = answer.read(|xml| {
        let mut etag = None;
        xml.children(|xml, name| {
            match name {
                "ETag" => etag = unquoted(&xml.text()?),
                _ => xml.skip()?,
            }
            Ok(())
        })?;
        Ok(etag)
    })?;
    Ok(PutAnswer {
        etag,
        version_id: answer.version_id,
    })
}

/// Gives an upload up and frees its parts.
pub async fn abort_multipart_upload(
    client: &Client,
    bucket: &str,
    key: &str,
    upload_id: &str,
) -> Result<(), Failure> {
    let mut request = client.request("DELETE", Some(bucket), Some(key));
    request.param("uploadId", Some(upload_id));
    answer::finish(answer::send(client, request).await?).await
}
