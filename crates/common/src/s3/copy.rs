//! Copies inside the store.

use crate::client::Client;
use crate::failure::Failure;
use crate::request::Patience;
use crate::s3::answer;
use crate::s3::info::unquoted;
use crate::s3::write::PutAnswer;

/// The longest that a service may take over a copy or a Complete, in minutes.
pub(crate) const STORE_WORK_MINUTES: u16 = 10;

/// What to copy where. Attributes go along with the object.
#[derive(Clone, Copy, Debug)]
pub struct CopyObject<'a> {
    /// The bucket to copy to.
    pub bucket: &'a str,
    /// The key to copy to.
    pub key: &'a str,
    /// The bucket to copy from.
    pub source_bucket: &'a str,
    /// The key to copy from.
    pub source_key: &'a str,
    /// This version instead of the current one.
    pub source_version_id: Option<&'a str>,
}

/// Copies an object of up to 5 GiB. The service may take ten minutes.
///
/// # Errors
/// `200` with an `<Error>` is the service's failure.
pub async fn copy_object(client: &Client, copy: &CopyObject<'_>) -> Result<PutAnswer, Failure> {
    let mut source =
        rusoto_s3::util::encode_key(format!("{}/{}", copy.source_bucket, copy.source_key));
    if let Some(version) = copy.source_version_id {
        source.push_str("?versionId=");
        source.push_str(&rusoto_s3::util::encode_key(version));
    }
    let mut request = client.request("PUT", Some(copy.bucket), Some(copy.key));
    request
        .header("x-amz-copy-source", &source)
        .patience(Patience::Minutes(STORE_WORK_MINUTES));
    let answer = answer::send_for_xml(client, request).await?;
    let mut etag = None;
    answer.read(|xml| {
        xml.children(|xml, name| {
            match name {
                "ETag" => etag = unquoted(&xml.text()?),
                _ => xml.skip()?,
            }
            Ok(())
        })
    })?;
    Ok(PutAnswer {
        etag,
        version_id: answer.version_id,
    })
}
