//! Fetches one object until it is right. If the object changed meanwhile, it starts again once; if
//! the bytes are damaged, it fetches again. No file gets its final name before it was proved.

use std::future::Future;
use std::ops::Range;
use std::sync::atomic::Ordering;

use common::{Error, Kind, Result};
use s3_client::failure::Failure;
use s3_client::operations::{ListedObject, ObjectInfo};

use super::failure::FetchError;
use super::place::{Place, Placed};
use super::receive::{RangeRequest, Ranges};
use super::{Download, Incoming};
use crate::compare::has_unequal_parts;
use crate::item::Verb;
use crate::keypath::TempTag;
use crate::meter::Meter;
use crate::parts;
use crate::proof::{Expected, Mismatch, Verdict, best_proof};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The largest object that is received into memory, and checked before a file is made, in bytes.
const LARGEST_IN_MEMORY: u64 = parts::MIB;

/// The largest object that comes with one request unless `--part-size` is given, in bytes. Larger
/// ones come in ranges side by side, because one connection may be slower than the line.
const LARGEST_IN_ONE_GET: u64 = 64 * parts::MIB;

/// If the same wrong bytes arrive this often, they are what is stored.
const SAME_BYTES: usize = 3;

/// A network that damages one body in twenty damages this many in a row once in 10^13 times.
const MOST_FETCHES: usize = 10;

/// An object that was fetched whole and, if it could be checked, is right.
pub(super) struct Fetched {
    /// What became of the file.
    pub(super) placed: Placed,
    /// Its size.
    pub(super) size_bytes: u64,
    /// The ETag of what was fetched.
    pub(super) etag: Option<String>,
    /// The version that was fetched, if the service names one.
    pub(super) version_id: Option<String>,
    /// Which proof showed it right.
    pub(super) proof: Option<&'static str>,
}

/// One of the fetches that an object may take.
pub(super) struct Attempt<'a> {
    /// The object as it was seen last.
    pub(super) object: &'a ListedObject,
    /// Counts its bytes.
    pub(super) meter: &'a Meter,
    /// What the fetches before summed up to, none of which was right.
    pub(super) seen: &'a [String],
    /// Whether to check the content.
    pub(super) verify: bool,
    /// Ends the fetch, unless the file is complete and about to get its name.
    pub(super) stop: &'a CancellationToken,
    /// Whatever keeps the unfinished file open is among them.
    pub(super) writers: TaskTracker,
}

impl Attempt<'_> {
    /// Does this work unless the run is stopped.
    pub(super) async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T, FetchError>>,
    ) -> Result<T, FetchError> {
        let done = self.stop.run_until_cancelled(work).await;
        done.unwrap_or(Err(FetchError::Stopped))
    }

    /// What the content must sum up to.
    pub(super) fn expected(&self, info: &ObjectInfo) -> Expected {
        if self.verify {
            best_proof(info)
        } else {
            Expected::Nothing
        }
    }
}

/// What the verdict means for a fetch: the name of the proof, or none. `seen` are the sums of
/// earlier fetches: where the part size is a guess and the same bytes came twice, it is the guess
/// that is wrong, and there is no proof.
pub(super) fn judge(verdict: Verdict, seen: &[String]) -> Result<Option<&'static str>, FetchError> {
    match verdict {
        Verdict::Proved(name) => Ok(Some(name)),
        Verdict::Unproved => Ok(None),
        Verdict::Mismatch(mismatch) if mismatch.guessed && seen.contains(&mismatch.actual) => {
            Ok(None)
        }
        Verdict::Mismatch(mismatch) => Err(FetchError::Mismatch(mismatch)),
    }
}

/// Whether fetching again makes no sense, after these sums.
fn is_final(sums: &[String], in_ranges: bool) -> bool {
    // From the second fetch on, ranges are taken twice: that makes three.
    let same_bytes = if in_ranges {
        SAME_BYTES - 1
    } else {
        SAME_BYTES
    };
    let last = sums.last();
    let same = sums.iter().filter(|sum| Some(*sum) == last).count();
    same >= same_bytes || sums.len() >= MOST_FETCHES
}

