//! Sends one file to the bucket: compare, read and hash, send, complete.

mod begun;
mod compare;
mod multipart;
pub(crate) mod outgoing;
pub mod run;
mod settle;
mod single;
mod source;
pub mod stream;
mod sums;
mod unfinished;

use std::sync::Arc;

use common::ToError as _;
use common::{Error, Kind};
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{ListedObject, ObjectHeaders};
use tokio_util::sync::CancellationToken;

use self::begun::Begun;
use self::outgoing::{MOST_HELD_BYTES, SendError, Sent};
use self::sums::Needed;
use crate::compare::Content;
use crate::content_type;
use crate::engine::{Engine, Object};
use crate::execute::Worker;
use crate::item::{Item, Status, Verb};
use crate::parts::{self, Shape};
use crate::plan::reason::Reason;
use crate::plan::{Pair, decide};

use self::outgoing::{Outgoing, Step};
use self::source::Source;

/// The data that all uploads of a run share.
pub(crate) struct Upload {
    /// The data that the whole run shares.
    engine: Arc<Engine>,
    /// The attributes of every object. If it has no content type, the file's extension decides.
    headers: ObjectHeaders,
    /// Whether everybody may read the objects, so that their URL is shown.
    public: bool,
    /// Multipart uploads that were created and are not complete.
    begun: Begun,
    /// Which sums the bodies need.
    needed_sums: Needed,
}

impl Worker for Upload {
    type Step = Step;

    async fn perform(&self, step: Step, stop: &CancellationToken) -> Option<Item> {
        stop.run_until_cancelled(async {
            let known = match &step {
                Step::Transfer(file, _) | Step::Compare(file, _) | Step::Ask(file) => {
                    file.local.as_ref().map(|local| local.state)
                }
                Step::Refuse(..) | Step::Known(_) => None,
            };
            self.engine.noted(self.send_step(step).await, known).await
        })
        .await
    }

    /// If bytes arrive damaged every time, the damage happens on the way and concerns every file.
    fn gave_up(error: &Error) -> bool {
        matches!(error.kind(), Kind::Unavailable | Kind::Damaged)
    }

    fn clean_up(&self, _in_time: bool) {
        self.name_what_stays();
    }
}

impl Upload {
    async fn send_step(&self, step: Step) -> Item {
        let step = match step {
            Step::Ask(file) => Box::pin(self.ask(file)).await,
            step => step,
        };
        match step {
            Step::Transfer(file, reason) => self.send_or_pretend(&file, reason).await,
            Step::Compare(file, object) => {
                // What is rare has memory of its own, so that what is usual needs little.
                Box::pin(self.compare_then_send(&file, &object)).await
            }
            Step::Ask(file) => self.send_or_pretend(&file, Reason::Unseen).await,
            Step::Refuse(file, cause) => {
                let error = Error::new(Kind::Failed, "upload", &file.shown, cause);
                self.item(Status::Refused, &file)
                    .with_error(Status::Refused, error)
            }
            Step::Known(item) => item,
        }
    }

    /// The step to take after the service was asked about this key.
    async fn ask(&self, file: Outgoing) -> Step {
        let pair = match self.object(&file.key).head().await {
            Ok(info) => {
                let object = ListedObject::of(&file.key, info);
                Pair::Both(file, object)
            }
            Err(failure)
                if failure.is_not_there() && failure.meaning() != Some(Meaning::NoSuchBucket) =>
            {
                Pair::OnlySource(file)
            }
            // Credentials that may write but not read get "forbidden". Then the file is sent.
            Err(failure) if failure.meaning() == Some(Meaning::Denied) => Pair::Forbidden(file),
            Err(failure) => {
                let error = self.engine.at.error("look at", &file.key, failure);
                let item = self.item(Status::Failed, &file);
                return Step::Known(item.with_error(Status::Failed, error));
            }
        };
        decide(pair, self.engine.policy)
    }

    async fn compare_then_send(&self, file: &Outgoing, object: &ListedObject) -> Item {
        match self.compare(file, object).await {
            Ok(Content::Equal(proof)) => {
                self.engine.monitor.counts().compared(file.size_bytes);
                let status = if self.engine.check_only {
                    Status::Same
                } else {
                    Status::Skipped
                };
                let mut item = self.item(status, file);
                item.proof = Some(proof);
                item.etag.clone_from(&object.etag);
                item
            }
            Ok(Content::Differs) => self.send_or_pretend(file, Reason::OtherContent).await,
            Ok(Content::Unknown) => self.send_or_pretend(file, Reason::NoProof).await,
            Err(error) => self
                .item(Status::Failed, file)
                .with_error(Status::Failed, error),
        }
    }

