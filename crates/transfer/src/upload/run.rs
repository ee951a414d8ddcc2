//! A whole upload: a directory or one file, walked, held against the listing, sent.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use common::failure::Access;
use common::{Bucket, Error, Kind, Result};
use futures_util::stream;
use s3_client::client::Client;
use s3_client::operations::ObjectHeaders;
use tokio_util::sync::CancellationToken;

use super::begun::Begun;
use super::{Outgoing, Step, Upload};
use crate::engine::{BucketClient, Engine};
use crate::flags::Flags;
use crate::item::Verb;
use crate::list;
use crate::monitor::Monitor;
use crate::plan::upload::{Planner, steps};
use crate::report::Report;
use crate::walk::{Links, LocalFile, walk};

/// What is asked for.
pub struct Job {
    /// A directory, whose contents are sent, or one file.
    pub local: PathBuf,
    /// The bucket.
    pub bucket: Bucket,
    /// The directory of the bucket, without leading and with or without trailing `/`; empty for
    /// the root.
    pub directory: String,
    /// What every object is given.
    pub headers: ObjectHeaders,
    /// Send again what has these headers, because no listing shows them.
    pub headers_given: bool,
    /// Everybody may read the objects.
    pub public: bool,
    /// Compare the sums that the service names with those of the file.
    pub verify: bool,
    /// What to do with symbolic links.
    pub links: Links,
    /// The flags shared with downloads.
    pub flags: Flags,
}

/// Uploads a directory or one file. Fails if the source is not there (exit 4) or cannot be read;
/// everything later is in the report.
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
    let source = std::fs::metadata(&job.local).map_err(|error| unreadable(job, &error))?;
    let prefix = list::directory_prefix(&job.directory);
    let left_out = Arc::new(AtomicU64::new(0));
    let limits = &job.flags.limits;
    let key = job.headers.customer_key().cloned();
    let at = BucketClient::new(client, &job.bucket, Access::Write, key).await;
    let mut engine = Engine::new(at, Verb::Upload, cancel, &monitor);
    engine.policy.force = job.flags.force;
    engine.policy.attributes = job.headers_given;
    engine.verify = job.verify;
    engine.dry_run = job.flags.dry_run;
    let engine = Arc::new(engine);
    let upload = Arc::new(Upload {
        engine: Arc::clone(&engine),
        headers: job.headers.clone(),
        part_bytes: limits.part_size,
        public: job.public,
        begun: Begun::default(),
    });
    let mut report = if source.is_dir() {
        let walk = walk(&job.local, job.links);
        // Whoever reads it beside the walk sees the order, and says what follows from it.
        let remote = list::pages(
            client,
            &job.bucket,
            &prefix,
            limits.listing,
            Arc::new(|_| {}),
        );
        let planner = Planner {
            prefix,
            links: job.links,
            filters,
            policy: engine.policy,
            left_out: Arc::clone(&left_out),
            monitor,
        };
        engine.run(&upload, steps(walk, remote, planner)).await
    } else {
        let wanted = filters.allows(&one_name(job));
        left_out.fetch_add(u64::from(!wanted), Ordering::Relaxed);
        let step = wanted.then(|| one_file(job, &prefix));
        if let Some(Step::Ask(file)) = &step {
            monitor.counts().planned(1, file.size_bytes);
        }
        monitor.counts().listing_done();
        let plan = stream::iter([Ok(step.into_iter().collect())]);
        let mut report = engine.run(&upload, plan).await;
        report.of_one_object();
        report
    };
    report.left_out_files = left_out.load(Ordering::Relaxed);
    report.empty_source = Some(format!("there are no files in {}", job.local.display()));
    Ok(report)
}

/// What the filters are held against for a file by itself.
fn one_name(job: &Job) -> String {
    let name = job.local.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A file by itself: no listing, the service is asked about it alone.
fn one_file(job: &Job, prefix: &str) -> Step {
    match walk(&job.local, Links::Follow).next() {
        Some(Ok(local)) => Step::Ask(one_outgoing(job, prefix, local)),
        Some(Err(failure)) => Step::Fail(failure.into_error()),
        None => {
            let shown = job.local.display().to_string();
            Step::Fail(Error::new(
                Kind::Failed,
                "upload",
                shown,
                "it is an unfinished file of these programs",
            ))
        }
    }
}

fn one_outgoing(job: &Job, prefix: &str, local: LocalFile) -> Outgoing {
    Outgoing {
        shown: job.local.display().to_string(),
        key: format!("{prefix}{}", local.relative.as_str()),
        size_bytes: local.state.size,
        links: Links::Follow,
        local,
    }
}

fn unreadable(job: &Job, error: &std::io::Error) -> Error {
    let shown = job.local.display().to_string();
    if error.kind() == std::io::ErrorKind::NotFound {
        return Error::new(
            Kind::NotThere,
            "upload",
            shown,
            if job.local.is_symlink() {
                "it is a link to something that is not there"
            } else {
                "there is no such file or directory"
            },
        );
    }
    Error::io("upload", shown, error)
}
