//! A whole upload of directories, files or a stream: walk, compare with the listing, send.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::failure::Access;
use common::{Bucket, Error, Kind, Result};
use futures_util::stream;
use s3_client::client::Client;
use s3_client::operations::ObjectHeaders;
use tokio_util::sync::CancellationToken;

use super::Upload;
use super::begun::Begun;
use super::stream::{Input, Stream};
use super::sums::Needed;
use crate::engine::{BucketClient, Engine};
use crate::flags::Flags;
use crate::item::Verb;
use crate::keypath::RelativePath;
use crate::list;
use crate::monitor::Monitor;
use crate::plan::upload::{Naming, entries};
use crate::plan::{Batch, batch, plan};
use crate::report::Report;
use crate::walk::{Links, walk, walk_each};

/// The service is asked about each of so many files; for more, and for directories, it is asked what
/// is there.
const MOST_ASKED_FILES: usize = 100;

/// The arguments of an upload.
pub struct Job {
    /// The sources. The contents of one directory are sent; of several sources each keeps its name.
    pub locals: Vec<PathBuf>,
    /// The name of the one file, if it gets another.
    pub name: Option<RelativePath>,
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

impl Job {
    async fn upload(
        &self,
        client: &Client,
        cancel: &CancellationToken,
        monitor: &Arc<dyn Monitor>,
    ) -> Result<Upload> {
        let key = self.headers.customer_key().cloned();
        let at = BucketClient::new(client, &self.bucket, Access::Write, key).await;
        let mut engine = Engine::new(at, Verb::Upload, cancel, monitor);
        engine.policy.force = self.flags.force;
        engine.policy.attributes = self.headers_given && !self.flags.check_only;
        engine.verify = self.verify;
        engine.part_bytes = self.flags.limits.part_size;
        engine.memory = self.flags.limits.memory();
        engine.dry_run = self.flags.dry_run;
        engine.manifest = self.flags.manifest()?;
        engine.check_only = self.flags.check_only;
        Ok(Upload {
            engine: Arc::new(engine),
            headers: self.headers.clone(),
            public: self.public,
            begun: Begun::default(),
            needed_sums: Needed::default(),
        })
    }
}

/// Uploads files and directories. Fails if the one source does not exist (exit 4) or cannot be
/// read; all later failures are in the report.
pub async fn run(
    client: &Client,
    job: &Job,
    cancel: &CancellationToken,
    monitor: Arc<dyn Monitor>,
) -> Result<Report> {
    let filters = job.flags.filters()?;
    if let [local] = &job.locals[..] {
        std::fs::metadata(local).map_err(|error| unreadable(job, local, &error))?;
    }
    let upload = Arc::new(job.upload(client, cancel, &monitor).await?);
    let engine = Arc::clone(&upload.engine);
    let chosen = filters.clone();
    let naming = Naming {
        engine: Arc::clone(&engine),
        prefix: list::directory_prefix(&job.directory),
        links: job.links,
        filters,
        name: job.name.clone(),
    };
    let has_directory = job.locals.iter().any(|local| local.is_dir());
    let mut report = if has_directory || job.locals.len() > MOST_ASKED_FILES {
        // The merge with the walk checks the order itself and prints a warning.
        let pages = list::pages(
            client,
            &job.bucket,
            &naming.prefix,
            job.flags.limits.ahead(),
            Arc::new(|_| {}),
        );
        match &job.locals[..] {
            [directory] => {
                let found = entries(walk(directory, job.links), pages, naming);
                engine.run(&upload, plan(found, engine.policy)).await
            }
            several => {
                let walk = walk_each(several.to_vec(), job.links);
                let found = entries(walk, pages, naming);
                engine.run(&upload, plan(found, engine.policy)).await
            }
        }
    } else {
        let found = walk_each(job.locals.clone(), job.links);
        let found = found.filter_map(|walked| naming.entry(walked));
        let batch = batch(found, engine.policy);
        engine.run(&upload, stream::iter([Ok(batch)])).await
    };
    if job.locals.len() == 1 && !has_directory {
        report.of_one_object();
    }
    let locals: Vec<_> = job
        .locals
        .iter()
        .map(|local| local.display().to_string())
        .collect();
    engine.end_manifest(&mut report);
    if job.flags.check_only {
        report.checked.get_or_insert_default();
    }
    report.nothing_left = Some(chosen.nothing_left("file"));
    report.empty_source = Some(format!("there are no files in {}", locals.join(", ")));
    Ok(report)
}

/// Uploads what is read from `input`; the directory of the job is the key. A part that does not fit
/// into memory is copied into `temp_directory`.
pub async fn run_stream(
    client: &Client,
    job: &Job,
    input: Input,
    temp_directory: PathBuf,
    cancel: &CancellationToken,
    monitor: Arc<dyn Monitor>,
) -> Result<Report> {
    let upload = job.upload(client, cancel, &monitor).await?;
    let engine = Arc::clone(&upload.engine);
    let stream = Arc::new(Stream {
        upload,
        key: job.directory.clone(),
        temp_directory,
    });
    let steps = Batch::from(vec![input]);
    let mut report = engine.run(&stream, stream::iter([Ok(steps)])).await;
    report.of_one_object();
    Ok(report)
}

fn unreadable(job: &Job, local: &Path, error: &std::io::Error) -> Error {
    let shown = local.display().to_string();
    let doing = if job.flags.check_only {
        "compare"
    } else {
        "upload"
    };
    if error.kind() == std::io::ErrorKind::NotFound {
        return Error::new(
            Kind::NotThere,
            doing,
            shown,
            if local.is_symlink() {
                "it is a link to something that is not there"
            } else {
                "there is no such file or directory"
            },
        );
    }
    Error::io(doing, shown, error)
}
