//! Fetches a small object: one request, all in memory, checked before a file is made.

use super::fetch::{Attempt, Fetched, Trouble, judge};
use super::receive::{Received, receive};
use super::{Download, Wanted};
use crate::blocking::blocking;
use crate::proof::Verifier;

impl Download {
    /// One GET of the whole object, whose answer carries the sums of the whole.
    pub(super) async fn fetch_whole(
        &self,
        wanted: &Wanted,
        attempt: &Attempt<'_>,
    ) -> Result<Fetched, Trouble> {
        let object = attempt.object;
        let range = 0..object.size;
        let _held = self.room.bytes(object.size).await;
        let permit = self.room.request().await;
        let wish = self.wish(wanted, object, &range, true);
        let Received { chunks, info } = receive(&self.client, &wish, attempt.meter).await?;
        drop(permit);
        let expected = attempt.expected(&info);
        let place = self.place(wanted)?;
        let modified = info.last_modified.or(object.last_modified);
        let (shown, seen) = (self.shown(&wanted.target), attempt.seen.to_vec());
        let done = blocking(&shown, move || {
            let mut verifier = Verifier::new(expected);
            chunks.iter().for_each(|chunk| verifier.update(chunk));
            let proof = judge(verifier.finish(), &seen)?;
            let temp = place.open()?;
            place.write(&temp, 0, &chunks)?;
            place.finish(temp, modified)?;
            Ok::<_, Trouble>(proof)
        });
        Ok(Fetched {
            proof: done.await??,
            size_bytes: object.size,
            etag: info.etag,
            version_id: info.version_id,
        })
    }
}