    async fn send_or_pretend(&self, file: &Outgoing, reason: Reason) -> Item {
        let mut item = self.item(Status::Would(Verb::Upload), file);
        item.reason = Some(reason);
        if self.engine.check_only {
            return self.found(item, reason);
        }
        if self.engine.dry_run {
            self.engine.monitor.counts().moved(file.size_bytes);
            return item;
        }
        match self.send(file, reason).await {
            Ok(sent) => self.sent(item, file, sent),
            Err(error) => item.with_error(Status::Failed, error),
        }
    }

    /// What `--check-only` says of a file that would have to be sent.
    fn found(&self, mut item: Item, reason: Reason) -> Item {
        item.status = match reason {
            Reason::New => Status::OnlyHere,
            Reason::Unseen => {
                let subject = self.engine.at.subject(&item.key);
                let error = Error::new(Kind::Denied, "compare", subject, "it may not be looked at");
                return item.with_error(Status::Failed, error);
            }
            _ => Status::Differs,
        };
        item
    }

    /// The item of a file that is complete.
    fn sent(&self, item: Item, file: &Outgoing, sent: Sent) -> Item {
        let at = &self.engine.at;
        let url = || at.client.public_url(at.bucket.as_str(), &file.key);
        Item {
            status: Status::Done(Verb::Upload),
            size_bytes: sent.size_bytes,
            etag: sent.etag,
            version_id: sent.version_id,
            proof: sent.proof,
            public_url: self.public.then(url),
            ..item
        }
    }

    fn failed(&self, file: &Outgoing, failure: Failure) -> Error {
        let subject = format!("{} to {}", file.shown, self.subject(file));
        failure.into_error("upload", subject, &self.engine.at.context)
    }

    /// Sends the file. If it changed meanwhile, sends it once more from the start.
    async fn send(&self, file: &Outgoing, reason: Reason) -> Result<Sent, Error> {
        let (mut changed, mut is_mixed) = (false, false);
        loop {
            let error = match self.send_once(file, reason).await {
                Ok(sent) => return Ok(sent),
                Err(SendError::Changed { is_stored }) => {
                    is_mixed |= is_stored;
                    if !changed {
                        changed = true;
                        continue;
                    }
                    let cause = "the file changed while it was read, twice";
                    Error::new(Kind::Failed, "upload", &file.shown, cause)
                        .with_hint("run the same command again when nobody writes to it")
                }
                Err(SendError::Failed(failure)) => self.failed(file, failure),
                Err(SendError::Local(error)) => error,
            };
            if is_mixed {
                self.engine.monitor.warning(&format!(
                    "{} may hold a mixture of old and new content of {}, which changed while it \
                     was sent",
                    self.subject(file),
                    file.shown
                ));
            }
            return Err(error);
        }
    }

    async fn send_once(&self, file: &Outgoing, reason: Reason) -> Result<Sent, SendError> {
        let in_memory = file.size_bytes.min(MOST_HELD_BYTES);
        let held = self.engine.memory.bytes(in_memory).await;
        let (source, payload) = Source::open_and_read(file, in_memory, self.summing()).await?;
        let limits = self.engine.at.client.quirks();
        match parts::upload(source.size_bytes(), self.engine.part_bytes, &limits) {
            Ok(Shape::Single) => {
                let payload = match payload {
                    Some(payload) => payload,
                    None => {
                        let body = source.body(&(0..source.size_bytes()));
                        self.payload(&source, body).await?
                    }
                };
                self.put(file, &source, payload, reason).await
            }
            Ok(Shape::Multipart(parts)) => {
                // Its parts ask for memory themselves.
                drop(held);
                Box::pin(self.put_in_parts(file, source, parts, reason)).await
            }
            Err(large) => Err(SendError::Local(Error::new(
                Kind::Failed,
                "upload",
                &file.shown,
                large.to_string(),
            ))),
        }
    }

    fn object<'a>(&'a self, key: &'a str) -> Object<'a> {
        self.engine.at.object(key, None)
    }

    /// The attributes of this file's object.
    fn headers(&self, file: &Outgoing) -> ObjectHeaders {
        let mut headers = self.headers.clone();
        if headers.content_type.is_none() {
            headers.content_type = Some(content_type::of(&file.key).to_owned());
        }
        headers
    }

    fn item(&self, status: Status, file: &Outgoing) -> Item {
        let mut item = self.engine.item(status, &file.key, &file.shown);
        item.size_bytes = file.size_bytes;
        item
    }

    fn subject(&self, file: &Outgoing) -> String {
        self.engine.at.subject(&file.key)
    }
}
