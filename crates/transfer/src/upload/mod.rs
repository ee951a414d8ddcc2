//! Sends one file to the bucket: compare, read and hash, send, complete.

mod begun;
mod compare;
mod multipart;
mod outgoing;
pub mod run;
mod settle;
mod single;
mod source;
mod sums;
mod unfinished;

use std::sync::Arc;

use common::ToError as _;
use common::failure::Context;
use common::{Bucket, Error, Kind};
use s3_client::client::Client;
use s3_client::failure::Meaning;
use s3_client::operations::{ListedObject, ObjectHeaders};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::begun::Begun;
use self::outgoing::{IN_MEMORY_BYTES, Sent, Trouble};
use crate::buffers::Buffers;
use crate::compare::Content;
use crate::content_type;
use crate::execute::Work;
use crate::inquiry::Inquiry;
use crate::item::{Item, What};
use crate::limits::Room;
use crate::monitor::Monitor;
use crate::parts::{self, Shape};
use crate::plan::{Decision, Policy, Reason, There, decide};
use crate::proof::Lanes;

pub use self::outgoing::{Outgoing, Step};

/// Everything that uploads share.
pub struct Upload {
    /// Where the objects go.
    pub client: Client,
    /// What errors need to say about the client.
    pub context: Context,
    /// To which bucket.
    pub bucket: Bucket,
    /// What every object is given; the content type by extension where it has none.
    pub headers: ObjectHeaders,
    /// How careful to be.
    pub policy: Policy,
    /// The part size that was asked for, in bytes.
    pub part_bytes: Option<u64>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Whether everybody may read the objects, so that their URL is worth showing.
    pub public: bool,
    /// Requests and memory that the run may use.
    pub room: Room,
    /// Compare the sums that the service names (`--no-verify` turns it off).
    pub verify: bool,
    /// Buffers that parts are read into.
    buffers: Buffers,
    lanes: Lanes,
    /// Uploads in parts that have begun.
    begun: Begun,
    /// Uploads that are being begun or taken back.
    cleaning: TaskTracker,
    /// Who is told of bytes that move.
    pub monitor: Arc<dyn Monitor>,
}

impl Work for Upload {
    type Step = Step;

    async fn perform(&self, step: Step, stop: &CancellationToken) -> Option<Item> {
        stop.run_until_cancelled(self.send_step(step)).await
    }

    /// Bytes that arrive damaged every time are damaged on the way, whatever the file.
    fn gave_up(error: &Error) -> bool {
        matches!(error.kind(), Kind::Unavailable | Kind::Damaged)
    }
}

impl Upload {
    async fn send_step(&self, step: Step) -> Item {
        match step {
            Step::Send(file, reason) => self.send_or_pretend(&file, reason).await,
            Step::Compare(file, object) => self.compare_then_send(&file, &object).await,
            Step::Ask(file) => self.ask_then_send(&file).await,
            Step::Fail(error) => {
                let path = error.subject().to_owned();
                Item::new(What::Failed, &self.bucket, "", &path).with_error(What::Failed, error)
            }
        }
    }

    async fn ask_then_send(&self, file: &Outgoing) -> Item {
        let there = match self.inquiry(&file.key).head(None).await {
            Ok(info) => Some(ListedObject {
                key: file.key.clone(),
                size: info.size,
                etag: info.etag,
                last_modified: info.last_modified,
                storage_class: info.storage_class,
            }),
            Err(failure)
                if failure.is_not_there() && failure.meaning() != Some(Meaning::NoSuchBucket) =>
            {
                None
            }
            // Whoever may write but not read is told "forbidden"; the file is sent.
            Err(failure) if failure.meaning() == Some(Meaning::Denied) => {
                let reason = match decide(file.size_bytes, There::Unknown, self.policy) {
                    Decision::Transfer(reason) => reason,
                    _ => Reason::Unseen,
                };
                return self.send_or_pretend(file, reason).await;
            }
            Err(failure) => {
                let error = failure.into_error("look at", self.subject(file), &self.context);
                return self
                    .item(What::Failed, file)
                    .with_error(What::Failed, error);
            }
        };
        let state = there
            .as_ref()
            .map_or(There::Nothing, |object| There::Bytes(object.size));
        match (decide(file.size_bytes, state, self.policy), there) {
            (Decision::Transfer(reason), _) => self.send_or_pretend(file, reason).await,
            (_, Some(object)) => self.compare_then_send(file, &object).await,
            (_, None) => self.send_or_pretend(file, Reason::New).await,
        }
    }

