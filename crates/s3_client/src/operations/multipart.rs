//! Writing an object in parts: create, send the parts, complete or abort.

use bytes::Bytes;
use quick_xml::escape::escape;
use rusoto_s3::{AbortMultipartUploadRequest, S3 as _};

use crate::client::Client;
use crate::failure::{Failure, Meaning};
use crate::http::{Body, OnSent};
use crate::operations::customer_key::CustomerKey;
use crate::operations::generated::{call, settle};
use crate::operations::headers::{ObjectHeaders, ServerSideEncryption};
use crate::operations::info::unquoted;
use crate::operations::response::{self, text};
use crate::operations::uploads::list_parts;
use crate::operations::write::{PutResponse, Stored};
use crate::operations::xml::missing;
use crate::request::STORE_WORK;
use crate::sign::PayloadHash;

/// Begins an upload in parts and returns its id. All attributes are set here; parts repeat only a
/// customer key. Built by hand, because the generated operation lacks some of the headers.
pub async fn create_multipart_upload(
    client: &Client,
    bucket: &str,
    key: &str,
    headers: &ObjectHeaders,
) -> Result<String, Failure> {
    let mut request = client.request("POST", Some(bucket), Some(key));
    headers.add_to(&mut request, client)?;
    request.param("uploads", None);
    let response = response::send_for_xml(client, request).await?;
    let id = response.child("UploadId")?;
    Some(id)
        .filter(|id| !id.is_empty())
        .ok_or_else(|| missing("UploadId"))
}

/// A part of an upload.
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
    /// The encryption of the upload; only a customer key is sent again.
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

/// Sends one part. The ETag in the response is needed by [`complete_multipart_upload`].
///
/// # Errors
/// A response without an ETag is [`Failure::Response`]: the upload could not be completed with this
/// part.
pub async fn upload_part(
    client: &Client,
    part: &UploadPart<'_>,
    body: Body,
    hash: PayloadHash,
    on_sent: Option<OnSent>,
) -> Result<Stored, Failure> {
    let mut request = client.request("PUT", Some(part.bucket), Some(part.key));
    let size = body.len();
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
    let stored = Stored::read(response::send(client, request).await?, size).await?;
    match (&stored.info.etag, &stored.doubt) {
        (None, Some(doubt)) => Err(Failure::Response(doubt.clone())),
        _ => Ok(stored),
    }
}

/// Joins the parts, in the given order, into the object. The service may take ten minutes.
///
/// # Errors
/// `200` with an `<Error>` is a failure of the service. After any failure the object may exist
/// anyway; HEAD decides.
pub async fn complete_multipart_upload(
    client: &Client,
    bucket: &str,
    key: &str,
    upload_id: &str,
    parts: &[(u32, String)],
) -> Result<PutResponse, Failure> {
    let body = Bytes::from(document(parts));
    let mut request = client.request("POST", Some(bucket), Some(key));
    let hash = PayloadHash::of(&body);
    request
        .param("uploadId", Some(upload_id))
        .header("content-type", "application/xml")
        .body(Body::Bytes(body), hash);
    request.patience = Some(STORE_WORK);
    let response = response::send_for_xml(client, request).await?;
    Ok(PutResponse {
        // Ceph's is empty. XML without the element is not a response to a completion.
        etag: unquoted(&response.child("ETag")?),
        version_id: text(&response.headers, "x-amz-version-id"),
    })
}

/// The body of CompleteMultipartUpload: part numbers with their ETags, in the order given.
fn document(parts: &[(u32, String)]) -> String {
    let mut xml =
        String::from("<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (number, etag) in parts {
        let etag = escape(etag.as_str());
        xml.push_str(&format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag></Part>"
        ));
    }
    xml.push_str("</CompleteMultipartUpload>");
    xml
}

/// Aborts an upload and frees its parts.
///
/// # Errors
/// Only S3's 204 proves it. After any other success, ListParts decides.
pub async fn abort_multipart_upload(
    client: &Client,
    bucket: &str,
    key: &str,
    upload_id: &str,
) -> Result<(), Failure> {
    let request = AbortMultipartUploadRequest {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        upload_id: upload_id.to_owned(),
        ..AbortMultipartUploadRequest::default()
    };
    let response = call(client, async |s3| s3.abort_multipart_upload(request).await).await;
    let done = async {
        let parts = list_parts(client, bucket, key, upload_id).await;
        parts.is_err_and(|failure| failure.meaning() == Some(Meaning::NoSuchUpload))
    };
    settle(response, |raw| raw.status == 204, done).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etag_of_a_part_is_quoted_and_escaped() {
        assert_eq!(
            document(&[(1, "a<b".into())]),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Part><PartNumber>1</PartNumber><ETag>&quot;a&lt;b&quot;</ETag></Part>\
             </CompleteMultipartUpload>"
        );
    }
}
