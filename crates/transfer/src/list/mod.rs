//! The objects under a prefix, page by page, in the order of the service: byte order.
//!
//! Paging ends here: no other module knows of tokens. A page is asked for again as a whole
//! until it is complete; a listing that cannot be completed is an error, never a short list.
//!
//! A long listing is read in several places at the same time:
//! 1. The listing is cut into segments; each segment is read page after page from one key to another, and the
//!    pages come out in the order in which one reader would have got them (`merge`, `seam`).
//! 2. To estimate how many keys lie between two keys, each key is placed on a line from 0 to 1, on which the
//!    bytes that were seen in keys have nearly all of the width (`space`).
//! 3. The distance that the latest pages of a segment covered, compared with the distance to its end, gives an
//!    estimate of the pages that are left in it (`split`).
//! 4. A segment with many pages left is cut in two between its position and its end, and the first request of
//!    the new segment is sent at once; the segments that come out first are served first (`merge`).
//! 5. A wrong estimate costs at most one useless request, and no segment is cut if with P pages there could be
//!    more than P + P / 5 + 15 requests (`split`).

mod driver;
mod merge;
mod order;
mod packed;
mod seam;
mod segment;
mod shares;
mod space;
mod split;
#[cfg(test)]
mod tests;

use common::{Bucket, Result};
use futures_util::stream::{self, Stream};
use s3_client::client::{Client, Warn};
use s3_client::operations::ListPage;
use structopt::StructOpt;
use tokio::sync::mpsc;

use common::spare_files;
use driver::Source;
pub use merge::Ahead;
use merge::Merge;

/// Memory for pages that wait for their turn, where listing is all that is done. A packed page of short
/// keys takes about 110 KiB.
const WAITING_BYTES: usize = 24 * 1024 * 1024;

/// Pages that are requested at a time, unless `--list-jobs` says otherwise.
const DEFAULT_LIST_JOBS: usize = 32;

/// How a listing is read.
#[derive(Clone, Copy, Debug, Default, StructOpt)]
pub struct ListJobs {
    /// Number of pages of a long listing to request at a time, 1 to 64; 1 is one after the other
    /// [default: 32]
    #[structopt(long, value_name = "N", parse(try_from_str = parse_list_jobs))]
    pub list_jobs: Option<usize>,
}

impl ListJobs {
    /// One page after the other, for listings that are not read to their end.
    pub const ONE: Self = Self { list_jobs: Some(1) };

    /// As many as the flag says, or fewer where this process may not open enough files.
    fn allowed(self) -> usize {
        self.list_jobs
            .unwrap_or(DEFAULT_LIST_JOBS)
            .min(spare_files() / 4)
            .max(1)
    }

    /// How far to read ahead, with this much memory for pages that wait.
    pub(crate) fn with(self, bytes: usize) -> Ahead {
        Ahead {
            jobs: self.allowed(),
            bytes,
        }
    }
}

/// Reads the value of `--list-jobs`; fails with a sentence that says what is wrong.
fn parse_list_jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=64) => Ok(jobs),
        _ => Err(format!("`{text}` is not a number from 1 to 64")),
    }
}

/// The pages under `prefix`, for a run that transfers objects at the same time. A task of its own
/// requests them a little ahead of the reader. The stream ends after the first error; dropping it
/// ends the task. `warn` is called once if the keys are not in byte order.
pub fn pages(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    ahead: Ahead,
    warn: Warn,
) -> impl Stream<Item = Result<ListPage>> + Send + Unpin + use<> {
    start(client, bucket, prefix, None, ahead, warn)
}

/// The same where listing is all that is done. With a delimiter, keys that have it after the
/// prefix are rolled up, and pages are requested one after the other whatever `jobs` says: nothing
/// tells where the next directory begins.
pub fn pages_only(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&'static str>,
    jobs: ListJobs,
    warn: Warn,
) -> impl Stream<Item = Result<ListPage>> + Send + Unpin + use<> {
    let ahead = jobs.with(WAITING_BYTES);
    start(client, bucket, prefix, delimiter, ahead, warn)
}

fn start(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&'static str>,
    ahead: Ahead,
    warn: Warn,
) -> impl Stream<Item = Result<ListPage>> + Send + Unpin + use<> {
    let source = Source {
        client: client.clone(),
        bucket: bucket.clone(),
        prefix: prefix.to_owned(),
        delimiter,
    };
    let (sender, receiver) = mpsc::channel(1);
    let merge = Merge::new(prefix, delimiter.is_none(), ahead);
    tokio::spawn(driver::run(source, merge, sender, warn));
    Box::pin(stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|page| (page, receiver))
    }))
}

/// The prefix that means a directory: `my-dir` and `my-dir/` mean `my-dir/`, never `my-dir2/`;
/// empty means the whole bucket.
pub fn directory_prefix(directory: &str) -> String {
    match directory {
        "" => String::new(),
        named if named.ends_with('/') => named.to_owned(),
        named => format!("{named}/"),
    }
}
