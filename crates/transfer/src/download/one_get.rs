//! Fetches an object with one GET, written and summed in order while it comes. What breaks off
//! goes on from where it stopped, where a range can be asked for.

use std::sync::Arc;

use bytes::Bytes;
use common::Result;
use s3_client::failure::Failure;
use s3_client::operations::{GetResponse, ListedObject, ObjectInfo};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{JoinHandle, spawn_blocking};

use super::failure::FetchError;
use super::fetch::{Attempt, Fetched, Ranges, judge};
use super::place::{Place, Unfinished};
use super::receive::{PROGRESS_BYTES, RangeRequest, begin};
use super::{Download, Incoming};
use crate::blocking::{blocking, interrupted};
use crate::compare::{PartSize, part_size};
use crate::proof::{Expected, Lanes, Verifier, listed_proof};

/// Bytes that are written and summed at a time, while the next ones come.
const BATCH_BYTES: usize = 512 * 1024;

impl Download {
    /// One GET. What its response does not tell, the part size, is asked for before.
    pub(super) async fn fetch_in_one_get(
        &self,
        incoming: &Incoming,
        attempt: &Attempt<'_>,
        ranges: Ranges,
    ) -> Result<Fetched, FetchError> {
        let arrived = attempt.unless_stopped(self.arrive_in_order(incoming, attempt, ranges));
        let (file, info) = arrived.await?;
        settle(file, info, attempt).await
    }

    async fn arrive_in_order(
        &self,
        incoming: &Incoming,
        attempt: &Attempt<'_>,
        ranges: Ranges,
    ) -> Result<(Arriving, ObjectInfo), FetchError> {
        let object = attempt.object;
        let part_size = self.part_size(incoming, attempt).await;
        let held_bytes = object.size.min(2 * BATCH_BYTES as u64);
        let held = self.engine.memory.bytes(held_bytes).await;
        let range = 0..object.size;
        let request = self.range_request(incoming, object, &range, true);
        let mut file = Arriving {
            _held: held,
            place: Arc::new(self.place(incoming, attempt)?),
            size_bytes: object.size,
            lanes: self.engine.lanes.clone(),
            expected: Expected::Nothing,
            received_bytes: 0,
            batch: Vec::new(),
            batch_bytes: 0,
            idle: None,
            writing: None,
        };
        let mut first = None;
        let mut attempts = self.engine.at.attempts(&incoming.object.key);
        loop {
            let before = file.received_bytes;
            let received = self.receive_rest(&request, attempt, &part_size, &mut first, &mut file);
            let failure = match received.await {
                Ok(info) => return Ok((file, info)),
                Err(FetchError::Failed(failure)) => failure,
                Err(trouble) => return Err(trouble),
            };
            let etag = first
                .as_ref()
                .and_then(|info: &ObjectInfo| info.etag.as_ref());
            // Without an ETag nothing would tell whether the rest is of the same content.
            if ranges == Ranges::Ignored || etag.is_none() {
                file.begin_again().await?;
                first = None;
                attempt.meter.take_back();
            } else if file.received_bytes >= before + PROGRESS_BYTES {
                attempts.progressed();
            }
            if !attempts.again(&failure).await {
                return Err(FetchError::Failed(failure));
            }
        }
    }

    /// The part size, for an object whose ETag is made of the sums of its parts.
    async fn part_size(&self, incoming: &Incoming, attempt: &Attempt<'_>) -> PartSize {
        let ListedObject { size, etag, .. } = attempt.object;
        let listed = listed_proof(*size, etag.as_deref());
        if attempt.verify && listed.guesses_parts().is_some() {
            part_size(&self.object(incoming)).await
        } else {
            PartSize::Unknown
        }
    }

    /// Receives what is missing, and returns what the first response said.
    async fn receive_rest(
        &self,
        request: &RangeRequest<'_>,
        attempt: &Attempt<'_>,
        part_size: &PartSize,
        first: &mut Option<ObjectInfo>,
        file: &mut Arriving,
    ) -> Result<ObjectInfo, FetchError> {
        let rest = file.received_bytes..file.size_bytes;
        let asked = (file.received_bytes > 0).then(|| rest.clone());
        let client = &self.engine.at.client;
        let response = begin(client, request, asked, first.as_ref()).await?;
        let GetResponse {
            info,
            range,
            mut body,
        } = response;
        if range.is_some_and(|sent| sent != rest) {
            file.begin_again().await?;
            attempt.meter.take_back();
        }
        let first = first.get_or_insert(info);
        if file.received_bytes == 0 {
            file.expected = attempt.expected(first).in_parts_of(part_size);
        }
        while let Some(chunk) = body.chunk().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                // Only the end of the response is missing.
                Err(_) if file.received_bytes == file.size_bytes => break,
                Err(error) => return Err(FetchError::Failed(error.into())),
            };
            attempt.meter.add(chunk.len() as u64);
            file.push(chunk).await?;
        }
        if file.received_bytes == file.size_bytes {
            return Ok(first.clone());
        }
        let cause = format!(
            "the response has only {} of {} bytes",
            file.received_bytes, file.size_bytes
        );
        Err(FetchError::Failed(Failure::Response(cause)))
    }
}

