//! A whole download: find out whether a directory or one object is meant, list, plan, execute.

use std::path::PathBuf;
use std::sync::Arc;

use common::failure::Access;
use common::{Bucket, Error, Kind, Result, S3Uri};
use futures_util::stream::{self, Stream, StreamExt as _};
use s3_client::client::Client;
use s3_client::operations::{
    CustomerKey, ListPage, ListedObject, ObjectHeaders, ServerSideEncryption,
};
use tokio_util::sync::CancellationToken;

use super::Download;
use super::destination::Destination;
use crate::engine::{BucketClient, Engine};
use crate::flags::Flags;
use crate::item::Verb;
use crate::keypath::RelativePath;
use crate::list;
use crate::monitor::{Monitor, warns};
use crate::plan::download::Planner;
use crate::report::Report;
use crate::upload;
use crate::walk::Links;

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
    let filters = job.flags.filters()?;
    let key = job.customer_key.clone();
    let at = BucketClient::new(client, &job.bucket, Access::Read, key).await;
    let asked = meaning(&at, job, &monitor);
    let Some(meaning) = cancel.run_until_cancelled(asked).await else {
        let mut report = Report::begin();
        report.interrupt();
        return Ok(report);
    };
    let meaning = meaning?;
    if job.flags.check_only {
        let object = match meaning {
            Meaning::Directory(_) => None,
            Meaning::Object(object) => Some(object),
        };
        return check(client, job, object, cancel, monitor).await;
    }
    let destination = Destination::of(job.into.as_deref(), matches!(meaning, Meaning::Object(_)))?;
    let mut engine = Engine::new(at, Verb::Download, cancel, &monitor);
    engine.policy.force = job.flags.force;
    engine.verify = job.verify;
    engine.part_bytes = job.flags.limits.part_size;
    engine.memory = job.flags.limits.memory();
    engine.dry_run = job.flags.dry_run;
    engine.manifest = job.flags.manifest()?;
    let engine = Arc::new(engine);
    let download = Arc::new(Download::open(Arc::clone(&engine), &destination).await?);
    let chosen = filters.clone();
    let mut report = match meaning {
        Meaning::Directory(pages) => {
            let prefix = list::directory_prefix(&job.directory);
            let stripped_bytes = destination.stripped_bytes(&prefix);
            let planner = Planner::new(&download, stripped_bytes, filters);
            engine.run(&download, planner.plan(pages)).await
        }
        Meaning::Object(object) => {
            let (above, _) = object.key.rsplit_once('/').unwrap_or_default();
            let above = above.len() + usize::from(object.key.contains('/'));
            let stripped_bytes =
                destination.stripped_bytes(object.key.get(..above).unwrap_or_default());
            let mut planner = Planner::new(&download, stripped_bytes, filters);
            let plan = planner.plan_one(object, None, destination.file_name.as_deref());
            let mut report = engine.run(&download, stream::iter([Ok(plan)])).await;
            report.of_one_object();
            report
        }
    };
    // A directory with nothing below it is not there at all.
    engine.end_manifest(&mut report);
    report.nothing_left = Some(chosen.nothing_left("file"));
    report.empty_source = Some(format!("s3://{}/ is empty", job.bucket));
    Ok(report)
}

/// Compares what the download would bring with what is on the disk.
async fn check(
    client: &Client,
    job: &Job,
    object: Option<ListedObject>,
    cancel: &CancellationToken,
    monitor: Arc<dyn Monitor>,
) -> Result<Report> {
    let destination = Destination::of(job.into.as_deref(), object.is_some())?;
    let key = object.as_ref().map(|object| object.key.as_str());
    let (above, name) = match key.map(|key| key.rsplit_once('/').unwrap_or(("", key))) {
        Some((above, name)) => (above, Some(name)),
        None => (job.directory.as_str(), None),
    };
    let prefix = list::directory_prefix(above);
    let of_key = prefix
        .get(destination.stripped_bytes(&prefix)..)
        .unwrap_or_default();
    let mut local = destination.directory.clone();
    if !of_key.is_empty() {
        local.push(of_key.trim_end_matches('/'));
    }
    if let Some(name) = name {
        local.push(destination.file_name.as_deref().unwrap_or(name));
    }
    let other_way = upload::run::Job {
        locals: vec![local],
        name: name.and_then(|name| RelativePath::parse(name).ok()),
        bucket: job.bucket.clone(),
        directory: above.to_owned(),
        headers: ObjectHeaders {
            sse: job.customer_key.clone().map(ServerSideEncryption::Customer),
            ..ObjectHeaders::default()
        },
        headers_given: false,
        public: false,
        verify: job.verify,
        links: Links::Follow,
        flags: job.flags.clone(),
    };
    upload::run::run(client, &other_way, cancel, monitor).await
}

/// A directory if anything is listed below it; else the object of that name; else exit 4.
async fn meaning(
    at: &BucketClient,
    job: &Job,
    monitor: &Arc<dyn Monitor>,
) -> Result<Meaning<impl Stream<Item = Result<ListPage>> + Send + Unpin + use<>>> {
    let prefix = list::directory_prefix(&job.directory);
    let mut pages = list::pages(
        &at.client,
        &at.bucket,
        &prefix,
        job.flags.limits.ahead(),
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
        match object(at, job).await {
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

async fn object(at: &BucketClient, job: &Job) -> Result<Option<ListedObject>> {
    let key = &job.directory;
    match at.object(key, None).head().await {
        Ok(info) => Ok(Some(ListedObject::of(key, info))),
        Err(failure) if failure.is_not_there() => Ok(None),
        Err(failure) => Err(at.error("download", key, failure)),
    }
}

pub(super) fn nothing_there(job: &Job) -> Error {
    let subject = format!("s3://{}/{}", job.bucket, job.directory);
    let error = Error::new(
        Kind::NotThere,
        "download",
        subject,
        "there is nothing under this name",
    );
    let place = S3Uri::new(job.bucket.clone(), job.directory.as_str());
    if let Some((above, pattern)) = place.as_pattern() {
        return error.with_hint(format!(
            "a name is no pattern: do_bucket_download --include '{pattern}' {above}"
        ));
    }
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
