//! Fetches a large object: ranges side by side, written where they belong, summed up while
//! they come.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use md5::{Digest as _, Md5};
use s3_client::operations::{ListedObject, ObjectInfo};
use tokio::sync::OwnedSemaphorePermit;

use super::failure::FetchError;
use super::fetch::{Attempt, Fetched, judge};
use super::place::{Place, Unfinished};
use super::receive::{RangeRequest, receive};
use super::sink::{InMemory, TO_DISK_BYTES, ToDisk};
use super::summing::{Held, Summing};
use super::{Download, Incoming};
use crate::blocking::{blocking, interrupted};
use crate::compare::with_part_size;
use crate::meter::Meter;
use crate::proof::Expected;

/// Ranges of one object under way at a time; the run's room for requests and bytes sets the real
/// limit.
const RANGES_AHEAD: usize = 32;

/// Copies of one range that are looked at before the last one is taken as it is: the proof of
/// the whole decides then.
const MOST_COPIES: usize = 6;

/// One object on its way to the disk.
struct Arriving<'a> {
    _in_ranges: Option<OwnedSemaphorePermit>,
    download: &'a Download,
    incoming: &'a Incoming,
    object: ListedObject,
    place: Arc<Place>,
    temp: Arc<Unfinished>,
    version_id: Option<String>,
    summing: Summing,
    /// Each range is taken after two copies that agree. A sum over the whole does not tell which
    /// range was damaged, and on a line that damages one range in twenty no large object would ever
    /// come whole.
    takes_each_twice: bool,
    meter: &'a Meter,
}

impl Download {
    /// HEAD, then ranges side by side.
    pub(super) async fn fetch_ranges(
        &self,
        incoming: &Incoming,
        attempt: &Attempt<'_>,
    ) -> Result<Fetched, FetchError> {
        let arriving = attempt.unless_stopped(self.arrive(incoming, attempt));
        arriving.await?.settle(attempt.seen).await
    }

    /// Fetches all ranges.
    async fn arrive<'a>(
        &'a self,
        incoming: &'a Incoming,
        attempt: &Attempt<'a>,
    ) -> Result<Arriving<'a>, FetchError> {
        let in_ranges = self.engine.memory.object_in_ranges().await;
        let (info, expected) = self.ask(incoming, attempt).await?;
        // Nothing would tell whether two ranges are of the same content: within a second of a
        // write, not even Last-Modified does.
        if info.etag.is_none() {
            return Err(FetchError::NoRanges);
        }
        let object = ListedObject {
            size: info.size,
            etag: info.etag,
            last_modified: info.last_modified.or(attempt.object.last_modified),
            ..attempt.object.clone()
        };
        let (summing, ranges) = Summing::begin(expected, object.size, &self.engine.lanes);
        let place = Arc::new(self.place(incoming, attempt)?);
        let (opening, size_bytes) = (Arc::clone(&place), object.size);
        let temp = blocking(&place.shown, move || opening.open_reserved(size_bytes));
        let temp = Arc::new(temp.await??);
        let arriving = Arriving {
            _in_ranges: in_ranges,
            download: self,
            incoming,
            object,
            place,
            temp,
            version_id: info.version_id,
            summing,
            takes_each_twice: !attempt.seen.is_empty(),
            meter: attempt.meter,
        };
        arriving.ranges(ranges.ranges()).await?;
        Ok(arriving)
    }

    /// One HEAD in checksum mode tells what the ranges cannot; a second one the part size of
    /// an object whose only proof is the sum of its parts' sums.
    async fn ask(
        &self,
        incoming: &Incoming,
        attempt: &Attempt<'_>,
    ) -> Result<(ObjectInfo, Expected), FetchError> {
        let object = self.object(incoming);
        let info = object.head().await.map_err(FetchError::Failed)?;
        let expected = with_part_size(attempt.expected(&info), &object).await;
        Ok((info, expected))
    }
}

