//! What a whole run shares, and the bucket that it works on.

use std::sync::Arc;

use common::failure::{Access, Context};
use common::{Bucket, Error, ToError as _};
use s3_client::Failure;
use s3_client::client::Client;
use s3_client::operations::{CustomerKey, ObjectInfo, ReadObject, head_object};
use s3_client::retry::Attempts;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::item::{Item, Status, Verb};
use crate::limits::Memory;
use crate::manifest::Manifest;
use crate::monitor::Monitor;
use crate::plan::Policy;
use crate::proof::Lanes;
use crate::report::Report;
use crate::tree::FileState;

/// One bucket, and the client that asks for what is in it.
#[derive(Clone)]
pub struct BucketClient {
    /// The client.
    pub client: Client,
    /// What errors need to say about it.
    pub context: Context,
    /// The bucket.
    pub bucket: Bucket,
    /// The customer key that the objects are encrypted with.
    pub customer_key: Option<CustomerKey>,
}

/// One object, or one version of it.
#[derive(Clone, Copy)]
pub struct Object<'a> {
    at: &'a BucketClient,
    key: &'a str,
    version_id: Option<&'a str>,
}

impl BucketClient {
    /// `access` is what errors say that the key has to be allowed.
    pub async fn new(
        client: &Client,
        bucket: &Bucket,
        access: Access,
        customer_key: Option<CustomerKey>,
    ) -> Self {
        let context = Context::of(client);
        Self {
            client: client.clone(),
            context: context.bucket(bucket.as_str()).to(access),
            bucket: bucket.clone(),
            customer_key,
        }
    }

    /// An object of this bucket; `version_id` is `None` for the current version.
    pub fn object<'a>(&'a self, key: &'a str, version_id: Option<&'a str>) -> Object<'a> {
        Object {
            at: self,
            key,
            version_id,
        }
    }

    /// The object as errors name it.
    pub fn subject(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.bucket)
    }

    /// The attempts at an operation on the object of this key.
    pub(crate) fn attempts(&self, key: &str) -> Attempts {
        self.client.attempts().about(self.subject(key))
    }

    /// The error of an operation on the object of this key.
    pub fn error(&self, doing: &'static str, key: &str, failure: Failure) -> Error {
        failure.into_error(doing, self.subject(key), &self.context)
    }
}

impl Object<'_> {
    /// The error of an operation on it.
    pub(crate) fn error(&self, doing: &'static str, failure: Failure) -> Error {
        self.at.error(doing, self.key, failure)
    }

    /// HEAD in checksum mode, after all attempts.
    ///
    /// # Errors
    /// The object is not there, may not be seen, or the service failed.
    pub async fn head(&self) -> Result<ObjectInfo, Failure> {
        self.ask(None).await
    }

    /// The same for one part of it, counted from 1.
    pub(crate) async fn head_part(&self, number: u32) -> Result<ObjectInfo, Failure> {
        self.ask(Some(number)).await
    }

    async fn ask(&self, part_number: Option<u32>) -> Result<ObjectInfo, Failure> {
        let request = ReadObject {
            bucket: self.at.bucket.as_str(),
            key: self.key,
            checksum_mode: true,
            customer_key: self.at.customer_key.as_ref(),
            version_id: self.version_id,
            part_number,
            ..ReadObject::default()
        };
        let mut attempts = self.at.attempts(self.key);
        attempts
            .run(|| head_object(&self.at.client, &request))
            .await
    }
}

/// What all objects of one run share, whichever way they go.
pub struct Engine {
    /// The bucket.
    pub at: BucketClient,
    /// What the run does.
    pub(crate) verb: Verb,
    /// What to do with what is at the target already.
    pub policy: Policy,
    /// Check the content (`--no-verify` turns it off).
    pub verify: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// Where the sums of files are noted.
    pub(crate) manifest: Option<Manifest>,
    /// Say what each side has, and do nothing.
    pub(crate) check_only: bool,
    /// Objects worked on at a time; `None` for a few more than requests.
    pub width: Option<usize>,
    /// `--part-size`: files and objects up to this size move in one request, in bytes.
    pub(crate) part_bytes: Option<u64>,
    /// Body bytes that may be held.
    pub(crate) memory: Memory,
    /// Where MD5 sums are made.
    pub(crate) lanes: Lanes,
    /// Who is told what happens.
    pub monitor: Arc<dyn Monitor>,
    /// Stops the run.
    pub(crate) cancel: CancellationToken,
    /// Tasks in the background. The end of the run waits for them.
    pub(crate) tasks: TaskTracker,
}

impl Engine {
    /// A run that replaces what differs and checks the content.
    pub fn new(
        at: BucketClient,
        verb: Verb,
        cancel: &CancellationToken,
        monitor: &Arc<dyn Monitor>,
    ) -> Self {
        Self {
            memory: Memory::default(),
            at,
            verb,
            policy: Policy::default(),
            verify: true,
            dry_run: false,
            manifest: None,
            check_only: false,
            width: None,
            part_bytes: None,
            lanes: Lanes::default(),
            monitor: Arc::clone(monitor),
            cancel: cancel.clone(),
            tasks: TaskTracker::new(),
        }
    }

    /// The same item, after its file was noted in the manifest.
    pub(crate) async fn noted(&self, item: Item, known: Option<FileState>) -> Item {
        match &self.manifest {
            Some(manifest) => manifest.add(item, known).await,
            None => item,
        }
    }

    /// Ends a run: its manifest gets its name, unless a signal came.
    pub(crate) fn end_manifest(&self, report: &mut Report) {
        if let Some(manifest) = self.manifest.as_ref().filter(|_| !report.was_interrupted())
            && let Err(error) = manifest.finish()
        {
            self.monitor.failure(&error);
            report.stop(&error);
        }
    }

    /// What became of the object of this key, at this path as shown.
    pub(crate) fn item(&self, status: Status, key: &str, path: &str) -> Item {
        Item::new(status, &self.at.bucket, key, path)
    }
}
