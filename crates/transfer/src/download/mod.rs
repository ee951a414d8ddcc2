//! Brings one object to the disk: compare, fetch, check, rename.
//!
//! Nobody ever sees a half-written file, or one that failed a check, under its final name.

mod compare;
mod destination;
mod failure;
mod fetch;
mod incoming;
mod one_get;
mod place;
mod ranges;
mod receive;
pub mod run;
mod sink;
mod space;
pub mod stream;
mod summing;
mod to_stream;
mod whole;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use common::{Error, Kind, Result};

use destination::shown_path;
use place::Placed;
use tokio_util::sync::CancellationToken;

use crate::blocking::blocking;
use crate::compare::Content;
use crate::engine::{Engine, Object};
use crate::execute::Worker;
use crate::item::{Item, Status};
use crate::keypath::RelativePath;
use crate::plan::STAYS;
use crate::plan::reason::Reason;
use crate::tree::{Create, Tree};

pub use destination::Destination;
pub use incoming::{Incoming, Step};

/// Everything that downloads share.
pub struct Download {
    /// What the whole run shares.
    pub(crate) engine: Arc<Engine>,
    /// Where the files go; `None` for a dry run into a directory that is not there.
    pub(crate) tree: Option<Arc<Tree>>,
    /// How the target directory is shown in front of each path.
    shown_target: String,
    /// The service was seen to send the whole object instead of a range.
    ignores_ranges: AtomicBool,
}

impl Worker for Download {
    type Step = Step;

    async fn perform(&self, step: Step, stop: &CancellationToken) -> Option<Item> {
        let item = match step {
            Step::Transfer(incoming, _) if incoming.is_directory => {
                Some(self.make_directory(&incoming).await)
            }
            Step::Transfer(incoming, reason) => {
                self.fetch_or_pretend(&incoming, reason, stop).await
            }
            Step::Compare(incoming, _) => Box::pin(self.compare_then_fetch(&incoming, stop)).await,
            Step::Refuse(incoming, STAYS) => Some(self.keep(&incoming)),
            Step::Refuse(incoming, cause) => {
                Some(self.refuse(&incoming.object.key, incoming.object.size, cause))
            }
            // The disk was asked already.
            Step::Ask(incoming) => self.fetch_or_pretend(&incoming, Reason::Unseen, stop).await,
            Step::Known(item) => Some(item),
        }?;
        Some(self.engine.noted(item, None).await)
    }

    fn clean_up(&self, in_time: bool) {
        if !in_time {
            log::warn!("unfinished files were left on the disk; the next run removes them");
        }
    }
}

impl Download {
    /// Opens the target, making it unless this is a dry run, which may do without.
    ///
    /// # Errors
    /// The target is no directory or cannot be written to.
    pub async fn open(engine: Arc<Engine>, destination: &Destination) -> Result<Self> {
        let tree = destination.open(engine.dry_run).await?;
        Ok(Self {
            engine,
            tree: tree.map(Arc::new),
            shown_target: destination.shown(),
            ignores_ranges: AtomicBool::new(false),
        })
    }

    async fn compare_then_fetch(
        &self,
        incoming: &Incoming,
        stop: &CancellationToken,
    ) -> Option<Item> {
        let reason = match stop.run_until_cancelled(self.compare(incoming)).await? {
            Ok(Content::Equal(proof)) => {
                self.engine.monitor.counts().compared(incoming.object.size);
                let mut item = self.item(Status::Skipped, incoming);
                item.proof = Some(proof);
                return Some(item);
            }
            Ok(Content::Differs) if self.engine.policy.keep => return Some(self.keep(incoming)),
            Ok(Content::Differs) => Reason::OtherContent,
            Ok(Content::Unknown) => Reason::NoProof,
            Err(error) => {
                let item = self.item(Status::Failed, incoming);
                return Some(item.with_error(Status::Failed, error));
            }
        };
        self.fetch_or_pretend(incoming, reason, stop).await
    }

