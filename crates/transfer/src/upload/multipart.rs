//! Sends a file in parts, several at a time, and completes the object.

use std::ops::Range;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use s3_client::Failure;
use s3_client::failure::Meaning;
use s3_client::operations::{PutResponse, UploadPart, complete_multipart_upload};

use super::settle::Uncertain;
use super::single::{Delivered, Delivery};
use super::source::Source;
use super::sums::{SentPart, SentParts};
use super::{MOST_HELD_BYTES, Outgoing, SendError, Sent, Upload};
use crate::parts::Parts;
use crate::plan::reason::Reason;
use crate::proof::Verdict;

/// The most parts of one file in flight. In practice the memory limit is reached first.
const PARTS_AHEAD: usize = 32;

impl Upload {
    /// Creates the upload, sends the parts, completes it. If anything fails, the upload is aborted.
    pub(super) async fn put_in_parts(
        &self,
        file: &Outgoing,
        source: Source,
        shape: Parts,
        reason: Reason,
    ) -> Result<Sent, SendError> {
        let unfinished = self.begin(file).await?;
        let sent = self
            .send_parts(file, &source, &unfinished.upload_id, shape)
            .await?;
        source.still_the_same().await?;
        let completed = self
            .complete(
                file,
                source.size_bytes(),
                &unfinished.upload_id,
                &sent,
                reason,
            )
            .await?;
        unfinished.finished();
        Ok(completed)
    }

    async fn send_parts(
        &self,
        file: &Outgoing,
        source: &Source,
        upload_id: &str,
        shape: Parts,
    ) -> Result<SentParts, SendError> {
        let mut parts: Vec<SentPart> = stream::iter((1..).zip(shape.ranges()))
            .map(|(number, range)| self.send_part(file, source, upload_id, number, range))
            .buffer_unordered(PARTS_AHEAD)
            .try_collect()
            .await?;
        parts.sort_unstable_by_key(|part| part.number);
        Ok(SentParts { shape, parts })
    }

    pub(super) async fn send_part(
        &self,
        file: &Outgoing,
        source: &Source,
        upload_id: &str,
        number: u32,
        range: Range<u64>,
    ) -> Result<SentPart, SendError> {
        let _held = self.engine.memory.bytes(MOST_HELD_BYTES).await;
        let payload = self.payload(source, source.body(&range)).await?;
        let part = UploadPart {
            bucket: self.engine.at.bucket.as_str(),
            key: &file.key,
            upload_id,
            part_number: number,
            sse: self.headers.sse.as_ref(),
        };
        let Delivered { info, proof } = self
            .deliver(file, source, &payload, Delivery::Part(part))
            .await?;
        Ok(SentPart {
            number,
            // Without an ETag the part would not count as delivered.
            etag: info.etag.unwrap_or_default(),
            sums: payload.sums,
            proof,
        })
    }

    /// A lost response is special here: a second Complete may find no upload because the first one
    /// succeeded. So HEAD decides before this counts as a failure. If the response is not from S3,
    /// HEAD is sent at once.
    pub(super) async fn complete(
        &self,
        file: &Outgoing,
        size_bytes: u64,
        upload_id: &str,
        sent: &SentParts,
        reason: Reason,
    ) -> Result<Sent, SendError> {
        let parts = sent.listed();
        let mut attempts = self.engine.at.attempts(&file.key);
        loop {
            let (bucket, key) = (self.engine.at.bucket.as_str(), file.key.as_str());
            let completed =
                complete_multipart_upload(&self.engine.at.client, bucket, key, upload_id, &parts)
                    .await;
            let failure = match completed {
                Ok(response) => return self.completed(file, size_bytes, sent, response).await,
                Err(failure) => failure,
            };
            let is_unclear = matches!(failure, Failure::Response(_))
                || failure.meaning() == Some(Meaning::NotS3);
            let goes_on = !is_unclear && attempts.again(&failure).await;
            if !goes_on {
                let uncertain = Uncertain {
                    upload_id,
                    sent,
                    size_bytes,
                    may_be_done: is_unclear || attempts.may_be_done(),
                };
                if let Some(sent) = self.settle_completion(file, uncertain, reason).await {
                    return Ok(sent);
                }
            }
            if !(goes_on || is_unclear && attempts.again(&failure).await) {
                return Err(SendError::Failed(failure));
            }
        }
    }

    /// Compares the object with its parts. If the response to Complete proves nothing (Ceph's has
    /// no ETag), HEAD may.
    async fn completed(
        &self,
        file: &Outgoing,
        size_bytes: u64,
        sent: &SentParts,
        response: PutResponse,
    ) -> Result<Sent, SendError> {
        let mut info = s3_client::operations::ObjectInfo {
            size: size_bytes,
            etag: response.etag,
            version_id: response.version_id,
            ..Default::default()
        };
        let mut verdict = sent.judge(&info);
        if !matches!(verdict, Verdict::Proved(_)) {
            match self.object(&file.key).head().await {
                Ok(found) => {
                    verdict = sent.judge(&found);
                    info.etag = found.etag;
                }
                Err(failure) if failure.is_not_there() => return Err(SendError::Failed(failure)),
                // We have no permission to read: the response to Complete must be enough.
                Err(_) => {}
            }
        }
        match verdict {
            Verdict::Mismatch(mismatch) if self.engine.verify => {
                Err(SendError::Local(self.damaged(file, true, &mismatch)))
            }
            Verdict::Proved(name) => Ok(Delivered::new(info, Some(name)).into()),
            Verdict::Mismatch(_) | Verdict::Unproved => Ok(Delivered::new(info, None).into()),
        }
    }
}
