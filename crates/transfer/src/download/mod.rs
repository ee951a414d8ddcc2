//! Brings one object to the disk: compare, fetch, check, rename.
//!
//! Nobody ever sees a half-written file, or one that failed a check, under its final name.

mod compare;
mod destination;
mod fetch;
mod mode;
mod one_get;
mod pieces;
mod place;
mod receive;
pub mod run;
mod space;
mod summing;
mod wanted;
mod whole;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use common::failure::Context;
use common::{Bucket, Error, Kind, Result};
use s3_client::client::Client;
use s3_client::operations::CustomerKey;

use place::Placed;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::blocking::blocking;
use crate::buffers::Buffers;
use crate::compare::Content;
use crate::execute::Work;
use crate::inquiry::Inquiry;
use crate::item::{Item, What};
use crate::keypath::RelativePath;
use crate::limits::Room;
use crate::monitor::Monitor;
use crate::plan::Reason;
use crate::proof::Lanes;
use crate::tree::{Create, Tree};

pub use destination::file_in;
pub use mode::Mode;
pub use wanted::{Refused, Step, Wanted};

/// Ends the cause why a file that is there is not replaced; the path is in front of it.
pub(crate) const STAYS: &str = "already exists with different content";

/// Everything that downloads share.
pub struct Download {
    /// Where the objects are.
    pub client: Client,
    /// What errors need to say about the client.
    pub context: Context,
    /// In which bucket.
    pub bucket: Bucket,
    /// Where the files go; `None` for a dry run into a directory that is not there.
    pub tree: Option<Arc<Tree>>,
    /// How the target directory is shown in front of each path.
    pub shown_target: String,
    /// The customer key that the objects are encrypted with.
    pub customer_key: Option<CustomerKey>,
    /// Check the content (`--no-verify` turns it off).
    pub verify: bool,
    /// What becomes of files that are there already.
    pub mode: Mode,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Requests and memory that the run may use.
    pub room: Room,
    /// Where MD5 sums are made.
    pub lanes: Lanes,
    /// Memory for reading files.
    pub buffers: Buffers,
    /// Unfinished files that are open.
    pub at_work: TaskTracker,
    /// The service was seen to send the whole object instead of a range.
    pub ignores_ranges: AtomicBool,
    /// Who is told of bytes that move.
    pub monitor: Arc<dyn Monitor>,
}

impl Work for Download {
    type Step = Step;

    async fn perform(&self, step: Step, stop: &CancellationToken) -> Option<Item> {
        match step {
            Step::Fetch(wanted, reason) => self.fetch_or_pretend(&wanted, reason, stop).await,
            Step::Compare(wanted) => self.compare_then_fetch(&wanted, stop).await,
            Step::MakeDirectory(key, path) => Some(self.make_directory(&key, path).await),
            Step::KeepDirectory(key, path) => {
                let shown = self.shown(&path);
                Some(Item::new(What::KeptDirectory, &self.bucket, &key, &shown))
            }
            Step::Refuse(refused) => Some(self.refuse(&refused)),
        }
    }
}

impl Download {
    async fn compare_then_fetch(&self, wanted: &Wanted, stop: &CancellationToken) -> Option<Item> {
        let reason = match stop.run_until_cancelled(self.compare(wanted)).await? {
            Ok(Content::Equal(proof)) => {
                self.monitor.counts().compared(wanted.object.size);
                let mut item = self.item(What::Skipped, wanted);
                item.proof = Some(proof);
                return Some(item);
            }
            Ok(Content::Differs) if self.mode.keeps_files() => return Some(self.keep(wanted)),
            Ok(Content::Differs) => Reason::OtherContent,
            Ok(Content::Unknown) => Reason::NoProof,
            Err(error) => {
                let item = self.item(What::Failed, wanted);
                return Some(item.with_error(What::Failed, error));
            }
        };
        self.fetch_or_pretend(wanted, reason, stop).await
    }

