//! Finds out with HEAD whether a request succeeded although its response was lost or unusable.
//!
//! A false failure is acceptable; a false success is not. So an object counts only if it has the
//! content of the file and is new: an older object may have the same content and other attributes.

use s3_client::failure::Meaning;
use s3_client::operations::{ObjectInfo, list_multipart_uploads, list_parts};

use super::single::Delivered;
use super::source::Payload;
use super::sums::SentParts;
use super::{Outgoing, Sent, Upload};
use crate::compare::Content;
use crate::plan::reason::Reason;
use crate::proof::Verdict;

/// An upload in parts whose completion failed.
#[derive(Clone, Copy)]
pub(super) struct Uncertain<'a> {
    pub(super) upload_id: &'a str,
    /// The parts that the object would consist of.
    pub(super) sent: &'a SentParts,
    /// The size of the file in bytes.
    pub(super) size_bytes: u64,
    /// Whether a response may have been lost.
    pub(super) may_be_done: bool,
}

impl Upload {
    /// The object, if the file was stored although the response does not tell.
    ///
    /// `is_accepted`: the response was an empty success. Then two more objects count: an older
    /// object with the same content, if the user gave no attributes; and an object of the right
    /// size without proof, if there was none of that size before.
    pub(super) async fn settle_put(
        &self,
        file: &Outgoing,
        payload: &Payload,
        reason: Reason,
        is_accepted: bool,
    ) -> Option<Delivered> {
        let may_be_old = is_accepted && !self.engine.policy.attributes;
        if !reason.saw_other_content() && !may_be_old {
            return None;
        }
        let info = self.object(&file.key).head().await.ok()?;
        let is_new = matches!(reason, Reason::New | Reason::OtherSize);
        let proof = match payload.sums.judge(&info) {
            _ if info.size != payload.body.len() => return None,
            Verdict::Proved(name) => Some(name),
            Verdict::Unproved if is_accepted && is_new && info.etag.is_some() => None,
            Verdict::Unproved | Verdict::Mismatch(_) => return None,
        };
        log::info!("{}: there, as HEAD shows", self.subject(file));
        Some(Delivered::new(info, proof))
    }

    /// The same for an upload in parts. Here the upload id is a second proof: no other run knows
    /// it. So if the upload is gone, it was completed, or somebody aborted all uploads.
    ///
    /// If a service has ETags that are no sums, both proofs are needed: the upload is gone, and
    /// there is a new object of this size and number of parts.
    pub(super) async fn settle_completion(
        &self,
        file: &Outgoing,
        upload: Uncertain<'_>,
        reason: Reason,
    ) -> Option<Sent> {
        let info = self.object(&file.key).head().await.ok()?;
        if info.size != upload.size_bytes {
            return None;
        }
        let content = match upload.sent.judge(&info) {
            Verdict::Proved(name) => Content::Equal(name),
            Verdict::Mismatch(_) => Content::Differs,
            Verdict::Unproved => self.compare_with(file, &info).await.ok()?,
        };
        let is_new = reason.saw_other_content();
        let (is_there, proof) = match content {
            Content::Differs => (false, None),
            Content::Equal(name) => (is_new || self.is_gone(file, upload).await, Some(name)),
            Content::Unknown => {
                let parts = upload.sent.parts.len();
                let is_there = is_new
                    && self.has_parts(file, &info, parts).await
                    && self.is_gone(file, upload).await;
                (is_there, None)
            }
        };
        is_there.then(|| {
            log::info!("{}: complete, as HEAD shows", self.subject(file));
            Delivered::new(info, proof).into()
        })
    }

    /// Whether the upload is gone now and was not before a response was lost.
    async fn is_gone(&self, file: &Outgoing, upload: Uncertain<'_>) -> bool {
        if !upload.may_be_done {
            return false;
        }
        let (bucket, key) = (self.engine.at.bucket.as_str(), file.key.as_str());
        let parts = self
            .engine
            .at
            .client
            .retry(|| list_parts(&self.engine.at.client, bucket, key, upload.upload_id))
            .await;
        parts.is_err_and(|failure| failure.meaning() == Some(Meaning::NoSuchUpload))
    }

    /// Whether the object has this number of parts.
    async fn has_parts(&self, file: &Outgoing, info: &ObjectInfo, parts: usize) -> bool {
        let of_etag = info
            .etag
            .as_deref()
            .and_then(|etag| etag.rsplit_once('-')?.1.parse().ok());
        if of_etag == Some(parts) {
            return true;
        }
        let first = self.object(&file.key).head_part(1).await;
        let count = first.ok().and_then(|first| first.parts_count);
        count.is_some_and(|count| usize::try_from(count) == Ok(parts))
    }

    /// Warns if an upload may be left in the bucket because the response to its creation was lost.
    /// It is not aborted, because it could belong to another run that sends the same file.
    pub(super) async fn warn_of_lost_upload(&self, file: &Outgoing, ours: Option<&str>) {
        let (bucket, key) = (self.engine.at.bucket.as_str(), file.key.as_str());
        let page = self
            .engine
            .at
            .client
            .retry(|| list_multipart_uploads(&self.engine.at.client, bucket, key, None))
            .await;
        let others = page.map(|page| {
            let of_key = page.uploads.iter().filter(|upload| upload.key == key);
            of_key
                .filter(|upload| Some(upload.upload_id.as_str()) != ours)
                .count()
        });
        // Without permission to look, the warning is printed too.
        if others.is_ok_and(|others| others == 0) {
            return;
        }
        self.engine.monitor.warning(&format!(
            "{}: the response to the beginning of its upload was lost, so an unfinished upload \
             without parts may stay behind: `do_bucket_list --uploads s3://{bucket}` shows it",
            self.subject(file)
        ));
    }
}
