//! RestoreObject: asking for a readable copy of an archived object.

use std::fmt;

use rusoto_s3::{GlacierJobParameters, RestoreObjectRequest, RestoreRequest, S3 as _};

use crate::client::Client;
use crate::failure::Failure;
use crate::operations::archive::Thaw;
use crate::operations::generated::{call, doubt};
use crate::operations::read::{ReadObject, head_object};

/// How fast an archived object is restored. Faster is more expensive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestoreTier {
    /// Minutes; not for DEEP_ARCHIVE.
    Expedited,
    /// Hours.
    #[default]
    Standard,
    /// Half a day to two days.
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

/// The result of RestoreObject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restoring {
    /// 202: the restore was begun.
    Accepted,
    /// 200: a restored copy exists already. It now stays for the requested days.
    AlreadyRestored,
    /// 409 RestoreAlreadyInProgress: an earlier restore is still running.
    InProgress,
    /// 403 InvalidObjectState or ObjectAlreadyInActiveTierError: the object is not archived.
    NotArchived,
}

/// Requests a readable copy of an archived object for `days`, which an object of
/// INTELLIGENT_TIERING must not have (see
/// [`ArchiveTier::takes_days`](crate::operations::ArchiveTier::takes_days)). Without `version_id`,
/// this means the current version. Repeating the request is harmless.
///
/// # Errors
/// Services without archives answer NotImplemented (501) or something else. If the response proves
/// nothing, HEAD decides.
pub async fn restore_object(
    client: &Client,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
    days: Option<u32>,
    tier: RestoreTier,
) -> Result<Restoring, Failure> {
    let request = RestoreObjectRequest {
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        version_id: version_id.map(str::to_owned),
        restore_request: Some(RestoreRequest {
            days: days.map(i64::from),
            glacier_job_parameters: Some(GlacierJobParameters {
                tier: tier.to_string(),
            }),
            ..RestoreRequest::default()
        }),
        ..RestoreObjectRequest::default()
    };
    // The status tells the two successes apart. The typed output lacks it.
    let response = match call(client, async |s3| s3.restore_object(request).await).await {
        Ok((_, raw)) if raw.status == 202 => return Ok(Restoring::Accepted),
        Ok((_, raw)) if raw.status == 200 => return Ok(Restoring::AlreadyRestored),
        Ok((_, raw)) => Ok(raw),
        Err(failure) => Err(failure),
    };
    if let Err(Failure::Service(failure)) = &response {
        match (failure.status, failure.code.as_deref().unwrap_or_default()) {
            (409, "RestoreAlreadyInProgress") => return Ok(Restoring::InProgress),
            (403, "InvalidObjectState" | "ObjectAlreadyInActiveTierError") => {
                return Ok(Restoring::NotArchived);
            }
            _ => {}
        }
    }
    let Some(doubt) = doubt(response, |_| false)? else {
        return Ok(Restoring::Accepted);
    };
    let head = ReadObject {
        bucket,
        key,
        version_id,
        ..ReadObject::default()
    };
    let archive = head_object(client, &head)
        .await
        .ok()
        .and_then(|info| info.archive());
    match archive.map(|archive| archive.thaw) {
        Some(Thaw::Thawing) => Ok(Restoring::InProgress),
        Some(Thaw::Thawed { .. }) => Ok(Restoring::AlreadyRestored),
        Some(Thaw::Frozen) | None => Err(doubt),
    }
}
