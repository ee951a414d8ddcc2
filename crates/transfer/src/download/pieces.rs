//! Fetches a large object: pieces side by side, written where they belong, summed up while
//! they come.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use md5::{Digest as _, Md5};
use s3_client::operations::{ListedObject, ObjectInfo};
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::TaskTracker;

use super::fetch::{Attempt, Fetched, Trouble, judge};
use super::place::{Place, Unfinished};
use super::receive::{Wish, receive};
use super::summing::{Held, Summing};
use super::{Download, Wanted};
use crate::blocking::{blocking, interrupted};
use crate::compare::with_part_size;
use crate::meter::Meter;
use crate::proof::Expected;

/// Pieces of one object under way at a time; the run's room for requests and bytes sets the real
/// limit.
const PIECES_AHEAD: usize = 32;

/// Copies of one piece that are looked at before the last one is taken as it is: the proof of
/// the whole decides then.
const MOST_COPIES: usize = 6;

/// How much a piece is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Care {
    /// As it comes.
    Usual,
    /// After two copies that agree. A sum over the whole does not tell which piece was damaged,
    /// and on a line that damages one piece in twenty no large object would ever come whole.
    EveryPieceTwice,
}

impl Care {
    /// What so many damaged fetches call for.
    fn after(damaged_fetches: usize) -> Self {
        if damaged_fetches == 0 {
            Self::Usual
        } else {
            Self::EveryPieceTwice
        }
    }
}

/// One object on its way to the disk.
struct Arriving<'a> {
    _in_pieces: Option<OwnedSemaphorePermit>,
    download: &'a Download,
    wanted: &'a Wanted,
    object: ListedObject,
    place: Arc<Place>,
    temp: Arc<Unfinished>,
    version_id: Option<String>,
    summing: Summing,
    care: Care,
    meter: &'a Meter,
}

impl Download {
    /// HEAD, then pieces side by side.
    pub(super) async fn fetch_pieces(
        &self,
        wanted: &Wanted,
        attempt: &Attempt<'_>,
    ) -> Result<Fetched, Trouble> {
        let writers = TaskTracker::new();
        let fetched = attempt.unless_stopped(self.arrive(wanted, attempt, &writers));
        let fetched = match fetched.await {
            Ok(arriving) => arriving.settle(attempt.seen).await,
            Err(trouble) => Err(trouble),
        };
        // A write that was begun goes on when nobody waits for it any more, and keeps the lock of
        // the unfinished file, which the next attempt would meet.
        writers.close();
        writers.wait().await;
        fetched
    }

    /// Fetches all pieces. Whatever keeps the unfinished file open is among the `writers`.
    async fn arrive<'a>(
        &'a self,
        wanted: &'a Wanted,
        attempt: &Attempt<'a>,
        writers: &TaskTracker,
    ) -> Result<Arriving<'a>, Trouble> {
        let in_pieces = self.engine.memory.object_in_pieces().await;
        let (info, expected) = self.ask(wanted, attempt).await?;
        // Nothing would tell whether two ranges are of the same content: within a second of a
        // write, not even Last-Modified does.
        if info.etag.is_none() {
            return Err(Trouble::NoRanges);
        }
        let object = ListedObject {
            size: info.size,
            etag: info.etag,
            last_modified: info.last_modified.or(attempt.object.last_modified),
            ..attempt.object.clone()
        };
        let (summing, pieces) = Summing::begin(expected, object.size, &self.engine.lanes);
        let place = Arc::new(self.place(wanted)?);
        let temp = Arc::new(open_temp(&place, object.size, writers).await?);
        let arriving = Arriving {
            _in_pieces: in_pieces,
            download: self,
            wanted,
            object,
            place,
            temp,
            version_id: info.version_id,
            summing,
            care: Care::after(attempt.seen.len()),
            meter: attempt.meter,
        };
        arriving.pieces(pieces.ranges()).await?;
        Ok(arriving)
    }

    /// One HEAD in checksum mode tells what the pieces cannot; a second one the part size of
    /// an object whose only proof is the sum of its parts' sums.
    pub(super) async fn ask(
        &self,
        wanted: &Wanted,
        attempt: &Attempt<'_>,
    ) -> Result<(ObjectInfo, Expected), Trouble> {
        let object = self.object(wanted);
        let info = object.head().await.map_err(Trouble::Failed)?;
        let expected = with_part_size(attempt.expected(&info), &object).await;
        Ok((info, expected))
    }
}

