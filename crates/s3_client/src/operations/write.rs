//! PUT and DELETE of objects.

use jiff::Timestamp;
use rusoto_s3::{
    Delete, DeleteObjectRequest, DeleteObjectsRequest, ObjectIdentifier, S3 as _, S3Client,
};

use crate::client::Client;
use crate::failure::Failure;
pub use crate::http::OnSent;
use crate::http::{Body, Response};
use crate::operations::generated::{call, call_within, decode_text, settle};
use crate::operations::headers::ObjectHeaders;
use crate::operations::info::ObjectInfo;
use crate::operations::read::{ReadObject, head_object};
use crate::operations::response::{self, service_failure};
use crate::operations::xml::malformed;
use crate::request::STORE_WORK;
use crate::sign::PayloadHash;

/// What the service says about an object that it has put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutResponse {
    /// The ETag without its quotes; Ceph gives none after Complete.
    pub etag: Option<String>,
    /// The version, in a bucket with versions.
    pub version_id: Option<String>,
}

/// A response with a success status to a request that carried data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stored {
    /// ETag, version, checksums and encryption from the headers. The size is that of the body that
    /// was sent.
    pub info: ObjectInfo,
    /// Whether the response had no body, as S3 sends it.
    pub is_empty: bool,
    /// Why the response does not prove that the data was stored; `None` for status 200 with an ETag
    /// and without a body.
    pub doubt: Option<String>,
}

impl Stored {
    /// Reads the whole response to a request that carried `size` bytes.
    ///
    /// # Errors
    /// An `<Error>` in it is a failure of the service, whatever the status.
    pub(super) async fn read(response: Response, size: u64) -> Result<Self, Failure> {
        let (status, headers) = (response.status, response.headers);
        let body = response.body.collect(response::ERROR_LIMIT_BYTES).await?;
        let body = body.trim_ascii();
        let mut info = ObjectInfo::from_headers(&headers, true);
        info.size = size;
        let mut doubt = None;
        if !body.is_empty() {
            let said = service_failure(status, &headers, body, Timestamp::now());
            if said.code.is_some() {
                return Err(Failure::Service(Box::new(said)));
            }
            doubt = Some(
                said.message
                    .unwrap_or_else(|| "the response has a body".into()),
            );
        } else if status != 200 {
            doubt = Some(format!("the status of the response is {status}, not 200"));
        } else if info.etag.is_none() {
            doubt = Some("the response has no ETag".into());
        }
        Ok(Self {
            info,
            is_empty: body.is_empty(),
            doubt,
        })
    }
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
) -> Result<Stored, Failure> {
    let mut request = client.request("PUT", Some(bucket), Some(key));
    headers.add_to(&mut request, client)?;
    let size = body.len();
    request.body(body, hash);
    if let Some(on_sent) = on_sent {
        request.on_sent(on_sent);
    }
    Stored::read(response::send(client, request).await?, size).await
}

/// Deletes an object, or one version of it. As with S3, a missing one counts as deleted.
///
/// # Errors
/// Only S3's 204 proves the deletion. After any other success, HEAD decides.
pub async fn delete_object(
    client: &Client,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
) -> Result<(), Failure> {
    let request = DeleteObjectRequest {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version_id: version_id.map(str::to_owned),
        ..DeleteObjectRequest::default()
    };
    let response = call(client, async |s3| s3.delete_object(request).await).await;
    let head = ReadObject {
        bucket,
        key,
        version_id,
        ..ReadObject::default()
    };
    let done = async {
        let head = head_object(client, &head).await;
        head.is_err_and(|failure| failure.is_not_there())
    };
    settle(response, |raw| raw.status == 204, done).await
}

/// An object that DeleteObjects could not delete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteFailure {
    /// The key.
    pub key: String,
    /// The code, for example `AccessDenied`.
    pub code: Option<String>,
    /// The message of the service.
    pub message: Option<String>,
}

/// Deletes up to 1,000 objects (DeleteObjects) and returns those that could not be deleted: each key
/// with the id of a version, or without one for the object itself. Names with control characters,
/// which XML cannot carry, are deleted one by one.
///
/// # Errors
/// An incomplete response says nothing about any key. Repeating the request is harmless.
pub async fn delete_versions(
    client: &Client,
    bucket: &str,
    versions: &[(&str, Option<&str>)],
) -> Result<Vec<DeleteFailure>, Failure> {
    let (batch, single): (Vec<_>, Vec<_>) = versions
        .iter()
        .copied()
        .partition(|(key, version)| survives_xml(key) && version.is_none_or(survives_xml));
    for (key, version) in single {
        delete_object(client, bucket, key, version).await?;
    }
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    let objects = batch.iter().map(|(key, version)| ObjectIdentifier {
        key: (*key).to_owned(),
        version_id: version.map(str::to_owned),
    });
    let request = DeleteObjectsRequest {
        bucket: bucket.to_owned(),
        delete: Delete {
            objects: objects.collect(),
            quiet: Some(true),
        },
        ..DeleteObjectsRequest::default()
    };
    // A Garage cluster deletes forty keys a second.
    let delete = async |s3: S3Client| s3.delete_objects(request).await;
    let (output, raw) = call_within(client, Some(STORE_WORK), delete).await?;
    // Any other document would look like a result without failures. `Deleted` is ignored: some
    // services leave it empty, others send it although only failures were requested.
    let is_result = |name: &String| name == "Deleted" || name == "Error";
    if !raw.children()?.iter().all(is_result) {
        return Err(malformed("it is no result of a deletion"));
    }
    let failures = output.errors.into_iter().flatten();
    Ok(failures
        .map(|failure| DeleteFailure {
            key: decode_text(failure.key).unwrap_or_default(),
            code: decode_text(failure.code),
            message: decode_text(failure.message),
        })
        .collect())
}

/// Whether XML 1.0 carries the text unchanged. It cannot carry most control characters, it changes
/// line ends, and rusoto escapes neither.
fn survives_xml(text: &str) -> bool {
    text.chars()
        .all(|letter| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_fit_into_xml() {
        assert!(survives_xml("a \u{2028}\u{e9}&<"));
        for text in ["\u{1}", "\0", "a\r", "a\nb", "\t", "\u{85}", "\u{fffe}"] {
            assert!(!survives_xml(text), "{text:?}");
        }
    }
}
