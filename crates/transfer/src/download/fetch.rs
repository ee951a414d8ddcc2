//! Fetches one object until it is right: what changed is begun again once, what came damaged is
//! fetched again, and nothing gets its final name before every proof has been seen.

use std::ops::Range;

use common::failure::Failure;
use common::s3::{ListedObject, ObjectInfo};
use common::{Error, Kind, Result};

use super::place::Place;
use super::receive::{Broken, Wish};
use super::summing::PIECE_BYTES;
use super::{Download, Wanted};
use crate::compare::has_unequal_parts;
use crate::keypath::TempTag;
use crate::meter::Meter;
use crate::proof::{Expected, Mismatch, Verdict, best_proof};

/// How often an object is fetched before its damage counts as final (DESIGN section 5).
const FETCHES: usize = 3;

/// A file that is in place.
pub(super) struct Fetched {
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
}

impl Attempt<'_> {
    /// What the content must sum up to.
    pub(super) fn expected(&self, info: &ObjectInfo) -> Expected {
        if self.verify {
            best_proof(info)
        } else {
            Expected::Nothing
        }
    }
}

/// Why a fetch brought nothing.
pub(super) enum Trouble {
    /// The object is not the one that was seen first.
    Changed,
    /// What came is not what is stored.
    Mismatch(Mismatch),
    /// A request failed after all attempts.
    Failed(Failure),
    /// The disk, or ourselves.
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

/// What the verdict means for a fetch: the name of the proof, or none. `seen` are the sums of
/// earlier fetches: where the part size is a guess and the same bytes came twice, it is the guess
/// that is wrong, and there is no proof.
pub(super) fn judge(verdict: Verdict, seen: &[String]) -> Result<Option<&'static str>, Trouble> {
    match verdict {
        Verdict::Proved(name) => Ok(Some(name)),
        Verdict::Unproved => Ok(None),
        Verdict::Mismatch(mismatch) if mismatch.guessed && seen.contains(&mismatch.actual) => {
            Ok(None)
        }
        Verdict::Mismatch(mismatch) => Err(Trouble::Mismatch(mismatch)),
    }
}

impl Download {
    /// Fetches the object and puts it in place.
    pub(super) async fn fetch(&self, wanted: &Wanted) -> Result<Fetched> {
        let meter = Meter::new(&self.monitor);
        let mut object = wanted.object.clone();
        let mut changed = false;
        let mut damages: Vec<String> = Vec::new();
        let mut verify = self.verify;
        loop {
            let in_pieces = object.size > PIECE_BYTES;
            let attempt = Attempt {
                object: &object,
                meter: &meter,
                seen: &damages,
                verify,
            };
            let outcome = if in_pieces {
                self.fetch_pieces(wanted, &attempt).await
            } else {
                self.fetch_whole(wanted, &attempt).await
            };
            let trouble = match outcome {
                Ok(fetched) => return Ok(fetched),
                Err(trouble) => trouble,
            };
            meter.take_back();
            match trouble {
                Trouble::Changed if !changed => {
                    changed = true;
                    object = self.look_again(wanted).await?;
                }
                Trouble::Changed => return Err(self.always_changing(wanted)),
                Trouble::Mismatch(mismatch) => {
                    damages.push(mismatch.actual.clone());
                    log::info!(
                        "{}: fetch {}: {mismatch}",
                        self.subject(wanted),
                        damages.len()
                    );
                    // The second fetch of pieces took each of them twice: that makes three.
                    if damages.len() >= if in_pieces { FETCHES - 1 } else { FETCHES } {
                        if !has_unequal_parts(&self.inquiry(wanted)).await {
                            return Err(self.damaged(wanted, &mismatch, &damages));
                        }
                        verify = false;
                    }
                }
                Trouble::Failed(failure) => return Err(self.failed(wanted, failure)),
                Trouble::Local(error) => return Err(error),
            }
        }
    }

    /// What stands under the key now, after it changed under our hands.
    async fn look_again(&self, wanted: &Wanted) -> Result<ListedObject> {
        match self.inquiry(wanted).head(None).await {
            Ok(info) => Ok(ListedObject {
                size: info.size,
                etag: info.etag,
                last_modified: info.last_modified,
                ..wanted.object.clone()
            }),
            Err(failure) => Err(self.failed(wanted, failure)),
        }
    }

    /// Where the object goes.
    pub(super) fn place(&self, wanted: &Wanted) -> Result<Place> {
        let bucket = self.bucket.as_str();
        Ok(Place {
            tree: self.tree()?,
            target: wanted.target.clone(),
            shown: self.shown(&wanted.target),
            tag: TempTag::new([
                self.client.endpoint_text().as_str(),
                bucket,
                &wanted.object.key,
                wanted.version_id.as_deref().unwrap_or_default(),
            ]),
            mode_of_replaced: wanted.replaces.map(|file| file.mode),
            manner: self.manner,
            at_work: self.at_work.token(),
        })
    }

    /// The request for a range of the object as it was seen first.
    pub(super) fn wish<'a>(
        &'a self,
        wanted: &'a Wanted,
        object: &'a ListedObject,
        range: &'a Range<u64>,
        whole: bool,
    ) -> Wish<'a> {
        Wish {
            bucket: self.bucket.as_str(),
            key: &wanted.object.key,
            version_id: wanted.version_id.as_deref(),
            etag: object.etag.as_deref(),
            modified: object.last_modified,
            customer_key: self.customer_key.as_ref(),
            range,
            whole,
        }
    }

    fn failed(&self, wanted: &Wanted, failure: Failure) -> Error {
        failure.into_error(self.verb(), self.subject(wanted), &self.context)
    }

    fn always_changing(&self, wanted: &Wanted) -> Error {
        let cause = "the object changed while it was read, twice";
        Error::new(Kind::Failed, self.verb(), self.subject(wanted), cause)
            .with_hint("run the same command again when nobody writes to it")
    }

    fn damaged(&self, wanted: &Wanted, mismatch: &Mismatch, sums: &[String]) -> Error {
        let Mismatch {
            name,
            expected,
            actual,
            ..
        } = mismatch;
        let cause =
            format!("its {name} is {expected} there, {actual} in the copy, which was removed");
        let error = Error::new(Kind::Damaged, "verify", self.subject(wanted), cause);
        if sums.iter().all(|sum| sum == actual) && (name.contains("MD5") || name.contains("ETag")) {
            error.with_hint("the same bytes came each time: if this store's ETags are not MD5 sums, use --no-verify")
        } else {
            error.with_hint(
                "run again; if it differs again, the stored object or the network is damaged",
            )
        }
    }
}
