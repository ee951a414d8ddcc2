//! The objects under a prefix, page by page, in the order of the service: byte order.
//!
//! Paging ends here: no other module knows of tokens. A page is asked for again as a whole
//! until it is complete; a listing that cannot be completed is an error, never a short list.
//!
//! Long listings are read in several places at a time:
//! 1. A listing is a row of segments, each read page after page from one key up to another, and what comes out
//!    is what one chain of pages would have given (`merge`, `seam`).
//! 2. A key is a point on a line on which each byte has a share, so that the distance between two keys can be
//!    measured and a key between them spelled (`space`).
//! 3. The distances between the keys of the latest pages give an estimate of how many pages are still to come
//!    of a segment, and one that seems to be long is split half-way in orders of magnitude (`split`).
//! 4. A split is made together with the first request of the new segment, nearest to the head first, while
//!    requests are free and there is room for what comes and for all that is to come before it (`merge`).
//! 5. Each segment may cost one useless request, so there is a limit to how many segments are open for the pages
//!    that came, and with P pages no more than P + P / 5 + 15 requests are ever sent (`split`).

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
use merge::{Ahead, Merge};

/// Memory for pages that wait until it is their turn, a packed page of short keys being about 110 KiB,
/// where listing is all that is done ...
const WAITING_BYTES: usize = 24 * 1024 * 1024;

/// ... and where objects are moved at the same time, which takes most of the memory.
const WAITING_BYTES_BESIDE: usize = 6 * 1024 * 1024;

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
    /// One page after the other: for listings that nobody reads to their end.
    pub const ONE: Self = Self { list_jobs: Some(1) };

    /// What was asked for, or fewer where this process may not open enough files.
    fn allowed(self) -> usize {
        self.list_jobs
            .unwrap_or(DEFAULT_LIST_JOBS)
            .min(spare_files() / 4)
            .max(1)
    }

    /// As far ahead as fits beside a run that moves objects.
    fn beside(self) -> Ahead {
        Ahead {
            jobs: self.allowed(),
            bytes: WAITING_BYTES_BESIDE,
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

/// The pages under `prefix`, for a run that moves objects at the same time. They are fetched by a
/// task of its own that stays ahead, if only a little. The stream ends after the first error;
/// dropping it ends the task. `warn` is told once if the keys are not in byte order.
pub fn pages(
    client: &Client,
    bucket: &Bucket,
    prefix: &str,
    jobs: ListJobs,
    warn: Warn,
) -> impl Stream<Item = Result<ListPage>> + Send + Unpin + use<> {
    start(client, bucket, prefix, None, jobs.beside(), warn)
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
    let ahead = Ahead {
        jobs: jobs.allowed(),
        bytes: WAITING_BYTES,
    };
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
