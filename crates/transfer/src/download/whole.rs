//! Fetches a small object: one request, all in memory, checked before a file is made.

use super::failure::FetchError;
use super::fetch::{Attempt, Fetched, judge};
use super::receive::receive;
use super::sink::InMemory;
use super::{Download, Incoming};
use crate::blocking::blocking;
use crate::proof::Verifier;

impl Download {
    /// One GET of the whole object, whose response carries the sums of the whole.
    pub(super) async fn fetch_whole(
        &self,
        incoming: &Incoming,
        attempt: &Attempt<'_>,
    ) -> Result<Fetched, FetchError> {
        let object = attempt.object;
        let range = 0..object.size;
        let request = self.range_request(incoming, object, &range, true);
        let received = attempt.unless_stopped(async {
            let held = self.engine.memory.bytes(object.size).await;
            let client = &self.engine.at.client;
            let mut bytes = InMemory::new(client.buffers(), object.size);
            let info = receive(client, &request, attempt.meter, &mut bytes).await?;
            Ok((held, bytes.chunks(), info))
        });
        let (_held, chunks, info) = received.await?;
        let expected = attempt.expected(&info);
        let place = self.place(incoming, attempt)?;
        let modified = info.last_modified.or(object.last_modified);
        let (shown, seen) = (self.shown(&incoming.target), attempt.seen.to_vec());
        let mut verifier = Verifier::new(expected, &self.engine.lanes);
        let done = blocking(&shown, move || {
            verifier.update(&chunks);
            let proof = judge(verifier.finish(), &seen)?;
            let temp = place.open()?;
            place.write(&temp, 0, &chunks)?;
            let placed = place.finish(temp, modified)?;
            Ok::<_, FetchError>((proof, placed))
        });
        let (proof, placed) = done.await??;
        Ok(Fetched {
            placed,
            proof,
            size_bytes: object.size,
            etag: info.etag,
            version_id: info.version_id,
        })
    }
}