    /// A file with other content is there, and has to stay.
    fn keep(&self, incoming: &Incoming) -> Item {
        let cause = format!("{} {STAYS}", self.shown(&incoming.target));
        self.refuse(&incoming.object.key, incoming.object.size, &cause)
    }

    async fn fetch_or_pretend(
        &self,
        incoming: &Incoming,
        reason: Reason,
        stop: &CancellationToken,
    ) -> Option<Item> {
        let mut item = self.item(Status::Would(self.engine.verb), incoming);
        item.reason = Some(reason);
        if self.engine.dry_run {
            self.engine.monitor.counts().moved(incoming.object.size);
            return Some(item);
        }
        let fetched = match self.fetch(incoming, stop).await.transpose()? {
            Ok(fetched) => fetched,
            Err(error) => return Some(item.with_error(Status::Failed, error)),
        };
        item.version_id = incoming.version_id.clone().or(fetched.version_id);
        item.etag = fetched.etag.or(item.etag);
        item.size_bytes = fetched.size_bytes;
        item.proof = fetched.proof;
        match fetched.placed {
            Placed::InPlace => item.status = Status::Done(self.engine.verb),
            Placed::SameIsThere => {
                item.status = Status::Skipped;
                item.reason = None;
            }
            Placed::OtherIsThere => return Some(self.keep(incoming)),
        }
        Some(item)
    }

    async fn make_directory(&self, incoming: &Incoming) -> Item {
        let mut item = self.item(Status::WouldMakeDirectory, incoming);
        if self.engine.dry_run {
            return item;
        }
        let tree = match self.tree() {
            Ok(tree) => tree,
            Err(error) => return item.with_error(Status::Failed, error),
        };
        item.status = Status::MadeDirectory;
        let (path, shown) = (incoming.target.clone(), item.path.clone());
        let made = blocking(&shown, move || tree.dir(&path, Create::Yes).map(|_| ())).await;
        match made {
            Ok(Ok(())) => item,
            Ok(Err(error)) => item.with_error(
                Status::Failed,
                error.into_error("make the directory", &shown),
            ),
            Err(error) => item.with_error(Status::Failed, error),
        }
    }

    /// What becomes of a key that never gets a file.
    pub(crate) fn refuse(&self, key: &str, size_bytes: u64, cause: &str) -> Item {
        let subject = self.engine.at.subject(key);
        let mut error = Error::new(Kind::Failed, self.engine.verb.word(), subject, cause);
        if cause.ends_with(STAYS) {
            error = error.with_hint(
                "use --force to replace it; it stays until the new file is complete and checked",
            );
        }
        let mut item = self.engine.item(Status::Refused, key, "");
        item.size_bytes = size_bytes;
        item.with_error(Status::Refused, error)
    }

    pub(crate) fn item(&self, status: Status, incoming: &Incoming) -> Item {
        let path = self.shown(&incoming.target);
        let mut item = self.engine.item(status, &incoming.object.key, &path);
        item.size_bytes = incoming.object.size;
        item.etag.clone_from(&incoming.object.etag);
        item.version_id.clone_from(&incoming.version_id);
        item
    }

    /// The path as a person would type it.
    fn shown(&self, path: &RelativePath) -> String {
        shown_path(&self.shown_target, path.as_str())
    }

    fn object<'a>(&'a self, incoming: &'a Incoming) -> Object<'a> {
        let version_id = incoming.version_id.as_deref();
        self.engine.at.object(&incoming.object.key, version_id)
    }

    /// The target directory; only a dry run can do without one, and it opens no file.
    fn tree(&self) -> Result<Arc<Tree>> {
        self.tree.clone().ok_or_else(|| {
            Error::new(
                Kind::Bug,
                "open",
                &self.shown_target,
                "a dry run looked for files",
            )
        })
    }

    /// The object as errors name it.
    fn subject(&self, incoming: &Incoming) -> String {
        self.engine.at.subject(&incoming.object.key)
    }
}
