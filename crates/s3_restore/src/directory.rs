//! Restores a whole directory, as it is now or as it was at a point in time.

use std::sync::Arc;

use common::ui::local_time;
use common::{Error, Kind, Outcome as _, Result};
use futures_util::stream::{self, Stream, StreamExt as _};
use jiff::Timestamp;
use s3_client::operations::{ArchiveTier, ListedObject, VersionsPage};
use tokio_util::sync::CancellationToken;
use transfer::download::{Destination, Download, Incoming, Step};
use transfer::engine::Engine;
use transfer::execute::Worker;
use transfer::filter::Filters;
use transfer::item::{Item, Status};
use transfer::limits::Limits;
use transfer::list;
use transfer::monitor::warns;
use transfer::plan::download::{Chosen, Planner};
use transfer::report::Report;
use transfer::versions;

use crate::history::{History, Line, Record};
use crate::select::AsOf;
use crate::store::{Store, Which};
use crate::thaw::Thawing;

/// The arguments of the restore.
pub(crate) struct Directory {
    /// The source bucket.
    pub(crate) store: Store,
    /// The prefix: a directory, or empty for the whole bucket.
    pub(crate) prefix: String,
    /// The point in time; `None` for now.
    pub(crate) moment: Option<Timestamp>,
    /// The target.
    pub(crate) destination: Destination,
    /// Which objects to restore.
    pub(crate) filters: Filters,
    /// The engine's settings for the run.
    pub(crate) engine: Arc<Engine>,
    /// What to do about archived objects.
    pub(crate) thawing: Thawing,
}

/// Restores the directory. The history gets one entry for all of it.
///
/// # Errors
/// The target cannot be opened, or there is no object under the prefix. All later failures are in
/// the report.
pub(crate) async fn run(job: Directory, history: &Arc<History>, entry: Line) -> Result<Report> {
    let prefix = list::directory_prefix(job.prefix.trim_start_matches('/'));
    let record = Record::begin(
        history,
        Line {
            key: prefix.clone(),
            path: job.destination.directory.display().to_string(),
            ..entry
        },
    );
    let is_dry_run = job.engine.dry_run;
    let restored = restore(job, &prefix).await;
    match &restored {
        Ok(_) if is_dry_run => record.forget(),
        Ok(report) => record.end_all(report, report.exit() == common::Exit::Success),
        Err(error) => record.end_without(error),
    }
    restored
}

async fn restore(job: Directory, prefix: &str) -> Result<Report> {
    let mut batches = batches(&job, prefix);
    // No directory is created if there is no object under the prefix.
    let first = loop {
        let Some(batch) = batches.next().await else {
            return Err(nothing(&job, job.store.at.subject(prefix)));
        };
        let batch = batch?;
        if !batch.objects.is_empty() || !batch.unreadable.is_empty() {
            break batch;
        }
    };
    let download = Download::open(Arc::clone(&job.engine), &job.destination).await?;
    let download = Arc::new(download);
    let planner = Planner::new(&download, prefix.len(), job.filters.clone());
    let plan = planner.plan(stream::iter([Ok(first)]).chain(batches));
    let work = Arc::new(Thawed {
        download,
        store: job.store,
        thawing: job.thawing,
    });
    let mut report = job.engine.run(&work, plan).await;
    report.nothing_left = Some(job.filters.nothing_left("object"));
    Ok(report)
}

fn nothing(job: &Directory, subject: String) -> Error {
    let cause = match job.moment {
        Some(moment) => format!("nothing was there at {}", local_time(moment)),
        None => "there is nothing under this name".to_owned(),
    };
    let error = Error::new(Kind::NotThere, "restore", subject, cause);
    match job.moment {
        Some(_) => error,
        None => error.with_hint("--at TIME looks for what was there and is deleted now"),
    }
}

fn batches(job: &Directory, prefix: &str) -> Box<dyn Stream<Item = Result<Chosen>> + Send + Unpin> {
    let (client, bucket) = (&job.store.at.client, &job.store.at.bucket);
    match job.moment {
        None => {
            let pages = list::pages(
                client,
                bucket,
                prefix,
                Limits::default().ahead(),
                warns(&job.engine.monitor),
            );
            Box::new(pages.map(|page| page.map(Chosen::from)))
        }
        Some(moment) => {
            let pages = versions::pages(client, bucket, prefix);
            Box::new(as_of(pages, moment, job.store.at.subject(prefix)))
        }
    }
}

/// The versions of that time, one page of the list at a time. After an error there are no more.
fn as_of(
    pages: impl Stream<Item = Result<VersionsPage>> + Send + Unpin,
    moment: Timestamp,
    subject: String,
) -> impl Stream<Item = Result<Chosen>> + Send + Unpin {
    let mut state = Some(AsOf::new(moment));
    let end = stream::iter([None]);
    pages.map(Some).chain(end).map(move |page| {
        let mut batch = Chosen::default();
        let Some(mut choice) = state.take() else {
            return Ok(batch);
        };
        let Some(page) = page.transpose()? else {
            batch.objects.extend(choice.finish().and_then(object));
            return Ok(batch);
        };
        batch.unreadable = page.unreadable;
        for version in page.versions {
            let stood = choice.next(version).map_err(|unordered| {
                let cause = format!("the list of versions is out of order at {}", unordered.key);
                Error::new(Kind::Unavailable, "restore", &subject, cause).stopping_the_run()
            })?;
            batch.objects.extend(stood.and_then(object));
        }
        state = Some(choice);
        Ok(batch)
    })
}

/// The object to restore for a version; `None` for a delete marker.
fn object(version: s3_client::operations::Version) -> Option<(ListedObject, Option<String>)> {
    let object = ListedObject {
        key: version.key,
        size: version.size,
        etag: version.etag,
        last_modified: Some(version.last_modified),
        storage_class: version.storage_class,
    };
    (!version.delete_marker).then_some((object, Some(version.version_id)))
}

/// Runs the engine. Archived objects are found and thawed first.
struct Thawed {
    download: Arc<Download>,
    store: Store,
    thawing: Thawing,
}

impl Worker for Thawed {
    type Step = Step;

    fn clean_up(&self, in_time: bool) {
        self.download.clean_up(in_time);
    }

    async fn perform(&self, step: Step, stop: &CancellationToken) -> Option<Item> {
        let (Step::Transfer(incoming, _) | Step::Compare(incoming, _)) = &step else {
            return self.download.perform(step, stop).await;
        };
        let class = incoming.object.storage_class.as_deref();
        if ArchiveTier::of(class, None).is_some()
            && let Err(error) = stop.run_until_cancelled(self.ready(incoming)).await?
        {
            let bucket = &self.store.at.bucket;
            let mut item = Item::new(
                Status::Failed,
                bucket,
                &incoming.object.key,
                incoming.target.as_str(),
            );
            item.size_bytes = incoming.object.size;
            return Some(item.with_error(Status::Failed, error));
        }
        self.download.perform(step, stop).await
    }
}

impl Thawed {
    async fn ready(&self, incoming: &Incoming) -> Result<()> {
        let key = &incoming.object.key;
        let which = incoming
            .version_id
            .clone()
            .map_or(Which::Now, Which::Version);
        let looked = self.store.look(key, &which).await;
        let found = looked.map_err(|missing| self.store.error_of(missing, key))?;
        self.thawing.ready(&self.store, found).await.map(drop)
    }
}
