//! Objects that have to be restored before they can be read.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};
use s3s::dto::{Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use super::object::{Object, Restore};

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Whether an archived object can be read at this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Frozen,
    Thawing,
    Thawed { expires: Option<SystemTime> },
}

impl Object {
    /// `None` for an object that is not archived.
    pub(crate) fn archive(&self, now: SystemTime) -> Option<State> {
        let archived = self.archive_status().is_some()
            || matches!(self.attributes.storage_class(), "GLACIER" | "DEEP_ARCHIVE");
        archived.then(|| match self.restore {
            None => State::Frozen,
            Some(restore) if now < restore.ready => State::Thawing,
            Some(Restore { expires, .. }) if expires.is_none_or(|end| now < end) => {
                State::Thawed { expires }
            }
            Some(_) => State::Frozen,
        })
    }

    /// `x-amz-archive-status`: an object of INTELLIGENT_TIERING that was not read for a long time.
    fn archive_status(&self) -> Option<&HeaderValue> {
        self.attributes.headers.get("x-amz-archive-status")
    }

    /// InvalidObjectState unless the object can be read.
    pub(crate) fn check_readable(&self, now: SystemTime) -> S3Result<()> {
        match self.archive(now) {
            None | Some(State::Thawed { .. }) => Ok(()),
            Some(State::Frozen | State::Thawing) => Err(s3_error!(
                InvalidObjectState,
                "The operation is not valid for the object's storage class"
            )),
        }
    }

    /// Adds the state of the restore to the headers of a response.
    pub(crate) fn describe_restore(&self, now: SystemTime, headers: &mut HeaderMap) {
        let text = match self.archive(now) {
            None | Some(State::Frozen) => return,
            Some(State::Thawing) => "ongoing-request=\"true\"".to_owned(),
            Some(State::Thawed { expires }) => {
                // The object moved back to the tier for frequent access.
                headers.remove("x-amz-archive-status");
                match expires.and_then(http_date) {
                    Some(date) => format!("ongoing-request=\"false\", expiry-date=\"{date}\""),
                    None => "ongoing-request=\"false\"".to_owned(),
                }
            }
        };
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert("x-amz-restore", value);
        }
    }

    /// Begins a restore, or extends the life of a restored copy. Returns true if a restore began.
    pub(crate) fn begin_restore(
        &mut self,
        now: SystemTime,
        thaw: Duration,
        days: Option<i32>,
        expedited: bool,
    ) -> S3Result<bool> {
        let state = self.archive(now).ok_or_else(|| {
            s3_error!(
                InvalidObjectState,
                "Restore is not allowed for the object's current storage class"
            )
        })?;
        let days = match days.map(u64::try_from) {
            None if self.archive_status().is_some() => None,
            Some(Ok(days)) if days > 0 && self.archive_status().is_none() => Some(days),
            _ => return Err(S3Error::new(S3ErrorCode::MalformedXML)),
        };
        if expedited && self.attributes.storage_class() == "DEEP_ARCHIVE" {
            return Err(s3_error!(
                InvalidArgument,
                "Retrieval option is not supported by this storage class"
            ));
        }
        let (ready, begun) = match state {
            State::Thawing => {
                let code = S3ErrorCode::RestoreAlreadyInProgress;
                let text = "Object restore is already in progress";
                return Err(S3Error::with_message(code, text));
            }
            State::Frozen => (now + thaw, true),
            State::Thawed { .. } => (now, false),
        };
        self.restore = Some(Restore {
            ready,
            expires: days.map(|days| midnight_after(ready, days)),
        });
        Ok(begun)
    }
}

/// Days end at the next midnight UTC, as on S3.
fn midnight_after(time: SystemTime, days: u64) -> SystemTime {
    let since = time
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    let day = since.saturating_add(days.saturating_mul(DAY_SECONDS)) / DAY_SECONDS + 1;
    UNIX_EPOCH + Duration::from_secs(day.saturating_mul(DAY_SECONDS).min(u64::from(u32::MAX)))
}

fn http_date(time: SystemTime) -> Option<String> {
    let mut date = Vec::new();
    Timestamp::from(time)
        .format(TimestampFormat::HttpDate, &mut date)
        .ok()?;
    String::from_utf8(date).ok()
}
