//! A whole download: find out whether a directory or one object is meant, list, plan, execute.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use common::ToError as _;
use common::failure::{Access, Context};
use common::{Bucket, Error, Kind, Result};
use futures_util::stream::{self, Stream, StreamExt as _};
use s3_client::client::Client;
use s3_client::operations::{CustomerKey, ListPage, ListedObject};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::destination::Destination;
use super::{Download, Mode, Step};
use crate::execute::{self, cleaned_up, steps_at_a_time};
use crate::flags::Flags;
use crate::inquiry::Inquiry;
use crate::limits::Room;
use crate::list;
use crate::monitor::{Monitor, warns};
use crate::plan::Policy;
use crate::plan::download::{Planner, steps};
use crate::report::Report;
use crate::tree::{Create, Tree, TreeError};

/// What is asked for.
pub struct Job {
    /// The bucket.
    pub bucket: Bucket,
    /// A directory, with or without its `/`, or an object; empty for the whole bucket.
    pub directory: String,
    /// Where to put it; `None` for `downloads/<whole key>`.
    pub into: Option<PathBuf>,
    /// The flags shared with uploads.
    pub flags: Flags,
    /// Check contents.
    pub verify: bool,
    /// The customer key of the objects.
    pub customer_key: Option<CustomerKey>,
}

/// What the name that was asked for turned out to be.
enum Meaning<S> {
    Directory(S),
    Object(ListedObject),
}

/// Downloads a directory or one object. Fails if there is nothing under the name (exit 4), the
/// listing cannot be begun, or the target cannot be opened; everything later is in the report.
pub async fn run(
    client: &Client,
    job: &Job,
    cancel: &CancellationToken,
    monitor: Arc<dyn Monitor>,
) -> Result<Report> {
    let filters = job
        .flags
        .filters()
        .map_err(|error| Error::settings(error.cause))?;
    let policy = Policy {
        force: job.flags.force,
        ..Policy::default()
    };
    let left_out = Arc::new(AtomicU64::new(0));
    let asked = meaning(client, job, &monitor);
    let Some(meaning) = cancel.run_until_cancelled(asked).await else {
        let mut report = Report::begin();
        report.interrupt();
        return Ok(report);
    };
    let meaning = meaning?;
    let place = Destination::of(job.into.as_deref(), matches!(meaning, Meaning::Object(_)))?;
    let tree = open_target(&place.target, job.flags.dry_run)?;
    let download = Arc::new(Download {
        client: client.clone(),
        context: context(client, job).await,
        bucket: job.bucket.clone(),
        tree: tree.clone(),
        shown_target: place.shown(),
        customer_key: job.customer_key.clone(),
        verify: job.verify,
        mode: Mode::Copy,
        dry_run: job.flags.dry_run,
        room: Room::new(),
        lanes: Default::default(),
        buffers: Default::default(),
        at_work: TaskTracker::new(),
        ignores_ranges: AtomicBool::new(false),
        monitor: Arc::clone(&monitor),
    });
    let width = || steps_at_a_time(client);
    match meaning {
        Meaning::Directory(pages) => {
            let planner = Planner::new(
                tree,
                place.stripped_bytes(&list::directory_prefix(&job.directory)),
                filters,
                policy,
            );
            let plan = steps(pages, planner, Arc::clone(&monitor), Arc::clone(&left_out));
            let mut report =
                execute::run(Arc::clone(&download), plan, width, cancel, &*monitor).await;
            download.clean_up(report.was_interrupted()).await;
            report.left_out_files = left_out.load(Ordering::Relaxed);
            // A directory with nothing below it is not there at all.
            report.empty_source = Some(format!("s3://{}/ is empty", job.bucket));
            Ok(report)
        }
        Meaning::Object(object) => {
            let key = object.key.clone();
            let last = key.rsplit('/').next().unwrap_or_default();
            let stripped =
                place.stripped_bytes(key.get(..key.len() - last.len()).unwrap_or_default());
            let mut planner = Planner::new(tree, stripped, filters, policy);
            let step = planner.step_to(object, None, place.file_name.as_deref());
            monitor.counts().planned(
                step.iter().len() as u64,
                step.as_ref().map_or(0, Step::bytes),
            );
            monitor.counts().listing_done();
            let plan = stream::iter([Ok(step.into_iter().collect::<Vec<_>>())]);
            let mut report =
                execute::run(Arc::clone(&download), plan, width, cancel, &*monitor).await;
            download.clean_up(report.was_interrupted()).await;
            report.left_out_files = planner.left_out();
            report.of_one_object();
            Ok(report)
        }
    }
}