/// Judges the whole, and gives the file its name.
async fn settle(
    mut file: Arriving,
    info: ObjectInfo,
    attempt: &Attempt<'_>,
) -> Result<Fetched, FetchError> {
    let modified = info.last_modified.or(attempt.object.last_modified);
    let (place, seen) = (Arc::clone(&file.place), attempt.seen.to_vec());
    let last = file.write_next().await?;
    let placed = blocking(&file.place.shown, move || {
        let OnDisk { temp, verifier, .. } = last()?;
        let proof = judge(verifier.finish(), &seen)?;
        Ok::<_, FetchError>((proof, place.finish(temp, modified)?))
    });
    let (proof, placed) = placed.await??;
    Ok(Fetched {
        placed,
        size_bytes: file.size_bytes,
        etag: info.etag,
        version_id: info.version_id,
        proof,
    })
}

/// An object on its way to the disk.
struct Arriving {
    /// Memory for two batches.
    _held: Option<OwnedSemaphorePermit>,
    place: Arc<Place>,
    size_bytes: u64,
    lanes: Lanes,
    expected: Expected,
    received_bytes: u64,
    /// What is to be written next.
    batch: Vec<Bytes>,
    batch_bytes: usize,
    idle: Option<OnDisk>,
    writing: Option<JoinHandle<Result<OnDisk, FetchError>>>,
}

/// What was written, and its sum.
struct OnDisk {
    temp: Unfinished,
    verifier: Verifier,
    written_bytes: u64,
}

impl Arriving {
    /// Takes in the next bytes. Waits while more than one batch is to be written.
    async fn push(&mut self, chunk: Bytes) -> Result<(), FetchError> {
        self.received_bytes += chunk.len() as u64;
        if self.received_bytes > self.size_bytes {
            let cause = "more bytes than asked for";
            return Err(FetchError::Failed(Failure::Response(cause.into())));
        }
        self.batch_bytes += chunk.len();
        self.batch.push(chunk);
        if self.batch_bytes >= BATCH_BYTES {
            let next = self.write_next().await?;
            self.writing = Some(spawn_blocking(next));
        }
        Ok(())
    }

    /// What writes the batch, after the one before it was written.
    async fn write_next(
        &mut self,
    ) -> Result<impl FnOnce() -> Result<OnDisk, FetchError> + Send + use<>, FetchError> {
        self.written().await?;
        let on_disk = self.idle.take();
        self.batch_bytes = 0;
        let chunks = std::mem::take(&mut self.batch);
        let (place, size_bytes) = (Arc::clone(&self.place), self.size_bytes);
        let (expected, lanes) = (self.expected.clone(), self.lanes.clone());
        Ok(move || {
            let mut on_disk = match on_disk {
                Some(on_disk) => on_disk,
                None => OnDisk {
                    temp: place.open_reserved(size_bytes)?,
                    verifier: Verifier::new(expected, &lanes),
                    written_bytes: 0,
                },
            };
            place.write(&on_disk.temp, on_disk.written_bytes, &chunks)?;
            on_disk.verifier.update(&chunks);
            on_disk.written_bytes += chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>();
            Ok(on_disk)
        })
    }

    /// Waits for the batch that is being written.
    async fn written(&mut self) -> Result<(), FetchError> {
        if let Some(writing) = self.writing.take() {
            let written = writing.await.map_err(|_| interrupted(&self.place.shown))?;
            self.idle = Some(written?);
        }
        Ok(())
    }

    /// Forgets what came.
    async fn begin_again(&mut self) -> Result<(), FetchError> {
        self.written().await?;
        self.batch.clear();
        (self.batch_bytes, self.received_bytes) = (0, 0);
        self.idle = None;
        Ok(())
    }
}
