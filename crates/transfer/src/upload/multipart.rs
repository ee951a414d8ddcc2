//! Sends a file in parts, side by side, and has the service put them together.

use std::ops::Range;

use common::ToError as _;
use common::http::Body;
use common::s3::{
    PutAnswer, UploadPart, abort_multipart_upload, complete_multipart_upload,
    create_multipart_upload, upload_part,
};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use md5::{Digest as _, Md5};

use super::settle::Uncertain;
use super::source::Source;
use super::{IN_MEMORY_BYTES, Outgoing, Sent, Trouble, Upload};
use crate::meter::Meter;
use crate::parts::Parts;
use crate::plan::Reason;

/// Parts of one file under way at a time; the room for bytes sets the real limit.
const PARTS_AHEAD: usize = 32;

impl Upload {
    /// Create, parts, Complete. Whatever goes wrong, the parts are taken back.
    pub(super) async fn put_in_parts(
        &self,
        file: &Outgoing,
        source: Source,
        parts: Parts,
        reason: Reason,
    ) -> Result<Sent, Trouble> {
        let upload_id = self.create(file).await?;
        let unfinished = Unfinished::new(self, file, &upload_id);
        let parts = self.send_parts(file, &source, &upload_id, parts).await?;
        source.still_the_same().await?;
        let completed = self
            .complete(file, &source, &upload_id, &parts, reason)
            .await?;
        unfinished.finished();
        Ok(completed)
    }

    /// An attempt that counts as failed may have begun an upload all the same.
    async fn create(&self, file: &Outgoing) -> Result<String, Trouble> {
        let headers = self.headers(file);
        let mut attempts = self.client.attempts();
        let permit = self.room.request().await;
        let created = attempts
            .run(|| {
                create_multipart_upload(&self.client, self.bucket.as_str(), &file.key, &headers)
            })
            .await;
        drop(permit);
        if attempts.may_be_done() {
            let ours = created.as_deref().ok();
            self.warn_of_lost_upload(file, ours).await;
        }
        created.map_err(Trouble::Failed)
    }

    async fn send_parts(
        &self,
        file: &Outgoing,
        source: &Source,
        upload_id: &str,
        parts: Parts,
    ) -> Result<Vec<(u32, String)>, Trouble> {
        let mut sent: Vec<(u32, String)> = stream::iter((1..).zip(parts.ranges()))
            .map(|(number, range)| self.send_part(file, source, upload_id, number, range))
            .buffer_unordered(PARTS_AHEAD)
            .try_collect()
            .await?;
        sent.sort_unstable_by_key(|(number, _)| *number);
        Ok(sent)
    }

    async fn send_part(
        &self,
        file: &Outgoing,
        source: &Source,
        upload_id: &str,
        number: u32,
        range: Range<u64>,
    ) -> Result<(u32, String), Trouble> {
        let length = range.end - range.start;
        let _held = self.room.bytes(length.min(IN_MEMORY_BYTES)).await;
        let (body, hash) = if length <= IN_MEMORY_BYTES {
            let (bytes, hash) = source.load(&self.buffers, range.start, length).await?;
            (Body::Bytes(bytes), hash)
        } else {
            let hash = source.hash(range.start, length).await?;
            (
                Body::File {
                    file: source.file(),
                    offset: range.start,
                    len: length,
                },
                hash,
            )
        };
        let meter = Meter::new(&self.monitor);
        let _permit = self.room.request().await;
        let part = UploadPart {
            bucket: self.bucket.as_str(),
            key: &file.key,
            upload_id,
            part_number: number,
            sse: self.headers.sse.as_ref(),
        };
        let mut attempts = self.client.attempts();
        let etag = self
            .try_while_unchanged(source, &body, &meter, &mut attempts, || {
                upload_part(&self.client, &part, body.clone(), hash, Some(meter.begin()))
            })
            .await?;
        Ok((number, etag))
    }

    /// A lost answer matters here: a second Complete may find the upload gone because the first
    /// succeeded. What stands there settles it before it counts as failure.
    async fn complete(
        &self,
        file: &Outgoing,
        source: &Source,
        upload_id: &str,
        parts: &[(u32, String)],
        reason: Reason,
    ) -> Result<Sent, Trouble> {
        let expected = etag_of_parts(parts);
        let mut attempts = self.client.attempts();
        let permit = self.room.request().await;
        let completed = attempts
            .run(|| {
                complete_multipart_upload(
                    &self.client,
                    self.bucket.as_str(),
                    &file.key,
                    upload_id,
                    parts,
                )
            })
            .await;
        drop(permit);
        let size_bytes = source.size_bytes();
        let failure = match completed {
            Ok(PutAnswer { etag, version_id }) => {
                return Ok(Sent {
                    size_bytes,
                    etag: etag.or(expected),
                    version_id,
                });
            }
            Err(failure) => failure,
        };
        let uncertain = Uncertain {
            upload_id,
            parts: parts.len(),
            etag: expected.as_deref(),
            size_bytes,
            may_be_done: attempts.may_be_done(),
        };
        self.settle_completion(file, uncertain, reason, &failure)
            .await
            .ok_or(Trouble::Failed(failure))
    }
}

/// The ETag that a service which makes ETags of MD5 sums gives the whole: the MD5 of the parts'
/// sums, and their number. `None` if the parts' ETags are no such sums.
fn etag_of_parts(parts: &[(u32, String)]) -> Option<String> {
    let mut sum = Md5::new();
    for (_, etag) in parts {
        let bytes = hex::decode(etag.trim_matches('"'))
            .ok()
            .filter(|bytes| bytes.len() == 16)?;
        sum.update(bytes);
    }
    Some(format!("{}-{}", hex::encode(sum.finalize()), parts.len()))
}

/// An upload that is not complete yet: dropped before [`Unfinished::finished`], its parts are
/// taken back in the background, and [`Upload::clean_up`] waits for that.
struct Unfinished<'a> {
    upload: &'a Upload,
    key: String,
    upload_id: String,
    open: bool,
}

impl<'a> Unfinished<'a> {
    fn new(upload: &'a Upload, file: &Outgoing, upload_id: &str) -> Self {
        Self {
            upload,
            key: file.key.clone(),
            upload_id: upload_id.to_owned(),
            open: true,
        }
    }

    fn finished(mut self) {
        self.open = false;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        let (client, bucket, context) = (
            self.upload.client.clone(),
            self.upload.bucket.clone(),
            self.upload.context.clone(),
        );
        let (key, upload_id) = (
            std::mem::take(&mut self.key),
            std::mem::take(&mut self.upload_id),
        );
        self.upload.cleaning.spawn(async move {
            let aborted = client
                .retry(|| abort_multipart_upload(&client, bucket.as_str(), &key, &upload_id))
                .await;
            if let Err(failure) = aborted
                && !failure.is_not_there()
            {
                log::warn!(
                    "s3://{bucket}/{key}: the parts sent so far stay behind: {}",
                    failure.into_error("take back", "", &context).cause()
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_etag_of_parts_is_the_md5_of_their_sums_and_their_number() {
        let part = "d41d8cd98f00b204e9800998ecf8427e".to_owned();
        let parts = [(1, part.clone()), (2, format!("\"{part}\""))];
        assert_eq!(
            etag_of_parts(&parts).as_deref(),
            Some("5873dd45edd01f09c1ef2e7819369e8e-2")
        );
        assert_eq!(etag_of_parts(&[(1, "no-md5".into())]), None);
    }
}