/// Makes the unfinished file, with room for all of it: a full disk shows before the transfer.
pub(super) async fn open_temp(
    place: &Arc<Place>,
    size_bytes: u64,
    writers: &TaskTracker,
) -> Result<Unfinished, Trouble> {
    let place = Arc::clone(place);
    let shown = place.shown.clone();
    let writer = writers.token();
    let opened = blocking(&shown, move || {
        let mut temp = place.open()?;
        temp.writer = Some(writer);
        place.reserve(&temp, size_bytes)?;
        Ok::<_, Trouble>(temp)
    });
    opened.await?
}

impl Arriving<'_> {
    async fn pieces(&self, ranges: impl Iterator<Item = Range<u64>> + Send) -> Result<(), Trouble> {
        let mut arriving = stream::iter((0..).zip(ranges))
            .map(|(index, range)| self.piece(index, range))
            .buffered(PIECES_AHEAD);
        while let Some(piece) = arriving.try_next().await? {
            if let Some(piece) = piece {
                self.summing.feed(piece).await;
            }
        }
        Ok(())
    }

    /// Receives and writes one piece; hands back its bytes if they are summed up in order.
    async fn piece(&self, index: u64, range: Range<u64>) -> Result<Option<Held>, Trouble> {
        let download = self.download;
        let held = download.engine.memory.bytes(range.end - range.start).await;
        let wish = download.wish(self.wanted, &self.object, &range, false);
        let chunks = match self.care {
            Care::Usual => {
                let received = receive(&download.engine.at.client, &wish, self.meter).await?;
                received.chunks
            }
            Care::EveryPieceTwice => self.receive_twice(&wish).await?,
        };
        let (place, temp) = (Arc::clone(&self.place), Arc::clone(&self.temp));
        let mut hasher = self.summing.hasher(&download.engine.lanes);
        let written = blocking(&self.place.shown, move || {
            place.write(&temp, range.start, &chunks)?;
            if let Some(hasher) = &mut hasher {
                hasher.update(&chunks);
            }
            Ok::<_, Trouble>((chunks, hasher))
        });
        let (chunks, hasher) = written.await??;
        if let Some(hasher) = hasher {
            self.summing.add(index, hasher.finish());
        }
        Ok(self.summing.needs_bytes().then_some((chunks, held)))
    }

    /// The first copy that came before in the same way.
    async fn receive_twice(&self, wish: &Wish<'_>) -> Result<Vec<Bytes>, Trouble> {
        let mut seen = Vec::new();
        loop {
            // Only the copy that is taken counts as moved.
            let aside = Meter::new(&self.download.engine.monitor);
            let received = receive(&self.download.engine.at.client, wish, &aside).await;
            aside.take_back();
            let chunks = received?.chunks;
            let summed = blocking(&self.place.shown, move || {
                let mut sum = Md5::new();
                chunks.iter().for_each(|chunk| sum.update(chunk));
                (sum.finalize(), chunks)
            });
            let (sum, chunks) = summed.await?;
            if seen.contains(&sum) || seen.len() + 1 >= MOST_COPIES {
                self.meter.add(wish.range.end - wish.range.start);
                return Ok(chunks);
            }
            seen.push(sum);
        }
    }

    /// Judges the whole, and gives the file its name.
    async fn settle(self, seen: &[String]) -> Result<Fetched, Trouble> {
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
