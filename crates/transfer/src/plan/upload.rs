//! The plan of an upload: the files of a walk, each with its object in the listing of the target.

use std::collections::VecDeque;
use std::sync::Arc;

use common::{Error, Kind, Result};
use futures_util::stream::{self, Stream};
use s3_client::operations::{ListPage, ListedObject};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::merge::Listing;
use super::{Pair, TargetKind};
use crate::engine::Engine;
use crate::filter::Filters;
use crate::item::{Item, Status};
use crate::keypath::RelativePath;
use crate::upload::outgoing::Outgoing;
use crate::walk::{Links, LocalFile, WalkFailure};

type Walked = Result<LocalFile, WalkFailure>;
pub(crate) type Entry = super::Entry<Outgoing, ListedObject>;

/// The size of a batch: enough files to keep every connection busy.
const BATCH_FILES: usize = 256;

/// The longest key (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
const KEY_BYTES: usize = 1024;

impl super::Source for Outgoing {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }
}

impl super::Target for ListedObject {
    fn kind(&self) -> TargetKind {
        TargetKind::Bytes(self.size)
    }
}

/// Converts files to outgoing files with keys.
pub(crate) struct Naming {
    /// The flags and filters that the run shares.
    pub(crate) engine: Arc<Engine>,
    /// The prefix of all keys.
    pub(crate) prefix: String,
    /// Whether files may be opened through links.
    pub(crate) links: Links,
    /// The filters for paths.
    pub(crate) filters: Filters,
    /// The name of the one file, if it gets another.
    pub(crate) name: Option<RelativePath>,
}

/// The entries of both sides, in batches. The walk has its own thread and is at most two batches
/// ahead.
pub(crate) fn entries(
    walk: impl Iterator<Item = Walked> + Send + 'static,
    pages: impl Stream<Item = Result<ListPage>> + Send + Unpin + 'static,
    naming: Naming,
) -> impl Stream<Item = Result<Vec<Entry>>> + Send + Unpin {
    let sides = Sides {
        walked: walk_ahead(walk),
        files: VecDeque::new(),
        next: None,
        listing: Listing::new(pages),
        naming,
    };
    Box::pin(stream::unfold(Some(sides), |sides| async move {
        let mut sides = sides?;
        match sides.batch().await {
            Ok(batch) if batch.is_empty() => None,
            Ok(batch) => Some((Ok(batch), Some(sides))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

fn walk_ahead(walk: impl Iterator<Item = Walked> + Send + 'static) -> mpsc::Receiver<Vec<Walked>> {
    let (sender, receiver) = mpsc::channel(2);
    spawn_blocking(move || {
        let mut batch = Vec::with_capacity(BATCH_FILES);
        for walked in walk {
            batch.push(walked);
            if batch.len() == BATCH_FILES
                && sender.blocking_send(std::mem::take(&mut batch)).is_err()
            {
                return;
            }
        }
        if !batch.is_empty() {
            // A closed channel means that the run has ended.
            let _ = sender.blocking_send(batch);
        }
    });
    receiver
}

struct Sides<P> {
    walked: mpsc::Receiver<Vec<Walked>>,
    files: VecDeque<Walked>,
    /// The next entry. A file of the walk may have to wait for the objects that are listed before
    /// it.
    next: Option<Outgoing>,
    listing: Listing<P>,
    naming: Naming,
}

impl<P: Stream<Item = Result<ListPage>> + Unpin> Sides<P> {
    /// Empty at the end of the walk. The listing is not read beyond the last file.
    async fn batch(&mut self) -> Result<Vec<Entry>> {
        let mut entries = Vec::with_capacity(BATCH_FILES);
        // Objects that only the target has are counted too, so that a batch does not grow without
        // limit.
        while entries.len() < BATCH_FILES {
            let Some(file) = self.next.take() else {
                match self.files.pop_front() {
                    Some(walked) => match self.naming.entry(walked) {
                        Some(Entry::Source(Pair::Unlisted(file))) => self.next = Some(file),
                        entry => entries.extend(entry),
                    },
                    None if !entries.is_empty() => break,
                    None => match self.walked.recv().await {
                        Some(batch) => self.files.extend(batch),
                        None if self.naming.engine.check_only => match self.listing.rest().await? {
                            Some(object) => entries.extend(self.naming.only_there(object)),
                            None => break,
                        },
                        None => break,
                    },
                }
                continue;
            };
            if let Some(object) = self.listing.before(&file.key).await? {
                entries.extend(self.naming.only_there(object));
                self.next = Some(file);
                continue;
            }
            if let Some(warning) = self.listing.warning.take() {
                self.naming.engine.monitor.warning(&warning);
            }
            let key = file.key.clone();
            entries.push(Entry::Source(self.listing.at(&key, file)));
        }
        Ok(entries)
    }
}

impl Naming {
    /// The file with its key, before it is looked up in the listing; or the reason why it is not
    /// sent. `None` if a warning was printed instead.
    pub(crate) fn entry(&self, walked: Walked) -> Option<Entry> {
        let file = match walked {
            Ok(file) => file,
            Err(failure) if failure.is_left_out_by(&self.filters) => return Some(Entry::LeftOut),
            Err(failure) if failure.is_skip() => {
                self.engine.monitor.warning(&format!(
                    "{} is left out: {}",
                    failure.path.display(),
                    failure.cause
                ));
                return None;
            }
            Err(failure) => return Some(Entry::Known(self.failed(failure.into_error()))),
        };
        let relative = self.name.as_ref().unwrap_or(&file.relative).as_str();
        if !self
            .filters
            .allows_file(relative, file.state.size, file.state.modified())
        {
            return Some(Entry::LeftOut);
        }
        let key = format!("{}{relative}", self.prefix);
        let shown = file.path.display().to_string();
        if key.len() > KEY_BYTES {
            let cause = format!("its key would be {} bytes long, S3 takes 1,024", key.len());
            let error = Error::new(Kind::Failed, "upload", shown, cause);
            return Some(Entry::Known(self.failed(error)));
        }
        Some(Entry::Source(Pair::Unlisted(Outgoing {
            shown,
            size_bytes: file.state.size,
            local: Some(file),
            links: self.links,
            key,
        })))
    }

    /// An object without a file. A key that ends in `/` only makes a directory.
    fn only_there(&self, object: ListedObject) -> Option<Entry> {
        if !self.engine.check_only {
            return Some(Entry::OnlyTarget(object));
        }
        let relative = object.key.get(self.prefix.len()..).unwrap_or_default();
        if object.key.ends_with('/') && object.size == 0 {
            return None;
        }
        if !self
            .filters
            .allows_file(relative, object.size, object.last_modified)
        {
            return Some(Entry::LeftOut);
        }
        let mut item = self.engine.item(Status::OnlyThere, &object.key, "");
        item.size_bytes = object.size;
        item.etag = object.etag;
        Some(Entry::Known(item))
    }

    /// A file without a key.
    fn failed(&self, error: Error) -> Item {
        let item = self.engine.item(Status::Failed, "", error.subject());
        item.with_error(Status::Failed, error)
    }
}
