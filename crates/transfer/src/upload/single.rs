//! Sends bytes in one request, a whole file or one part of it. Tries again until it is known
//! whether they arrived.

use common::{Error, Kind};
use s3_client::Failure;
use s3_client::http::Body;
use s3_client::operations::{
    ObjectHeaders, ObjectInfo, Stored, UploadPart, put_object, upload_part,
};

use super::source::{Payload, Source};
use super::sums::{Damage, Summing};
use super::{Outgoing, SendError, Sent, Upload};
use crate::meter::Meter;
use crate::plan::reason::Reason;
use crate::proof::{Mismatch, Verdict};

/// The destination of a payload.
pub(super) enum Delivery<'a> {
    /// An object, sent for this reason.
    Object(&'a ObjectHeaders, Reason),
    /// A part of an object.
    Part(UploadPart<'a>),
}

/// The stored object or part, and the proof that it is what was sent.
pub(super) struct Delivered {
    pub(super) info: ObjectInfo,
    pub(super) proof: Option<&'static str>,
}

impl Delivered {
    pub(super) fn new(info: ObjectInfo, proof: Option<&'static str>) -> Self {
        Self { info, proof }
    }
}

impl From<Delivered> for Sent {
    fn from(delivered: Delivered) -> Self {
        Self {
            size_bytes: delivered.info.size,
            etag: delivered.info.etag,
            version_id: delivered.info.version_id,
            proof: delivered.proof,
        }
    }
}

impl Upload {
    /// Sends the file with one PUT. The file is checked for changes after it was read, and again
    /// after it was sent.
    pub(super) async fn put(
        &self,
        file: &Outgoing,
        source: &Source,
        payload: Payload,
        reason: Reason,
    ) -> Result<Sent, SendError> {
        let headers = self.headers(file);
        let target = Delivery::Object(&headers, reason);
        let delivered = self.deliver(file, source, &payload, target).await?;
        Ok(delivered.into())
    }

    /// The bytes of a file, with the sums that the service is seen to need.
    pub(super) async fn payload(&self, source: &Source, body: Body) -> Result<Payload, SendError> {
        let summing = self.summing();
        source
            .summed(body, summing, self.engine.at.client.buffers())
            .await
    }

    pub(super) fn summing(&self) -> Summing {
        Summing::new(&self.needed_sums, &self.engine.lanes)
    }

    /// Tries until the bytes have arrived or another attempt makes no sense. A body that is read
    /// again from the file may have changed after it was hashed: then a service that does not check
    /// the hash has stored a mixture.
    pub(super) async fn deliver(
        &self,
        file: &Outgoing,
        source: &Source,
        payload: &Payload,
        target: Delivery<'_>,
    ) -> Result<Delivered, SendError> {
        let meter = Meter::new(&self.engine.monitor);
        let mut attempts = self.engine.at.attempts(&file.key);
        let mut damage = Damage::default();
        loop {
            let response = self.request(file, payload, &target, &meter).await;
            if payload.is_read_again()
                && let Err(trouble) = source.still_the_same().await
            {
                meter.take_back();
                let may_be_done = response.as_ref().err().is_none_or(Failure::may_be_done)
                    || attempts.may_be_done();
                let is_object = matches!(target, Delivery::Object(..));
                return Err(trouble.after_sending(is_object && may_be_done));
            }
            if let Ok(stored) = &response {
                self.needed_sums.learn(&payload.sums, &stored.info);
            }
            let is_empty = response.as_ref().is_ok_and(|stored| stored.is_empty);
            let mut is_damaged = false;
            let failure = match response {
                Ok(Stored { info, doubt, .. }) => match (self.verdict(payload, &info), doubt) {
                    (Verdict::Proved(name), _) => return Ok(Delivered::new(info, Some(name))),
                    (Verdict::Unproved, None) => return Ok(Delivered::new(info, None)),
                    (Verdict::Unproved, Some(doubt)) => Failure::Response(doubt),
                    (Verdict::Mismatch(mismatch), _) => {
                        is_damaged = true;
                        // Includes the sum: different damage each time means that these are
                        // different responses.
                        let cause = format!(
                            "the service received different bytes than were sent: {} is {}",
                            mismatch.name, mismatch.expected
                        );
                        damage.add(mismatch);
                        Failure::Response(cause)
                    }
                },
                Err(failure) => failure,
            };
            // If the response is a web page, an `<Error>` with status 200, or has no ETag, a HEAD
            // is quicker than sending again.
            let is_unclear = !is_damaged
                && match &failure {
                    Failure::Response(_) => true,
                    Failure::Service(said) => said.status < 300,
                    _ => false,
                };
            if is_unclear
                && let Some(delivered) =
                    Box::pin(self.settle(file, payload, &target, is_empty)).await
            {
                return Ok(delivered);
            }
            meter.take_back();
            if !damage.is_steady() && attempts.again(&failure).await {
                continue;
            }
            if attempts.may_be_done()
                && !(is_unclear || is_damaged)
                && let Some(delivered) = Box::pin(self.settle(file, payload, &target, false)).await
            {
                meter.add(payload.body.len());
                return Ok(delivered);
            }
            let is_object = matches!(target, Delivery::Object(..));
            if let Some(mismatch) = damage.last()
                && (is_damaged || is_object)
            {
                let error = self.damaged(file, is_object, mismatch);
                return Err(SendError::Local(if damage.is_steady() {
                    error.with_hint("the service reported the same sum each time: if its ETags are not MD5 sums, use --no-verify")
                } else {
                    error
                }));
            }
            return Err(SendError::Failed(failure));
        }
    }

    /// With `--no-verify`, a wrong sum counts as no proof.
    fn verdict(&self, payload: &Payload, info: &ObjectInfo) -> Verdict {
        match payload.sums.judge(info) {
            Verdict::Mismatch(_) if !self.engine.verify => Verdict::Unproved,
            verdict => verdict,
        }
    }

    /// A part cannot be used without its ETag, so it is sent again.
    async fn settle(
        &self,
        file: &Outgoing,
        payload: &Payload,
        target: &Delivery<'_>,
        is_accepted: bool,
    ) -> Option<Delivered> {
        match target {
            Delivery::Object(_, reason) => {
                self.settle_put(file, payload, *reason, is_accepted).await
            }
            Delivery::Part(_) => None,
        }
    }

    /// `is_stored`: the damaged bytes are an object now, not only a part of an upload.
    pub(super) fn damaged(&self, file: &Outgoing, is_stored: bool, mismatch: &Mismatch) -> Error {
        let stored = if is_stored { ", and stored them" } else { "" };
        Error::new(
            Kind::Damaged,
            "upload",
            format!("{} to {}", file.shown, self.subject(file)),
            format!(
                "the service received different bytes than were sent{stored}: \
                 {} is {} there, {} in the file",
                mismatch.name, mismatch.expected, mismatch.actual
            ),
        )
    }

    async fn request(
        &self,
        file: &Outgoing,
        payload: &Payload,
        target: &Delivery<'_>,
        meter: &Meter,
    ) -> Result<Stored, Failure> {
        let client = &self.engine.at.client;
        let (body, hash) = (payload.body.clone(), payload.sums.payload_hash());
        let on_sent = Some(meter.begin());
        match target {
            Delivery::Object(headers, _) => {
                let bucket = self.engine.at.bucket.as_str();
                put_object(client, bucket, &file.key, headers, body, hash, on_sent).await
            }
            Delivery::Part(part) => upload_part(client, part, body, hash, on_sent).await,
        }
    }
}
