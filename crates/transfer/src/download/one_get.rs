//! Fetches a large object with one GET, written and summed up in order while it comes: where the
//! service ignores ranges, or nothing tells whether two ranges are of the same content.

use std::sync::Arc;

use bytes::Bytes;
use s3_client::failure::Failure;
use s3_client::operations::{GetResponse, ListedObject, ObjectInfo};

use super::failure::FetchError;
use super::fetch::{Attempt, Fetched, judge};
use super::place::{Place, Unfinished};
use super::ranges::open_temp;
use super::receive::begin;
use super::summing::RANGE_BYTES;
use super::{Download, Incoming};
use crate::blocking::blocking;
use crate::proof::{Expected, Verifier};
use tokio_util::task::TaskTracker;

/// Bytes that are written and summed up at a time.
const BATCH_BYTES: u64 = RANGE_BYTES;

/// A complete file that was not judged yet.
struct Complete {
    info: ObjectInfo,
    place: Arc<Place>,
    temp: Unfinished,
    verifier: Verifier,
}

impl Download {
    /// HEAD, then one GET. What breaks off begins anew: no range can be asked for.
    pub(super) async fn fetch_in_one_get(
        &self,
        incoming: &Incoming,
        attempt: &Attempt<'_>,
    ) -> Result<Fetched, FetchError> {
        let writers = TaskTracker::new();
        let complete = attempt.unless_stopped(async {
            let (info, expected) = self.ask(incoming, attempt).await?;
            let object = ListedObject {
                size: info.size,
                etag: info.etag,
                last_modified: info.last_modified.or(attempt.object.last_modified),
                ..attempt.object.clone()
            };
            let _held = self.engine.memory.bytes(BATCH_BYTES).await;
            let mut attempts = self.engine.at.client.attempts();
            loop {
                let streamed = self.stream(incoming, &object, &expected, attempt, &writers);
                let failure = match streamed.await {
                    Err(FetchError::Failed(failure)) => failure,
                    ended => return ended,
                };
                attempt.meter.take_back();
                if !attempts.again(&failure).await {
                    return Err(FetchError::Failed(failure));
                }
            }
        });
        let Complete {
            info,
            place,
            temp,
            verifier,
        } = complete.await?;
        let size_bytes = info.size;
        let modified = info.last_modified.or(attempt.object.last_modified);
        let (shown, seen) = (place.shown.clone(), attempt.seen.to_vec());
        let done = blocking(&shown, move || {
            let proof = judge(verifier.finish(), &seen)?;
            let placed = place.finish(temp, modified)?;
            Ok::<_, FetchError>((proof, placed))
        });
        let (proof, placed) = done.await??;
        Ok(Fetched {
            placed,
            size_bytes,
            etag: info.etag,
            version_id: info.version_id,
            proof,
        })
    }

    async fn stream(
        &self,
        incoming: &Incoming,
        object: &ListedObject,
        expected: &Expected,
        attempt: &Attempt<'_>,
        writers: &TaskTracker,
    ) -> Result<Complete, FetchError> {
        let range = 0..object.size;
        let request = self.range_request(incoming, object, &range, true);
        let GetResponse { info, mut body, .. } =
            begin(&self.engine.at.client, &request, None, None).await?;
        let place = Arc::new(self.place(incoming)?);
        let mut temp = open_temp(&place, object.size, writers).await?;
        let mut verifier = Verifier::new(expected.clone(), &self.engine.lanes);
        let (mut at, mut have) = (0, 0);
        let mut batch: Vec<Bytes> = Vec::new();
        loop {
            match body.chunk().await {
                Some(Ok(chunk)) => {
                    have += chunk.len() as u64;
                    attempt.meter.add(chunk.len() as u64);
                    batch.push(chunk);
                }
                // Only the end of the response is missing.
                Some(Err(failure)) if have != object.size => {
                    return Err(FetchError::Failed(failure));
                }
                Some(Err(_)) | None if have == object.size => {}
                _ => {
                    let cause = format!("the response has only {have} of {} bytes", object.size);
                    return Err(FetchError::Failed(Failure::Response(cause)));
                }
            }
            if have > object.size {
                let cause = "more bytes than announced";
                return Err(FetchError::Failed(Failure::Response(cause.into())));
            }
            if have - at < BATCH_BYTES && have < object.size {
                continue;
            }
            let chunks = std::mem::take(&mut batch);
            let writing = Arc::clone(&place);
            let written = blocking(&place.shown, move || {
                writing.write(&temp, at, &chunks)?;
                verifier.update(&chunks);
                Ok::<_, FetchError>((temp, verifier))
            });
            (temp, verifier) = written.await??;
            at = have;
            if have == object.size {
                return Ok(Complete {
                    info,
                    place,
                    temp,
                    verifier,
                });
            }
        }
    }
}
