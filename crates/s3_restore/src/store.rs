//! The source bucket: finds the objects to restore, and says why one cannot be found.

use std::future::ready;
use std::pin::pin;

use common::failure::suggest_bucket;
use common::ui::local_time;
use common::{Error, Kind, Result};
use futures_util::stream::{self, Stream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use s3_client::failure::{Failure, Meaning};
use s3_client::operations::{
    ListObjects, ListedObject, ObjectInfo, Version, Versioning, get_bucket_versioning, list_objects,
};
use transfer::engine::BucketClient;
use transfer::versions;

use crate::select::AsOf;
pub(crate) use crate::select::Which;

/// An object that was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The object, as HEAD describes it.
    pub(crate) object: ListedObject,
    /// The version to request; `None` for the current one.
    pub(crate) version_id: Option<String>,
    /// The complete result of HEAD.
    pub(crate) info: ObjectInfo,
}

/// Why no object was found under a name.
#[derive(Debug)]
pub(crate) enum Missing {
    /// It was deleted. This was its last version.
    Deleted {
        /// When it was deleted.
        when: Timestamp,
        /// The version before the deletion, if it still exists.
        last: Option<Box<Version>>,
    },
    /// There are objects below the name, but none with exactly this name.
    Directory,
    /// No object has this name, or none had it at that time.
    Nowhere(String),
    /// We have no permission to see this name.
    Hidden(Error),
    /// A failure that concerns every name.
    Fatal(Error),
}

/// The bucket, and who asks.
#[derive(Clone)]
pub(crate) struct Store {
    /// The bucket and its client.
    pub(crate) at: BucketClient,
}

impl Store {
    /// Finds the requested version of this name.
    pub(crate) async fn look(&self, name: &str, which: &Which) -> Result<Found, Missing> {
        let version = match which {
            Which::Now => None,
            Which::Version(id) => Some(id.clone()),
            Which::At(moment) => Some(self.stood(name, *moment).await?),
        };
        match self.at.object(name, version.as_deref()).head().await {
            Ok(info) => Ok(Found {
                object: ListedObject::of(name, info.clone()),
                version_id: version,
                info,
            }),
            Err(failure) => Err(self.why(name, version.as_deref(), failure).await),
        }
    }

    /// One page of keys that begin with `prefix`. A failed HEAD has no body; this request shows
    /// whether the bucket exists and the credentials are right.
    pub(crate) async fn peek(&self, prefix: &str) -> Result<bool, Failure> {
        let request = ListObjects {
            bucket: self.at.bucket.as_str(),
            prefix,
            delimiter: None,
            start_after: None,
            token: None,
            max_keys: 1,
        };
        let ask = || list_objects(&self.at.client, &request);
        Ok(!self.at.client.retry(ask).await?.objects.is_empty())
    }

    /// The error of a failed restore of this name.
    pub(crate) fn failed(&self, name: &str, failure: Failure) -> Error {
        self.at.error("restore", name, failure)
    }

    /// Refuses a bucket without versions.
    pub(crate) async fn check_keeps_versions(&self) -> Result<()> {
        let ask = || get_bucket_versioning(&self.at.client, self.at.bucket.as_str());
        let cause = match self.at.client.retry(ask).await {
            Ok(Versioning::Enabled | Versioning::Suspended) => return Ok(()),
            Ok(Versioning::Never) => "this bucket keeps no versions, so nothing is known of then",
            Err(failure) if failure.meaning() == Some(Meaning::Unsupported) => {
                "this service keeps no versions, so nothing is known of then"
            }
            Err(failure) => {
                // Many credentials may read versions but not the settings of the bucket.
                log::info!(
                    "whether s3://{} keeps versions: {failure:?}",
                    self.at.bucket
                );
                return Ok(());
            }
        };
        let error = Error::new(Kind::Settings, "look back in", self.at.subject(""), cause);
        Err(error
            .with_hint("without --at and --version-id you get what stands now")
            .stopping_the_run())
    }

    /// The id of the version of this name at that time.
    async fn stood(&self, name: &str, moment: Timestamp) -> Result<String, Missing> {
        let mut choice = AsOf::new(moment);
        let mut versions = self.versions(name);
        while let Some(version) = versions.next().await {
            // With only one name, the list cannot be out of order.
            let _ = choice.next(version.map_err(Missing::Fatal)?);
        }
        match choice.finish() {
            Some(version) if version.delete_marker => Err(Missing::Nowhere(format!(
                "it was not there at {}: it had been deleted at {}",
                local_time(moment),
                local_time(version.last_modified)
            ))),
            Some(version) => Ok(version.version_id),
            None => {
                let moment = local_time(moment);
                Err(Missing::Nowhere(format!("it was not there at {moment}")))
            }
        }
    }

