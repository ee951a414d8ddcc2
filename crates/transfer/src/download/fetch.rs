//! Fetches one object: small ones whole, large ones in ranges side by side, checked while they
//! come, under a temporary name until every proof has been seen.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use common::failure::Failure;
use common::s3::{ListedObject, ObjectInfo};
use common::{Error, Kind, Result};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::spawn_blocking;

use super::place::Place;
use super::receive::{Broken, Received, Wish, receive};
use super::{Download, Wanted};
use crate::blocking::{blocking, interrupted};
use crate::compare::{proof_of, with_part_size};
use crate::keypath::TempTag;
use crate::parts;
use crate::proof::{Expected, Mismatch, Verdict, Verifier};
use crate::tree::TempFile;

/// How often an object is fetched before its damage counts as final (DESIGN section 5).
const FETCHES: usize = 3;

/// The size of the ranges that large objects are fetched in; what is not larger is fetched whole.
/// A dozen of them fit into the memory of a run, and Ceph stores objects in pieces of this size.
const RANGE_BYTES: u64 = 4 * parts::MIB;

/// Ranges of one object under way at a time; the room for bytes sets the real limit.
const RANGES_AHEAD: usize = 32;

/// A file that is in place.
pub(super) struct Fetched {
    /// Its size.
    pub(super) size_bytes: u64,
    /// The ETag of what was fetched.
    pub(super) etag: Option<String>,
    /// Which proof showed it right.
    pub(super) proof: Option<&'static str>,
}

enum Trouble {
    Changed,
    Mismatch(Mismatch),
    Failed(Failure),
    Local(Error),
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Changed => Self::Changed,
            Broken::Failed(failure) => Self::Failed(failure),
        }
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Local(error)
    }
}

impl Download {
    /// Fetches the object and puts it in place. A changed object is begun again once, a
    /// damaged one fetched [`FETCHES`] times in all.
    pub(super) async fn fetch(&self, wanted: &Wanted) -> Result<Fetched> {
        let mut object = wanted.object.clone();
        let mut changed = false;
        let mut damages: Vec<String> = Vec::new();
        loop {
            let outcome = if object.size <= RANGE_BYTES {
                self.fetch_whole(wanted, &object).await
            } else {
                self.fetch_ranges(wanted, &object).await
            };
            match outcome {
                Ok(fetched) => return Ok(fetched),
                Err(Trouble::Changed) if !changed => {
                    changed = true;
                    object = self.look_again(wanted, &object).await?;
                }
                Err(Trouble::Changed) => {
                    return Err(self
                        .error(
                            wanted,
                            Kind::Failed,
                            "the object changed while it was read, twice",
                        )
                        .with_hint("run the same command again when nobody writes to it"));
                }
                Err(Trouble::Mismatch(mismatch)) => {
                    damages.push(mismatch.actual.clone());
                    log::info!(
                        "{}: fetch {}: {mismatch}",
                        self.subject(wanted),
                        damages.len()
                    );
                    if damages.len() >= FETCHES {
                        return Err(self.damaged(wanted, &mismatch, &damages));
                    }
                }
                Err(Trouble::Failed(failure)) => {
                    return Err(failure.into_error(
                        "download",
                        self.subject(wanted),
                        &self.context,
                    ));
                }
                Err(Trouble::Local(error)) => return Err(error),
            }
        }
    }

    /// A small object: one request, all in memory, checked before a file is made.
    async fn fetch_whole(
        &self,
        wanted: &Wanted,
        object: &ListedObject,
    ) -> Result<Fetched, Trouble> {
        let range = 0..object.size;
        let wish = self.wish(wanted, object, &range, true);
        let held = self.room.bytes(object.size).await;
        let permit = self.room.request().await;
        let received = receive(&self.client, &wish, &*self.monitor).await?;
        drop(permit);
        let expected = self.expected(&received.info);
        let place = self.place(wanted)?;
        let modified = received.info.last_modified.or(object.last_modified);
        let Received { chunks, info } = received;
        let size_bytes = object.size;
        let path = self.shown(&wanted.target);
        let done = blocking(&path, move || {
            let mut verifier = Verifier::new(expected);
            chunks.iter().for_each(|chunk| verifier.update(chunk));
            let proof = judge(verifier.finish())?;
            let temp = place.open()?;
            place.write(&temp, 0, &chunks)?;
            place.finish(temp, modified)?;
            Ok::<_, Trouble>(proof)
        });
        let outcome = done.await?;
        drop(held);
        if outcome.is_err() {
            self.monitor.moved_back(size_bytes);
        }
        Ok(Fetched {
            size_bytes,
            etag: info.etag,
            proof: outcome?,
        })
    }

