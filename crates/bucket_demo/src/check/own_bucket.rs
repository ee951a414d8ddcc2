//! The bucket that a check makes for itself and removes again, with all that is in it.

use std::fmt;
use std::time::Duration;

use common::ToError as _;
use common::failure::{Access, Context};
use common::{Error, Result};
use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{self, ListObjects};

use crate::create;
use crate::rules::{Bounds, Made};
use crate::sweep::sweep;

/// How often a bucket that was emptied is emptied again: what was under way when the check was
/// interrupted may arrive late, and some services list what was deleted a moment longer.
const TRIES: u32 = 6;

/// What to do about one that could not be removed, or of which that is not known.
pub(super) const LEFT: &str =
    "if it is there, remove it by hand: the check made it, and nothing else is in it";

/// The pause before each further try.
const PAUSE: Duration = Duration::from_millis(200);

/// A bucket of this run's own.
pub(crate) struct OwnBucket {
    client: Client,
    context: Context,
    name: String,
    /// Whether it may be there.
    perhaps: bool,
}

impl fmt::Display for OwnBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.name)
    }
}

impl OwnBucket {
    /// A name that nobody uses yet, most likely; nothing is sent.
    pub(crate) async fn named(client: &Client) -> Self {
        let name = format!("bucket-demo-{:08x}", fastrand::u32(..));
        Self {
            client: client.clone(),
            context: Context::of(client).await.bucket(&name).to(Access::Manage),
            name,
            perhaps: false,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Creates it, and never takes one for new that was there before.
    ///
    /// # Errors
    /// The service refuses, or cannot be reached.
    pub(crate) async fn create(&mut self) -> Result<()> {
        match self
            .client
            .retry(|| operations::head_bucket(&self.client, &self.name))
            .await
        {
            Err(failure) if failure.is_not_there() => {}
            // Keys that may not look may still create; most may not.
            Err(failure) if failure.meaning() == Some(Meaning::Denied) => {}
            Err(failure) => return Err(self.error(failure, "create")),
            Ok(_) => {
                let cause = "there is a bucket of this name already";
                let error = Error::new(common::Kind::Failed, "create", self.to_string(), cause);
                return Err(error.with_hint("run the check again: it takes another name"));
            }
        }
        let created = create::create(&self.client, &self.name, &mut self.perhaps).await;
        created
            .map(drop)
            .map_err(|failure| self.error(failure, "create"))
    }

    /// Removes it with all versions, markers and uploads in it. One that was never there is gone.
    ///
    /// # Errors
    /// Something stays.
    pub(crate) async fn remove(&mut self) -> Result<()> {
        if !self.perhaps {
            return Ok(());
        }
        let all = Bounds::of(
            Made {
                bucket: true,
                ..Made::default()
            },
            "",
        );
        let mut tries = 1;
        loop {
            match self.empty_and_delete(&all).await {
                Ok(()) => {
                    self.perhaps = false;
                    return Ok(());
                }
                Err(failure)
                    if failure.meaning() == Some(Meaning::BucketNotEmpty) && tries < TRIES =>
                {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                    self.delete_one_by_one().await;
                }
                Err(failure) => {
                    return Err(self.error(failure, "delete").with_hint(LEFT));
                }
            }
        }
    }

    async fn empty_and_delete(&self, all: &Bounds) -> Result<(), Failure> {
        match sweep(&self.client, &self.name, all).await {
            Ok(_) => {}
            Err(failure) if failure.is_not_there() => return Ok(()),
            Err(failure) => return Err(failure),
        }
        match self
            .client
            .retry(|| operations::delete_bucket(&self.client, &self.name))
            .await
        {
            Err(failure) if failure.is_not_there() => Ok(()),
            deleted => deleted,
        }
    }

    /// What a service says to have deleted in a batch and still lists: JuiceFS keeps directories
    /// so, which go one by one, from the inside. What stays is found by whoever deletes the bucket.
    async fn delete_one_by_one(&self) {
        let list = ListObjects {
            bucket: &self.name,
            prefix: "",
            delimiter: None,
            start_after: None,
            token: None,
            max_keys: 1000,
        };
        let Ok(page) = operations::list_objects(&self.client, &list).await else {
            return;
        };
        for object in page.objects.iter().rev() {
            let deleted =
                operations::delete_object(&self.client, &self.name, &object.key, None).await;
            if let Err(failure) = deleted {
                log::debug!("a key stays: {failure:?}");
            }
        }
    }

    fn error(&self, failure: Failure, doing: &str) -> Error {
        let denied = failure.meaning() == Some(Meaning::Denied);
        let error = failure.into_error(doing, self.to_string(), &self.context);
        if denied {
            return error.with_hint(
                "the check needs a bucket of its own: use a key that may create and delete buckets",
            );
        }
        error
    }
}