    /// Finds out why HEAD failed: its response has no body with a reason.
    async fn why(&self, name: &str, version: Option<&str>, failure: Failure) -> Missing {
        let refused = self.failed(name, failure);
        if !matches!(refused.kind(), Kind::NotThere | Kind::Denied | Kind::Failed) {
            return Missing::Fatal(refused);
        }
        let directory = format!("{}/", name.trim_end_matches('/'));
        let is_directory = match self.peek(&directory).await {
            Ok(below) => below,
            Err(failure) => {
                let is_missing = failure.meaning() == Some(Meaning::NoSuchBucket);
                let error = self.failed(name, failure);
                if error.kind() == Kind::Denied && error.scope() == common::Scope::Object {
                    return Missing::Hidden(refused);
                }
                let (client, bucket) = (&self.at.client, self.at.bucket.as_str());
                return Missing::Fatal(if is_missing {
                    suggest_bucket(error, client, bucket).await
                } else {
                    error
                });
            }
        };
        if let Some(id) = version {
            return self.why_no_version(name, id, refused).await;
        }
        match refused.kind() {
            Kind::NotThere if is_directory => Missing::Directory,
            Kind::NotThere => self.deleted(name).await,
            Kind::Denied => Missing::Hidden(refused),
            _ => Missing::Fatal(refused),
        }
    }

    async fn why_no_version(&self, name: &str, id: &str, refused: Error) -> Missing {
        if refused.kind() == Kind::Denied {
            return Missing::Hidden(refused);
        }
        if let Err(error) = self.check_keeps_versions().await {
            return Missing::Fatal(error);
        }
        let found = self.find_version(name, |version| version.version_id == id);
        match found.await {
            Some(marker) if marker.delete_marker => Missing::Nowhere(format!(
                "version {id} is a delete marker: the object was deleted at {}",
                local_time(marker.last_modified)
            )),
            Some(_) => Missing::Fatal(refused),
            None => Missing::Nowhere(format!("there is no version {id} of it")),
        }
    }

    async fn deleted(&self, name: &str) -> Missing {
        let Some(newest) = self.find_version(name, |_| true).await else {
            return Missing::Nowhere("there is no such object".into());
        };
        let last = self.find_version(name, |version| !version.delete_marker);
        Missing::Deleted {
            when: newest.last_modified,
            last: last.await.map(Box::new),
        }
    }

    /// The first version of exactly this name; `None` also if versions cannot be listed.
    async fn find_version(
        &self,
        name: &str,
        is_right: impl Fn(&Version) -> bool,
    ) -> Option<Version> {
        let versions = self.versions(name);
        let right = versions.try_filter(|version| ready(is_right(version)));
        pin!(right).next().await?.ok()
    }

    /// The versions and delete markers of exactly this name, newest first.
    pub(crate) fn versions<'a>(
        &self,
        name: &'a str,
    ) -> impl Stream<Item = Result<Version>> + Unpin + use<'a> {
        let pages = versions::pages(&self.at.client, &self.at.bucket, name);
        let versions = pages.map_ok(|page| stream::iter(page.versions.into_iter().map(Ok)));
        let versions = versions.try_flatten();
        versions.try_take_while(move |version| ready(Ok(version.key == name)))
    }

    /// The error that a person reads if a name of the command line cannot be found.
    pub(crate) fn error_of(&self, missing: Missing, name: &str) -> Error {
        let not_there =
            |cause: String| Error::new(Kind::NotThere, "restore", self.at.subject(name), cause);
        match missing {
            Missing::Fatal(error) | Missing::Hidden(error) => error,
            Missing::Directory => not_there("this is a directory, not an object".into())
                .with_hint(format!("`-r {name}` restores all that is in it")),
            Missing::Nowhere(cause) => not_there(cause),
            Missing::Deleted { when, last } => {
                let error = not_there(format!("it was deleted at {}", local_time(when)));
                match last {
                    Some(version) => error.with_hint(format!(
                        "its last version comes back with --version-id {}",
                        version.version_id
                    )),
                    None => error,
                }
            }
        }
    }
}
