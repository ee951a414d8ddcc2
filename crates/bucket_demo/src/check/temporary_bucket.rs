//! The bucket that a check creates for itself and removes again, with all its objects.

use std::fmt;

use common::ToError as _;
use common::failure::{Access, Context};
use common::{Error, Kind, Result};
use s3_client::client::Client;
use s3_client::failure::{Failure, Meaning};

use crate::create::{self, Found, bucket_in_endpoint};
use crate::deletion::delete_bucket;
use crate::rules::{Bounds, Made};

/// The hint for a bucket that was not, or perhaps not, removed.
pub(super) const REMOVE_BY_HAND: &str =
    "if it is there, remove it by hand: the check made it, and nothing else is in it";

/// A bucket with a random name.
pub(crate) struct TemporaryBucket {
    client: Client,
    context: Context,
    name: String,
    may_be_there: bool,
}

impl fmt::Display for TemporaryBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.name)
    }
}

impl TemporaryBucket {
    /// Chooses a random name, which most likely nobody uses. Sends nothing.
    pub(crate) async fn new(client: &Client) -> Self {
        let name = format!("bucket-demo-{:08x}", fastrand::u32(..));
        Self {
            client: client.clone(),
            context: Context::of(client).bucket(&name).to(Access::Manage),
            name,
            may_be_there: false,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Creates the bucket. An existing bucket never counts as created.
    ///
    /// # Errors
    /// The service refuses, or cannot be reached.
    pub(crate) async fn create(&mut self) -> Result<()> {
        let (client, name) = (&self.client, &self.name);
        match create::look(client, name, "").await {
            // Credentials that may not list buckets may still create them.
            Ok(Found::Nothing | Found::Closed(_)) => {}
            Ok(Found::Bucket { .. }) => {
                let cause = "a bucket of this name already exists";
                let error = Error::new(Kind::Failed, "create", self.to_string(), cause);
                return Err(
                    error.with_hint("run the check again: it then uses another bucket name")
                );
            }
            Ok(Found::ObjectIn { endpoint }) => {
                return Err(bucket_in_endpoint(client, &self.to_string(), &endpoint));
            }
            Err(failure) => return Err(self.error(failure, "create")),
        }
        match create::create(client, name, &mut self.may_be_there).await {
            Ok(_location) => Ok(()),
            Err(failure) => Err(self.error(failure, "create")),
        }
    }

    /// Removes the bucket with all versions, delete markers and uploads.
    ///
    /// # Errors
    /// Something could not be removed.
    pub(crate) async fn remove(&mut self) -> Result<()> {
        if !self.may_be_there {
            return Ok(());
        }
        let made = Made {
            bucket: true,
            ..Made::default()
        };
        let everything = Bounds::of(made, "");
        match delete_bucket(&self.client, &self.name, Some(&everything)).await {
            Ok(_status) => {
                self.may_be_there = false;
                Ok(())
            }
            Err(failure) => Err(self.error(failure, "delete").with_hint(REMOVE_BY_HAND)),
        }
    }

    fn error(&self, failure: Failure, doing: &str) -> Error {
        let is_denied = failure.meaning() == Some(Meaning::Denied);
        let error = failure.into_error(doing, self.to_string(), &self.context);
        if is_denied {
            return error.with_hint(
                "the check needs a bucket of its own: use a key that may create and delete buckets",
            );
        }
        error
    }
}