    async fn compare_then_send(&self, file: &Outgoing, object: &ListedObject) -> Item {
        match self.compare(file, object).await {
            Ok(Content::Equal(proof)) => {
                self.monitor.counts().compared(file.size_bytes);
                let mut item = self.item(What::Skipped, file);
                item.proof = Some(proof);
                item.etag.clone_from(&object.etag);
                item
            }
            Ok(Content::Differs) => self.send_or_pretend(file, Reason::OtherContent).await,
            Ok(Content::Unknown) => self.send_or_pretend(file, Reason::NoProof).await,
            Err(error) => self
                .item(What::Failed, file)
                .with_error(What::Failed, error),
        }
    }

    async fn send_or_pretend(&self, file: &Outgoing, reason: Reason) -> Item {
        let mut item = self.item(What::WouldUpload, file);
        item.reason = Some(reason);
        if self.dry_run {
            self.monitor.counts().moved(file.size_bytes);
            return item;
        }
        match self.send(file, reason).await {
            Ok(sent) => {
                item.what = What::Uploaded;
                item.size_bytes = sent.size_bytes;
                item.etag = sent.etag;
                item.version_id = sent.version_id;
                item.proof = sent.proof;
                item.public_url = self
                    .public
                    .then(|| self.client.public_url(self.bucket.as_str(), &file.key));
                item
            }
            Err(error) => item.with_error(What::Failed, error),
        }
    }

    /// Sends the file; once more from the start if it was written to meanwhile.
    async fn send(&self, file: &Outgoing, reason: Reason) -> Result<Sent, Error> {
        let limits = self.client.quirks();
        let (mut changed, mut is_mixed) = (false, false);
        loop {
            let source = source::Source::open(file).await?;
            let outcome = match parts::upload(source.size_bytes(), self.part_bytes, &limits) {
                Ok(Shape::Single) => self.put(file, source, reason).await,
                Ok(Shape::Multipart(parts)) => self.put_in_parts(file, source, parts, reason).await,
                Err(large) => Err(Trouble::Local(Error::new(
                    Kind::Failed,
                    "upload",
                    &file.shown,
                    large.to_string(),
                ))),
            };
            let error = match outcome {
                Ok(sent) => return Ok(sent),
                Err(Trouble::Changed { is_stored }) => {
                    is_mixed |= is_stored;
                    if !changed {
                        changed = true;
                        continue;
                    }
                    let cause = "the file changed while it was read, twice";
                    Error::new(Kind::Failed, "upload", &file.shown, cause)
                        .with_hint("run the same command again when nobody writes to it")
                }
                Err(Trouble::Failed(failure)) => failure.into_error(
                    "upload",
                    format!("{} to {}", file.shown, self.subject(file)),
                    &self.context,
                ),
                Err(Trouble::Local(error)) => error,
            };
            if is_mixed {
                self.monitor.warning(&format!(
                    "{} may hold a mixture of old and new content of {}, which changed while it \
                     was sent",
                    self.subject(file),
                    file.shown
                ));
            }
            return Err(error);
        }
    }

    fn inquiry<'a>(&'a self, key: &'a str) -> Inquiry<'a> {
        Inquiry {
            client: &self.client,
            bucket: &self.bucket,
            key,
            customer_key: self.headers.customer_key(),
            version_id: None,
        }
    }

    /// What this file's object is given.
    fn headers(&self, file: &Outgoing) -> ObjectHeaders {
        let mut headers = self.headers.clone();
        if headers.content_type.is_none() {
            headers.content_type = Some(content_type::of(file.local.relative.name()).to_owned());
        }
        headers
    }

    fn item(&self, what: What, file: &Outgoing) -> Item {
        let mut item = Item::new(what, &self.bucket, &file.key, &file.shown);
        item.size_bytes = file.size_bytes;
        item
    }

    fn subject(&self, file: &Outgoing) -> String {
        format!("s3://{}/{}", self.bucket, file.key)
    }
}