impl Download {
    /// Fetches the object and puts it in place; `None` if the run is stopped first.
    pub(super) async fn fetch(
        &self,
        incoming: &Incoming,
        stop: &CancellationToken,
    ) -> Result<Option<Fetched>> {
        self.check_space(incoming)?;
        let meter = Meter::new(&self.engine.monitor);
        let mut object = incoming.object.clone();
        let mut changed = false;
        let mut damages: Vec<String> = Vec::new();
        let mut verify = self.engine.verify;
        let largest = self.engine.part_bytes.unwrap_or(LARGEST_IN_ONE_GET);
        let mut ranges = if self.ignores_ranges.load(Ordering::Relaxed) {
            Ranges::Ignored
        } else {
            Ranges::Work
        };
        let mut is_slow = false;
        loop {
            let attempt = Attempt {
                object: &object,
                meter: &meter,
                seen: &damages,
                verify,
                stop,
                writers: TaskTracker::new(),
            };
            let in_ranges = (is_slow || object.size > largest) && ranges == Ranges::Work;
            let outcome = if object.size <= LARGEST_IN_MEMORY {
                self.fetch_whole(incoming, &attempt).await
            } else if in_ranges {
                // What is rare has memory of its own, so that what is usual needs little.
                Box::pin(self.fetch_ranges(incoming, &attempt)).await
            } else {
                Box::pin(self.fetch_in_one_get(incoming, &attempt, ranges)).await
            };
            // A write continues after its task was dropped, and keeps the lock of the unfinished
            // file, which the next attempt needs.
            attempt.writers.close();
            attempt.writers.wait().await;
            let trouble = match outcome {
                Ok(fetched) => return Ok(Some(fetched)),
                Err(trouble) => trouble,
            };
            meter.take_back();
            match trouble {
                FetchError::Stopped => return Ok(None),
                FetchError::Slow => is_slow = true,
                FetchError::NoRanges => {
                    ranges = Ranges::Ignored;
                    // Without an ETag it is this object alone that has to come so.
                    let ignored = object.etag.is_some();
                    self.ignores_ranges.fetch_or(ignored, Ordering::Relaxed);
                }
                FetchError::Changed if !changed => {
                    changed = true;
                    object = self.look_again(incoming).await?;
                }
                FetchError::Changed => return Err(self.always_changing(incoming)),
                FetchError::Mismatch(mismatch) => {
                    damages.push(mismatch.actual.clone());
                    log::info!(
                        "{}: fetch {}: {mismatch}",
                        self.subject(incoming),
                        damages.len()
                    );
                    if is_final(&damages, in_ranges) {
                        if !has_unequal_parts(&self.object(incoming)).await {
                            return Err(self.damaged(incoming, &mismatch, &damages));
                        }
                        verify = false;
                    }
                }
                FetchError::Failed(failure) => {
                    return Err(self.failed(self.engine.verb.word(), incoming, failure));
                }
                FetchError::Local(error) => return Err(error),
            }
        }
    }

    /// The object as it is now, after it changed during the fetch.
    async fn look_again(&self, incoming: &Incoming) -> Result<ListedObject> {
        match self.object(incoming).head().await {
            Ok(info) => Ok(ListedObject {
                size: info.size,
                etag: info.etag,
                last_modified: info.last_modified,
                ..incoming.object.clone()
            }),
            Err(failure) => Err(self.failed(self.engine.verb.word(), incoming, failure)),
        }
    }

    /// Where the object goes.
    pub(super) fn place(&self, incoming: &Incoming, attempt: &Attempt<'_>) -> Result<Place> {
        let bucket = self.engine.at.bucket.as_str();
        Ok(Place {
            tree: self.tree()?,
            target: incoming.target.clone(),
            shown: self.shown(&incoming.target),
            tag: TempTag::new([
                self.engine.at.client.endpoint_text().as_str(),
                bucket,
                &incoming.object.key,
                incoming.version_id.as_deref().unwrap_or_default(),
            ]),
            mode_of_replaced: incoming.replaces.map(|file| file.mode),
            keeps_files: self.engine.policy.keep,
            synced: self.engine.verb == Verb::Restore,
            at_work: self.engine.tasks.token(),
            writer: attempt.writers.token(),
        })
    }

    /// The request for a range of the object as it was seen first.
    pub(super) fn range_request<'a>(
        &'a self,
        incoming: &'a Incoming,
        object: &'a ListedObject,
        range: &'a Range<u64>,
        whole: bool,
    ) -> RangeRequest<'a> {
        RangeRequest {
            bucket: self.engine.at.bucket.as_str(),
            key: &incoming.object.key,
            version_id: incoming.version_id.as_deref(),
            etag: object.etag.as_deref(),
            modified: object.last_modified,
            customer_key: self.engine.at.customer_key.as_ref(),
            ranges: Ranges::Work,
            may_be_split: false,
            range,
            whole,
        }
    }

    pub(super) fn failed(
        &self,
        doing: &'static str,
        incoming: &Incoming,
        failure: Failure,
    ) -> Error {
        self.engine.at.error(doing, &incoming.object.key, failure)
    }

    fn always_changing(&self, incoming: &Incoming) -> Error {
        let cause = "the object changed while it was read, twice";
        Error::new(
            Kind::Failed,
            self.engine.verb.word(),
            self.subject(incoming),
            cause,
        )
        .with_hint("run the same command again when nobody writes to it")
    }

    fn damaged(&self, incoming: &Incoming, mismatch: &Mismatch, sums: &[String]) -> Error {
        let Mismatch {
            name,
            expected,
            actual,
            ..
        } = mismatch;
        let cause =
            format!("its {name} is {expected} there, {actual} in the copy, which was removed");
        let error = Error::new(Kind::Damaged, "verify", self.subject(incoming), cause);
        if sums.iter().all(|sum| sum == actual) && (name.contains("MD5") || name.contains("ETag")) {
            error.with_hint("the same bytes arrived each time: if this store's ETags are not MD5 sums, use --no-verify")
        } else {
            error.with_hint(
                "run again; if it differs again, the stored object or the network is damaged",
            )
        }
    }
}