    /// A file with other content is there, and has to stay.
    fn keep(&self, wanted: &Wanted) -> Item {
        self.refuse(&Refused {
            key: wanted.object.key.clone(),
            size_bytes: wanted.object.size,
            cause: format!("{} {STAYS}", self.shown(&wanted.target)),
        })
    }

    async fn fetch_or_pretend(
        &self,
        wanted: &Wanted,
        reason: Reason,
        stop: &CancellationToken,
    ) -> Option<Item> {
        let (would, did) = match self.mode {
            Mode::Copy => (What::WouldDownload, What::Downloaded),
            Mode::Restore { .. } => (What::WouldRestore, What::Restored),
        };
        let mut item = self.item(would, wanted);
        item.reason = Some(reason);
        if self.dry_run {
            self.monitor.counts().moved(wanted.object.size);
            return Some(item);
        }
        let fetched = match self.fetch(wanted, stop).await.transpose()? {
            Ok(fetched) => fetched,
            Err(error) => return Some(item.with_error(What::Failed, error)),
        };
        item.version_id = wanted.version_id.clone().or(fetched.version_id);
        item.etag = fetched.etag.or(item.etag);
        item.size_bytes = fetched.size_bytes;
        item.proof = fetched.proof;
        match fetched.placed {
            Placed::InPlace => item.what = did,
            Placed::SameIsThere => {
                item.what = What::Skipped;
                item.reason = None;
            }
            Placed::OtherIsThere => return Some(self.keep(wanted)),
        }
        Some(item)
    }

    async fn make_directory(&self, key: &str, path: RelativePath) -> Item {
        let shown = self.shown(&path);
        let mut item = Item::new(What::WouldMakeDirectory, &self.bucket, key, &shown);
        if self.dry_run {
            return item;
        }
        let tree = match self.tree() {
            Ok(tree) => tree,
            Err(error) => return item.with_error(What::Failed, error),
        };
        item.what = What::MadeDirectory;
        let made = blocking(&shown, move || tree.dir(&path, Create::Yes).map(|_| ())).await;
        match made {
            Ok(Ok(())) => item,
            Ok(Err(error)) => {
                item.with_error(What::Failed, error.into_error("make the directory", &shown))
            }
            Err(error) => item.with_error(What::Failed, error),
        }
    }

    fn refuse(&self, refused: &Refused) -> Item {
        let subject = format!("s3://{}/{}", self.bucket, refused.key);
        let mut error = Error::new(Kind::Failed, self.verb(), subject, refused.cause.clone());
        if refused.cause.ends_with(STAYS) {
            error =
                error.with_hint("--force replaces it, when the new one is complete and checked");
        }
        let mut item = Item::new(What::Refused, &self.bucket, &refused.key, "");
        item.size_bytes = refused.size_bytes;
        item.with_error(What::Refused, error)
    }

    fn item(&self, what: What, wanted: &Wanted) -> Item {
        let mut item = Item::new(
            what,
            &self.bucket,
            &wanted.object.key,
            &self.shown(&wanted.target),
        );
        item.size_bytes = wanted.object.size;
        item.etag.clone_from(&wanted.object.etag);
        item.version_id.clone_from(&wanted.version_id);
        item
    }

    /// What errors say that could not be done.
    fn verb(&self) -> &'static str {
        match self.mode {
            Mode::Copy => "download",
            Mode::Restore { .. } => "restore",
        }
    }

    /// The path as a person would type it.
    fn shown(&self, path: &RelativePath) -> String {
        if self.shown_target.is_empty() || self.shown_target.ends_with('/') {
            // Nothing, or the root.
            format!("{}{}", self.shown_target, path.as_str())
        } else {
            format!("{}/{}", self.shown_target, path.as_str())
        }
    }

    fn inquiry<'a>(&'a self, wanted: &'a Wanted) -> Inquiry<'a> {
        Inquiry {
            client: &self.client,
            bucket: &self.bucket,
            key: &wanted.object.key,
            version_id: wanted.version_id.as_deref(),
            customer_key: self.customer_key.as_ref(),
        }
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
    fn subject(&self, wanted: &Wanted) -> String {
        format!("s3://{}/{}", self.bucket, wanted.object.key)
    }
}
