//! PUT and DELETE of objects.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};

use crate::client::Client;
use crate::failure::Failure;
use crate::http::Body;
pub use crate::http::OnSent;
use crate::request::Patience;
use crate::s3::answer::{self, text};
use crate::s3::copy::STORE_WORK_MINUTES;
use crate::s3::headers::ObjectHeaders;
use crate::s3::info::unquoted;
use crate::s3::xml::{Broken, Xml};
use crate::s3::xml_write;
use crate::sign::PayloadHash;

/// What the service says about an object that it has stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutAnswer {
    /// The ETag without its quotes; Ceph gives none after Complete.
    pub etag: Option<String>,
    /// The version, in a bucket with versions.
    pub version_id: Option<String>,
}

/// Writes an object in one request.
///
/// # Errors
/// Attributes that cannot be sent are [`Failure::Final`].
pub async fn put_object(
    client: &Client,
    bucket: &str,
    key: &str,
    headers: &ObjectHeaders,
    body: Body,
    hash: PayloadHash,
    on_sent: Option<OnSent>,
) -> Result<PutAnswer, Failure> {
    let mut request = client.request("PUT", Some(bucket), Some(key));
    headers.add_to(&mut request, client)?;
    request.body(body, hash);
    if let Some(on_sent) = on_sent {
        request.on_sent(on_sent);
    }
    let answer = answer::send(client, request).await?;
    let done = PutAnswer {
        etag: text(&answer.headers, "etag").and_then(|etag| unquoted(&etag)),
        version_id: text(&answer.headers, "x-amz-version-id"),
    };
    answer::finish(answer).await?;
    Ok(done)
}

/// Deletes an object, or one version of it. A missing one counts as deleted, as S3 has it.
pub async fn delete_object(
    client: &Client,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
) -> Result<(), Failure> {
    let mut request = client.request("DELETE", Some(bucket), Some(key));
    if let Some(version) = version_id {
        request.param("versionId", Some(version));
    }
    answer::finish(answer::send(client, request).await?).await
}

/// An object that DeleteObjects could not delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteFailure {
    /// The key.
    pub key: String,
    /// The code, for example `AccessDenied`.
    pub code: Option<String>,
    /// The service's words.
    pub message: Option<String>,
}

/// Deletes up to 1,000 objects in one request and returns those that are still there. Keys that
/// XML cannot carry (control characters) are deleted one by one.
///
/// # Errors
/// An answer that is not whole tells nothing about any of the keys; asking again is harmless.
pub async fn delete_objects(
    client: &Client,
    bucket: &str,
    keys: &[&str],
) -> Result<Vec<DeleteFailure>, Failure> {
    let current: Vec<_> = keys.iter().map(|key| (*key, None)).collect();
    delete_versions(client, bucket, &current).await
}

/// The same for versions: each key with the id of one of its versions, or without for the object
/// itself.
///
/// # Errors
/// As of [`delete_objects`].
pub async fn delete_versions(
    client: &Client,
    bucket: &str,
    versions: &[(&str, Option<&str>)],
) -> Result<Vec<DeleteFailure>, Failure> {
    let (batch, single): (Vec<_>, Vec<_>) = versions
        .iter()
        .copied()
        .partition(|(key, _)| xml_write::fits(key));
    for (key, version) in single {
        delete_object(client, bucket, key, version).await?;
    }
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let body = Bytes::from(xml_write::delete(batch));
    let mut request = client.request("POST", Some(bucket), None);
    request.param("delete", None);
    // JuiceFS and Swift refuse a request without it.
    request.header("content-md5", &STANDARD.encode(Md5::digest(&body)));
    request.header("content-type", "application/xml");
    let hash = PayloadHash::of(&body);
    request
        .body(Body::Bytes(body), hash)
        // A cluster of Garage deletes forty keys a second.
        .patience(Patience::Minutes(STORE_WORK_MINUTES));
    let answer = answer::send_for_xml(client, request).await?;
    answer.read(delete_failures)
}

/// The `<Error>` elements of the answer. `<Deleted>` is not looked at: some services leave it
/// empty, others send it although the request was for failures only.
fn delete_failures(xml: &mut Xml<'_>) -> Result<Vec<DeleteFailure>, Broken> {
    let mut failures = Vec::new();
    xml.children(|xml, name| {
        if name != "Error" {
            return xml.skip();
        }
        let mut failure = DeleteFailure::default();
        xml.children(|xml, name| {
            match name {
                "Key" => failure.key = xml.text()?.into_owned(),
                "Code" => failure.code = xml.some_text()?,
                "Message" => failure.message = xml.some_text()?,
                _ => xml.skip()?,
            }
            Ok(())
        })?;
        failures.push(failure);
        Ok(())
    })?;
    Ok(failures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::xml;

    #[test]
    fn what_could_not_be_deleted_is_named() {
        let body = b"<DeleteResult><Deleted></Deleted><Error><Key>a&amp;b</Key>\
            <Code>AccessDenied</Code><Message/></Error></DeleteResult>";
        let failures = xml::success(body, delete_failures).unwrap();
        assert_eq!(
            failures,
            [DeleteFailure {
                key: "a&b".into(),
                code: Some("AccessDenied".into()),
                message: None
            }]
        );
    }
}