impl Download {
    /// Waits until what was being written is closed and, if it has no final name, gone: at the
    /// end of a run, `in_haste` if a signal ended it.
    pub async fn clean_up(&self, in_haste: bool) {
        if !cleaned_up(&self.at_work, in_haste).await {
            log::warn!("unfinished files were left on the disk; the next run removes them");
        }
    }
}

async fn context(client: &Client, job: &Job) -> Context {
    Context::of(client)
        .await
        .bucket(job.bucket.as_str())
        .to(Access::Read)
}

/// Opens the target, making it unless this is a dry run, which may do without.
fn open_target(target: &Path, dry_run: bool) -> Result<Option<Arc<Tree>>> {
    let create = if dry_run { Create::No } else { Create::Yes };
    let shown = target.display().to_string();
    let opened = Tree::open(target, create).and_then(|tree| {
        if !dry_run {
            tree.folds_names()?;
        }
        Ok(Some(Arc::new(tree)))
    });
    match opened {
        Err(TreeError::Missing(_)) if dry_run => Ok(None),
        Err(TreeError::InTheWay { .. }) => {
            let error = Error::new(Kind::Disk, "write to", shown, "it is not a directory");
            Err(unwritable(error.with_hint("name another directory")))
        }
        opened => opened.map_err(|error| unwritable(error.into_error("write to", shown))),
    }
}

/// A target that nothing can be written to fails the whole run, whatever the system calls it.
fn unwritable(error: Error) -> Error {
    error.with_kind(Kind::Disk).stopping_the_run()
}

/// A directory if anything is listed below it; else the object of that name; else exit 4.
async fn meaning(
    client: &Client,
    job: &Job,
    monitor: &Arc<dyn Monitor>,
) -> Result<Meaning<impl Stream<Item = Result<ListPage>> + Send + Unpin + use<>>> {
    let prefix = list::directory_prefix(&job.directory);
    let mut pages = list::pages(
        client,
        &job.bucket,
        &prefix,
        job.flags.limits.listing,
        warns(monitor),
    );
    // Leading pages may be empty: some services filter after they have counted.
    let first = loop {
        match pages.next().await {
            Some(Ok(page)) if is_empty(&page) && page.next.is_some() => {}
            other => break other,
        }
    };
    let refused = match first {
        Some(Ok(page)) if !is_empty(&page) || prefix.is_empty() => {
            return Ok(Meaning::Directory(stream::iter([Ok(page)]).chain(pages)));
        }
        Some(Err(error)) if error.kind() != Kind::Denied => return Err(error),
        Some(Err(error)) => Some(error),
        Some(Ok(_)) | None => None,
    };
    if !job.directory.is_empty() && !job.directory.ends_with('/') {
        match object(client, job).await {
            Ok(Some(object)) => return Ok(Meaning::Object(object)),
            Ok(None) => {}
            Err(error) => return Err(refused.unwrap_or(error)),
        }
    }
    Err(refused.unwrap_or_else(|| nothing_there(job)))
}

/// A name that cannot be read is something, too: it is refused by name.
fn is_empty(page: &ListPage) -> bool {
    page.objects.is_empty() && page.unreadable.is_empty()
}

async fn object(client: &Client, job: &Job) -> Result<Option<ListedObject>> {
    let inquiry = Inquiry {
        client,
        bucket: &job.bucket,
        key: &job.directory,
        version_id: None,
        customer_key: job.customer_key.as_ref(),
    };
    match inquiry.head(None).await {
        Ok(info) => Ok(Some(ListedObject {
            key: job.directory.clone(),
            size: info.size,
            etag: info.etag,
            last_modified: info.last_modified,
            storage_class: info.storage_class,
        })),
        Err(failure) if failure.is_not_there() => Ok(None),
        Err(failure) => {
            let subject = format!("s3://{}/{}", job.bucket, job.directory);
            Err(failure.into_error("download", subject, &context(client, job).await))
        }
    }
}

fn nothing_there(job: &Job) -> Error {
    let subject = format!("s3://{}/{}", job.bucket, job.directory);
    let error = Error::new(
        Kind::NotThere,
        "download",
        subject,
        "there is nothing under this name",
    );
    // With its `/`, so that the list shows what is in it.
    let directory = job.directory.trim_end_matches('/');
    let above = directory
        .rfind('/')
        .and_then(|slash| directory.get(..=slash))
        .unwrap_or_default();
    error.with_hint(format!(
        "`do_bucket_list s3://{}/{above}` shows what is there",
        job.bucket
    ))
}
