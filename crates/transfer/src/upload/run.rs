//! A whole upload of a directory or one file: walk, compare with the listing, send.

use std::path::PathBuf;
use std::sync::Arc;

use common::failure::Access;
use common::{Bucket, Error, Kind, Result};
use futures_util::stream;
use s3_client::client::Client;
use s3_client::operations::ObjectHeaders;
use tokio_util::sync::CancellationToken;

use super::Upload;
use super::begun::Begun;
use super::sums::Needed;
use crate::engine::{BucketClient, Engine};
use crate::flags::Flags;
use crate::item::Verb;
use crate::list;
use crate::monitor::Monitor;
use crate::plan::upload::{Entry, Naming, entries};
use crate::plan::{batch, plan};
use crate::report::Report;
use crate::walk::{Links, walk};

/// The arguments of an upload.
pub struct Job {
    /// The source: a directory, whose contents are sent, or one file.
    pub local: PathBuf,
    /// The bucket.
    pub bucket: Bucket,
    /// The directory of the bucket, without leading `/`, with or without trailing `/`; empty for
    /// the root.
    pub directory: String,
    /// The attributes of every object.
    pub headers: ObjectHeaders,
    /// Send files again to set these attributes, because no listing shows them.
    pub headers_given: bool,
    /// Whether everybody may read the objects.
    pub public: bool,
    /// Compare the sums from the service with those of the file.
    pub verify: bool,
    /// What to do with symbolic links.
    pub links: Links,
    /// The flags shared with downloads.
    pub flags: Flags,
}

/// Uploads a directory or one file. Fails if the source does not exist (exit 4) or cannot be read;
/// all later failures are in the report.
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
    let limits = &job.flags.limits;
    let key = job.headers.customer_key().cloned();
    let at = BucketClient::new(client, &job.bucket, Access::Write, key).await;
    let mut engine = Engine::new(at, Verb::Upload, cancel, &monitor);
    engine.policy.force = job.flags.force;
    engine.policy.attributes = job.headers_given;
    engine.verify = job.verify;
    engine.part_bytes = limits.part_size;
    engine.dry_run = job.flags.dry_run;
    let engine = Arc::new(engine);
    let upload = Arc::new(Upload {
        engine: Arc::clone(&engine),
        headers: job.headers.clone(),
        public: job.public,
        begun: Begun::default(),
        needed_sums: Needed::default(),
    });
    let naming = Naming {
        engine: Arc::clone(&engine),
        prefix: list::directory_prefix(&job.directory),
        links: job.links,
        filters,
    };
    let mut report = if source.is_dir() {
        // The merge with the walk checks the order itself and prints a warning.
        let pages = list::pages(
            client,
            &job.bucket,
            &naming.prefix,
            limits.listing,
            Arc::new(|_| {}),
        );
        let found = entries(walk(&job.local, job.links), pages, naming);
        engine.run(&upload, plan(found, engine.policy)).await
    } else {
        let batch = batch(one_file(job, naming), engine.policy);
        let mut report = engine.run(&upload, stream::iter([Ok(batch)])).await;
        report.of_one_object();
        report
    };
    report.empty_source = Some(format!("there are no files in {}", job.local.display()));
    Ok(report)
}

/// One file: there is no listing; the service is asked about this object only.
fn one_file(job: &Job, naming: Naming) -> Option<Entry> {
    let naming = Naming {
        links: Links::Follow,
        ..naming
    };
    match walk(&job.local, Links::Follow).next() {
        Some(walked) => naming.entry(walked),
        None => {
            let shown = job.local.display().to_string();
            let cause = "it is an unfinished file of these programs";
            let error = Error::new(Kind::Failed, "upload", shown, cause);
            Some(Entry::Known(naming.failed(error)))
        }
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