impl Arriving<'_> {
    async fn ranges(
        &self,
        ranges: impl Iterator<Item = Range<u64>> + Send,
    ) -> Result<(), FetchError> {
        let mut arriving = stream::iter((0..).zip(ranges))
            .map(|(index, range)| self.range(index, range))
            .buffered(RANGES_AHEAD);
        while let Some(range) = arriving.try_next().await? {
            if let Some(range) = range {
                self.summing.feed(range).await;
            }
        }
        Ok(())
    }

    /// Receives and writes one range; hands back its bytes if they are summed up in order.
    async fn range(&self, index: u64, range: Range<u64>) -> Result<Option<Held>, FetchError> {
        let download = self.download;
        let request = download.range_request(self.incoming, &self.object, &range, false);
        let client = &download.engine.at.client;
        if !self.takes_each_twice && !self.summing.needs_bytes() {
            let _held = download.engine.memory.bytes(TO_DISK_BYTES).await;
            let (place, temp) = (&self.place, Some(Arc::clone(&self.temp)));
            let hasher = |_: &ObjectInfo| self.summing.hasher(&download.engine.lanes);
            let mut part = ToDisk::new(place, temp, client.buffers(), range.clone(), hasher);
            receive(client, &request, self.meter, &mut part).await?;
            if let (_, Some(hasher)) = part.finish().await? {
                self.summing.add(index, hasher.finish());
            }
            return Ok(None);
        }
        let held = download.engine.memory.bytes(range.end - range.start).await;
        let chunks = if self.takes_each_twice {
            self.receive_twice(&request).await?
        } else {
            self.receive_once(&request, self.meter).await?
        };
        let (place, temp) = (Arc::clone(&self.place), Arc::clone(&self.temp));
        let mut hasher = self.summing.hasher(&download.engine.lanes);
        let written = blocking(&self.place.shown, move || {
            place.write(&temp, range.start, &chunks)?;
            if let Some(hasher) = &mut hasher {
                hasher.update(&chunks);
            }
            Ok::<_, FetchError>((chunks, hasher))
        });
        let (chunks, hasher) = written.await??;
        if let Some(hasher) = hasher {
            self.summing.add(index, hasher.finish());
        }
        Ok(self.summing.needs_bytes().then_some((chunks, held)))
    }

    async fn receive_once(
        &self,
        request: &RangeRequest<'_>,
        meter: &Meter,
    ) -> Result<Vec<Bytes>, FetchError> {
        let client = &self.download.engine.at.client;
        let size_bytes = request.range.end - request.range.start;
        let mut bytes = InMemory::new(client.buffers(), size_bytes);
        receive(client, request, meter, &mut bytes).await?;
        Ok(bytes.chunks())
    }

    /// The first copy that arrives a second time.
    async fn receive_twice(&self, request: &RangeRequest<'_>) -> Result<Vec<Bytes>, FetchError> {
        let mut seen = Vec::new();
        loop {
            // Only the copy that is taken counts as moved.
            let aside = Meter::new(&self.download.engine.monitor);
            let received = self.receive_once(request, &aside).await;
            aside.take_back();
            let chunks = received?;
            let summed = blocking(&self.place.shown, move || {
                let mut sum = Md5::new();
                chunks.iter().for_each(|chunk| sum.update(chunk));
                (sum.finalize(), chunks)
            });
            let (sum, chunks) = summed.await?;
            if seen.contains(&sum) || seen.len() + 1 >= MOST_COPIES {
                self.meter.add(request.range.end - request.range.start);
                return Ok(chunks);
            }
            seen.push(sum);
        }
    }

    /// Judges the whole, and gives the file its name.
    async fn settle(self, seen: &[String]) -> Result<Fetched, FetchError> {
        let Self {
            object,
            place,
            temp,
            version_id,
            summing,
            ..
        } = self;
        let verdict = summing
            .finish()
            .await
            .ok_or_else(|| interrupted(&place.shown))?;
        let proof = judge(verdict, seen)?;
        let temp = Arc::into_inner(temp).ok_or_else(|| interrupted(&place.shown))?;
        let shown = place.shown.clone();
        let placed = blocking(&shown, move || place.finish(temp, object.last_modified)).await??;
        Ok(Fetched {
            placed,
            size_bytes: object.size,
            etag: object.etag,
            version_id,
            proof,
        })
    }
}