    /// A large object: ranges side by side, written where they belong, hashed in order.
    async fn fetch_ranges(
        &self,
        wanted: &Wanted,
        object: &ListedObject,
    ) -> Result<Fetched, Trouble> {
        let (info, expected) = self.large_object_info(wanted).await?;
        let object = ListedObject {
            size: info.size,
            etag: info.etag.clone(),
            last_modified: info.last_modified,
            ..object.clone()
        };
        let path = self.shown(&wanted.target);
        let place = Arc::new(self.place(wanted)?);
        let temp = Arc::new(self.open_temp(&place, object.size).await?);
        let mut hasher = Hasher::start(expected);
        self.stream_ranges(wanted, &object, &place, &temp, &hasher)
            .await?;
        let proof = match hasher.finish().await {
            Ok(verdict) => judge(verdict).inspect_err(|_| self.monitor.moved_back(object.size))?,
            Err(()) => return Err(interrupted(&path).into()),
        };
        let temp = Arc::into_inner(temp).ok_or_else(|| interrupted(&path))?;
        let modified = object.last_modified;
        blocking(&path, move || place.finish(temp, modified)).await??;
        Ok(Fetched {
            size_bytes: object.size,
            etag: object.etag,
            proof,
        })
    }

    async fn stream_ranges(
        &self,
        wanted: &Wanted,
        object: &ListedObject,
        place: &Arc<Place>,
        temp: &Arc<TempFile>,
        hasher: &Hasher,
    ) -> Result<(), Trouble> {
        let path = self.shown(&wanted.target);
        let path = path.as_str();
        let hashing = hasher.wants_bytes();
        let mut parts = stream::iter(parts::download(object.size, RANGE_BYTES).ranges())
            .map(|range| async move {
                let held = self.room.bytes(range.end - range.start).await;
                let permit = self.room.request().await;
                let received = receive(
                    &self.client,
                    &self.wish(wanted, object, &range, false),
                    &*self.monitor,
                )
                .await?;
                drop(permit);
                let (place, temp, chunks) = (Arc::clone(place), Arc::clone(temp), received.chunks);
                let written = blocking(path, move || {
                    place.write(&temp, range.start, &chunks).map(|()| chunks)
                });
                let chunks = written.await??;
                Ok::<_, Trouble>(if hashing { Some((chunks, held)) } else { None })
            })
            .buffered(RANGES_AHEAD);
        while let Some(part) = parts.try_next().await? {
            if let Some(part) = part {
                hasher.feed(part).await;
            }
        }
        Ok(())
    }

    /// One HEAD in checksum mode tells what the ranges cannot; a second one the part size of
    /// an object whose only proof is the ETag of its parts.
    async fn large_object_info(&self, wanted: &Wanted) -> Result<(ObjectInfo, Expected), Trouble> {
        let info = self
            .inquiry(wanted)
            .head(None)
            .await
            .map_err(Trouble::Failed)?;
        let expected = self.expected(&info);
        let expected = with_part_size(expected, &self.inquiry(wanted)).await;
        Ok((info, expected))
    }

    async fn look_again(&self, wanted: &Wanted, object: &ListedObject) -> Result<ListedObject> {
        match self.inquiry(wanted).head(None).await {
            Ok(info) => Ok(ListedObject {
                size: info.size,
                etag: info.etag,
                last_modified: info.last_modified,
                ..object.clone()
            }),
            Err(failure) => {
                Err(failure.into_error("download", self.subject(wanted), &self.context))
            }
        }
    }

