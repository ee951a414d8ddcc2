//! Sends a file in one request.

use common::Failure;
use common::http::Body;
use common::retry::Attempts;
use common::s3::put_object;
use common::sign::PayloadHash;

use super::source::Source;
use super::{IN_MEMORY_BYTES, Outgoing, Sent, Trouble, Upload};
use crate::meter::Meter;
use crate::plan::Reason;

impl Upload {
    /// One PUT: read once into memory if it fits its share, else read twice, to hash and to send.
    /// The service compares the signed SHA-256 with what arrives.
    pub(super) async fn put(
        &self,
        file: &Outgoing,
        source: Source,
        reason: Reason,
    ) -> Result<Sent, Trouble> {
        let size_bytes = source.size_bytes();
        let _held = self.room.bytes(size_bytes.min(IN_MEMORY_BYTES)).await;
        let (body, hash) = match size_bytes {
            0 => (Body::Empty, PayloadHash::Empty),
            1..=IN_MEMORY_BYTES => {
                let (bytes, hash) = source.load(&self.buffers, 0, size_bytes).await?;
                (Body::Bytes(bytes), hash)
            }
            _ => {
                let hash = source.hash(0, size_bytes).await?;
                (
                    Body::File {
                        file: source.file(),
                        offset: 0,
                        len: size_bytes,
                    },
                    hash,
                )
            }
        };
        source.still_the_same().await?;
        let headers = self.headers(file);
        let meter = Meter::new(&self.monitor);
        let mut attempts = self.client.attempts();
        let permit = self.room.request().await;
        let answer = self
            .try_while_unchanged(&source, &body, &meter, &mut attempts, || {
                put_object(
                    &self.client,
                    self.bucket.as_str(),
                    &file.key,
                    &headers,
                    body.clone(),
                    hash,
                    Some(meter.begin()),
                )
            })
            .await;
        drop(permit);
        match answer {
            Ok(answer) => Ok(Sent {
                size_bytes,
                etag: answer.etag,
                version_id: answer.version_id,
            }),
            Err(Trouble::Failed(failure)) if attempts.may_be_done() => {
                let sent = self.settle_put(file, reason, &failure).await;
                sent.inspect(|_| meter.moved(size_bytes))
                    .ok_or(Trouble::Failed(failure))
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// Tries a request that carries bytes of the source until it succeeds, makes no sense any
    /// more, or a body that is read again from the file has changed: then it no longer has the
    /// hash that it was signed with, and no attempt could succeed.
    pub(super) async fn try_while_unchanged<T, F>(
        &self,
        source: &Source,
        body: &Body,
        meter: &Meter,
        attempts: &mut Attempts,
        mut request: impl FnMut() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        loop {
            let failure = match request().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            meter.take_back();
            if matches!(body, Body::File { .. }) {
                source.still_the_same().await?;
            }
            if !attempts.again(&failure).await {
                return Err(Trouble::Failed(failure));
            }
        }
    }
}
