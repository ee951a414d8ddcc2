//! Fetches an object with one GET, written and summed in order while it comes.

use std::sync::Arc;

use s3_client::operations::{ListedObject, ObjectInfo};

use super::failure::FetchError;
use super::fetch::{Attempt, Fetched, judge};
use super::receive::{Ranges, receive};
use super::sink::{TO_DISK_BYTES, ToDisk};
use super::{Download, Incoming};
use crate::blocking::{blocking, interrupted};
use crate::compare::{PartSize, part_size};
use crate::proof::{Verifier, listed_proof};

impl Download {
    /// One GET. What its response does not tell, the part size, is asked for before.
    pub(super) async fn fetch_in_one_get(
        &self,
        incoming: &Incoming,
        attempt: &Attempt<'_>,
        ranges: Ranges,
    ) -> Result<Fetched, FetchError> {
        let object = attempt.object;
        let range = 0..object.size;
        let mut request = self.range_request(incoming, object, &range, true);
        request.ranges = ranges;
        request.may_be_split = ranges == Ranges::Work && object.etag.is_some();
        let arrived = attempt.unless_stopped(async {
            let part_size = self.part_size(incoming, attempt).await;
            let held = self
                .engine
                .memory
                .bytes(object.size.min(TO_DISK_BYTES))
                .await;
            let client = &self.engine.at.client;
            let place = Arc::new(self.place(incoming, attempt)?);
            let verifier = |info: &ObjectInfo| {
                let expected = attempt.expected(info).in_parts_of(&part_size);
                Verifier::new(expected, &self.engine.lanes)
            };
            let mut file = ToDisk::new(&place, None, client.buffers(), range.clone(), verifier);
            let info = receive(client, &request, attempt.meter, &mut file).await?;
            let (temp, verifier) = file.finish().await?;
            Ok((held, place, temp, verifier, info))
        });
        let (_held, place, temp, verifier, info) = arrived.await?;
        let modified = info.last_modified.or(object.last_modified);
        let temp = Arc::into_inner(temp).ok_or_else(|| interrupted(&place.shown))?;
        let (shown, seen) = (place.shown.clone(), attempt.seen.to_vec());
        let placed = blocking(&shown, move || {
            let proof = judge(verifier.finish(), &seen)?;
            Ok::<_, FetchError>((proof, place.finish(temp, modified)?))
        });
        let (proof, placed) = placed.await??;
        Ok(Fetched {
            placed,
            size_bytes: object.size,
            etag: info.etag,
            version_id: info.version_id,
            proof,
        })
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
}
