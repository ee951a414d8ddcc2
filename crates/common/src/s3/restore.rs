//! RestoreObject: asking for a readable copy of an archived object.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use md5::{Digest, Md5};

use crate::client::Client;
use crate::failure::Failure;
use crate::http::Body;
use crate::s3::answer;
use crate::s3::xml_write;
use crate::sign::PayloadHash;

/// How fast, and at what price, an archived object is to be restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestoreTier {
    /// Minutes, at a price; not for DEEP_ARCHIVE.
    Expedited,
    /// Hours.
    #[default]
    Standard,
    /// Half a day or two, the cheapest.
    Bulk,
}

/// As S3 spells it.
impl fmt::Display for RestoreTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expedited => "Expedited",
            Self::Standard => "Standard",
            Self::Bulk => "Bulk",
        })
    }
}

/// What RestoreObject came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restoring {
    /// 202: the restore was begun.
    Accepted,
    /// 200: a restored copy is there already; it now stays for the days that were asked for.
    AlreadyRestored,
    /// 409 RestoreAlreadyInProgress: somebody asked before, and it is not finished.
    InProgress,
    /// 403 InvalidObjectState or ObjectAlreadyInActiveTierError: the object is not archived, so
    /// that there is nothing to restore.
    NotArchived,
}

/// Asks for a readable copy of an archived object that stays for `days`, which an object of
/// INTELLIGENT_TIERING must not have (see
/// [`ArchiveTier::takes_days`](crate::s3::ArchiveTier::takes_days)). Without `version_id` the
/// current version is meant. To be asked again is harmless.
///
/// # Errors
/// Services without archives answer NotImplemented (501), others something of their own.
pub async fn restore_object(
    client: &Client,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
    days: Option<u32>,
    tier: RestoreTier,
) -> Result<Restoring, Failure> {
    let body = Bytes::from(xml_write::restore(days, &tier.to_string()));
    let mut request = client.request("POST", Some(bucket), Some(key));
    request.param("restore", None);
    if let Some(version) = version_id {
        request.param("versionId", Some(version));
    }
    request.header("content-md5", &STANDARD.encode(Md5::digest(&body)));
    request.header("content-type", "application/xml");
    let hash = PayloadHash::of(&body);
    request.body(Body::Bytes(body), hash);
    let answer = match answer::send(client, request).await {
        Ok(answer) => answer,
        Err(Failure::Service(failure)) => {
            let code = failure.code.as_deref().unwrap_or_default();
            return match (failure.status, code) {
                (409, "RestoreAlreadyInProgress") => Ok(Restoring::InProgress),
                (403, "InvalidObjectState" | "ObjectAlreadyInActiveTierError") => {
                    Ok(Restoring::NotArchived)
                }
                _ => Err(Failure::Service(failure)),
            };
        }
        Err(failure) => return Err(failure),
    };
    let status = answer.status;
    answer::finish(answer).await?;
    match status {
        202 => Ok(Restoring::Accepted),
        200 => Ok(Restoring::AlreadyRestored),
        _ => Err(Failure::Answer(format!(
            "the answer to a restore has the status {status}"
        ))),
    }
}