    /// Makes the unfinished file, with room for all of it: a full disk shows before the transfer.
    async fn open_temp(&self, place: &Arc<Place>, size_bytes: u64) -> Result<TempFile> {
        let (place, path) = (Arc::clone(place), place.shown.clone());
        blocking(&path, move || {
            let temp = place.open()?;
            place.reserve(&temp, size_bytes)?;
            Ok(temp)
        })
        .await?
    }

    fn place(&self, wanted: &Wanted) -> Result<Place> {
        let identity = [
            self.client.endpoint_text(),
            self.bucket.to_string(),
            wanted.object.key.clone(),
        ];
        Ok(Place {
            tree: self.tree()?,
            target: wanted.target.clone(),
            shown: self.shown(&wanted.target),
            tag: TempTag::new(identity),
            mode_of_replaced: wanted.replaces.map(|file| file.mode),
        })
    }

    fn expected(&self, info: &ObjectInfo) -> Expected {
        if self.verify {
            proof_of(info)
        } else {
            Expected::Nothing
        }
    }

    fn wish<'a>(
        &'a self,
        wanted: &'a Wanted,
        object: &'a ListedObject,
        range: &'a Range<u64>,
        whole: bool,
    ) -> Wish<'a> {
        Wish {
            bucket: self.bucket.as_str(),
            key: &wanted.object.key,
            etag: object.etag.as_deref(),
            customer_key: self.customer_key.as_ref(),
            range,
            whole,
        }
    }

    fn error(&self, wanted: &Wanted, kind: Kind, cause: impl Into<String>) -> Error {
        Error::new(kind, "download", self.subject(wanted), cause)
    }

    fn damaged(&self, wanted: &Wanted, mismatch: &Mismatch, actual: &[String]) -> Error {
        let Mismatch {
            name,
            expected,
            actual: last,
            ..
        } = mismatch;
        let cause =
            format!("its {name} is {expected} there, {last} in the copy, which was removed");
        let error = Error::new(Kind::Damaged, "verify", self.subject(wanted), cause);
        if actual.iter().all(|sum| sum == last) && (name.contains("MD5") || name.contains("ETag")) {
            error.with_hint("the same bytes came each time: if this store's ETags are not MD5 sums, use --no-verify")
        } else {
            error.with_hint(
                "run again; if it differs again, the stored object or the network is damaged",
            )
        }
    }
}

fn judge(verdict: Verdict) -> Result<Option<&'static str>, Trouble> {
    match verdict {
        Verdict::Proved(name) => Ok(Some(name)),
        Verdict::Unproved => Ok(None),
        Verdict::Mismatch(mismatch) => Err(Trouble::Mismatch(mismatch)),
    }
}

type Part = (Vec<Bytes>, Option<OwnedSemaphorePermit>);

/// Hashes parts in order on a thread of its own, so that receiving never waits for the sum
/// but for memory.
struct Hasher {
    parts: Option<mpsc::Sender<Part>>,
    verdict: Option<tokio::task::JoinHandle<Verdict>>,
}

impl Hasher {
    fn start(expected: Expected) -> Self {
        if expected == Expected::Nothing {
            return Self {
                parts: None,
                verdict: None,
            };
        }
        let (parts, mut received) = mpsc::channel::<Part>(RANGES_AHEAD);
        let verdict = spawn_blocking(move || {
            let mut verifier = Verifier::new(expected);
            while let Some((chunks, _held)) = received.blocking_recv() {
                chunks.iter().for_each(|chunk| verifier.update(chunk));
            }
            verifier.finish()
        });
        Self {
            parts: Some(parts),
            verdict: Some(verdict),
        }
    }

    fn wants_bytes(&self) -> bool {
        self.parts.is_some()
    }

    async fn feed(&self, part: Part) {
        if let Some(parts) = &self.parts {
            // A closed channel means that the hasher is gone: `finish` will say so.
            let _ = parts.send(part).await;
        }
    }

    async fn finish(&mut self) -> Result<Verdict, ()> {
        self.parts = None;
        match self.verdict.take() {
            Some(verdict) => verdict.await.map_err(|_| ()),
            None => Ok(Verdict::Unproved),
        }
    }
}
