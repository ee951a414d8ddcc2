//! The objects of a bucket.

use common::{Result, S3Uri};
use futures_util::{Stream, StreamExt as _};
use s3_client::client::{Client, Warn};
use transfer::list::{self, ListJobs, Listed};

use crate::entry::Entry;

/// What begins with the key of `place`: all of it, or one level with directories.
pub(crate) fn entries(
    client: &Client,
    place: &S3Uri,
    recursive: bool,
    jobs: ListJobs,
    warn: Warn,
) -> impl Stream<Item = Result<Entry>> {
    let delimiter = (!recursive).then_some("/");
    let listed = list::objects(client, &place.bucket, &place.key, delimiter, jobs, warn);
    listed.map(|listed| {
        listed.map(|listed| match listed {
            Listed::Object(object) => Entry::Object(object),
            Listed::CommonPrefix(prefix) => Entry::CommonPrefix(prefix),
            Listed::Unreadable(name) => Entry::Unreadable(name),
        })
    })
}
