//! How much at a time: the tuning flags shared by download and upload, and the semaphores that
//! bound the memory of the whole run.

use std::sync::Arc;

use common::{DEFAULT_JOBS, Result};
use rustix::process::{Resource, getrlimit};
use structopt::StructOpt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::list::{Ahead, ListJobs};
use crate::parts::MIB;

/// The memory of a run, unless `--max-memory` says otherwise.
const DEFAULT_MEMORY: u64 = 64 * MIB;

/// The program and its threads take most of this.
const LEAST_MEMORY: u64 = 32 * MIB;

/// What a request under way takes beside its body: its connection, and the task that waits for it.
const REQUEST_BYTES: u64 = 128 * 1024;

/// What a file counts as while it is only compared: this limits how many are read at a time.
pub(crate) const READING_BYTES: u64 = MIB;

/// Objects fetched in ranges at a time. Each may keep one of the 64 threads for files busy with
/// summing up, and waits for others of them that write: were all of them taken, nothing would ever
/// move again. A few of these fill the memory.
const OBJECTS_IN_RANGES: usize = 16;

/// Tuning flags.
#[derive(Clone, Debug, Default, StructOpt)]
pub struct Limits {
    /// The most requests at a time; fewer are sent where more bring nothing [default: 512]
    #[structopt(long, value_name = "N", parse(try_from_str = parse_jobs))]
    pub jobs: Option<usize>,

    /// Move files larger than this in several requests side by side; uploads in parts of this
    /// size [default: 64M, and parts of 8M]
    #[structopt(long, value_name = "SIZE", parse(try_from_str = parse_part_size))]
    pub part_size: Option<u64>,

    /// The most memory to use, from 32M on [default: 64M]
    #[structopt(long, value_name = "SIZE", parse(try_from_str = parse_max_memory))]
    pub max_memory: Option<u64>,

    #[structopt(flatten)]
    /// How far ahead the listing may be
    pub listing: ListJobs,
}

impl Limits {
    /// `--jobs`, or fewer requests if they do not fit into `--max-memory`.
    pub fn requests(&self) -> Option<usize> {
        let Some(bytes) = self.max_memory else {
            return self.jobs;
        };
        let fitting = usize::try_from(bytes / REQUEST_BYTES).unwrap_or(usize::MAX);
        Some(fitting.min(self.jobs.unwrap_or(DEFAULT_JOBS)))
    }

    /// The body bytes that a run may hold: half of its memory.
    pub(crate) fn memory(&self) -> Memory {
        Memory::of(self.max_memory.unwrap_or(DEFAULT_MEMORY) / 2)
    }

    /// How far ahead the listing of a run may be: its pages take a tenth of the memory.
    pub fn ahead(&self) -> Ahead {
        let bytes = self.max_memory.unwrap_or(DEFAULT_MEMORY) / 10;
        self.listing
            .with(usize::try_from(bytes).unwrap_or(usize::MAX))
    }
}

/// Reads the value of `--jobs`; fails with a sentence that says what is wrong.
pub fn parse_jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=1024) => Ok(jobs),
        _ => Err(format!("`{text}` is not a number from 1 to 1024")),
    }
}

/// Reads `8M`, `8MiB`, `1G`, `8388608`: 5 MiB to 5 GiB, the limits of a part
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
fn parse_part_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size from 5M to 5G");
    let fits = |size: &u64| (5 * MIB..=5 * 1024 * MIB).contains(size);
    parse_size(text).filter(fits).ok_or_else(wrong)
}

/// Reads the value of `--max-memory`.
fn parse_max_memory(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a size of at least 32M, which a run needs");
    let fits = |size: &u64| *size >= LEAST_MEMORY;
    parse_size(text).filter(fits).ok_or_else(wrong)
}

/// Reads `8M`, `8MiB`, `1G`, `8388608`; `None` for what is no size.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let number = lower.trim_end_matches("ib").trim_end_matches('b');
    let (digits, unit) = match number.chars().last()? {
        'k' => (number.trim_end_matches('k'), 1024),
        'm' => (number.trim_end_matches('m'), MIB),
        'g' => (number.trim_end_matches('g'), 1024 * MIB),
        't' => (number.trim_end_matches('t'), 1024 * 1024 * MIB),
        _ => (number, 1),
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

/// The limits of a whole run on body bytes in memory, and on objects fetched in ranges.
#[derive(Clone, Debug)]
pub(crate) struct Memory {
    kibibytes: Arc<Semaphore>,
    most_bytes: u64,
    in_ranges: Arc<Semaphore>,
}

impl Memory {
    /// For this many body bytes, or fewer where the memory of the process is limited (`ulimit -v`): the
    /// rest is for threads.
    fn of(bytes: u64) -> Self {
        let limit = getrlimit(Resource::As).current.unwrap_or(u64::MAX);
        let most_bytes = bytes.min(limit / 16);
        Self {
            kibibytes: Arc::new(Semaphore::new(Self::kibibytes(most_bytes) as usize)),
            most_bytes,
            in_ranges: Arc::new(Semaphore::new(OBJECTS_IN_RANGES)),
        }
    }

    /// Waits until `bytes` more may be held. First come, first served, so that a part is
    /// never overtaken for ever by smaller ones.
    pub(crate) async fn bytes(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        // A semaphore that nobody closes always answers; `None` would only mean no limit.
        let wanted = Self::kibibytes(bytes.min(self.most_bytes));
        Arc::clone(&self.kibibytes)
            .acquire_many_owned(wanted)
            .await
            .ok()
    }

    /// Waits until one more object may be fetched in ranges. Acquire it before anything else, so that
    /// a task that waits for it holds nothing that others need.
    pub(crate) async fn object_in_ranges(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.in_ranges).acquire_owned().await.ok()
    }

    /// Small objects count at least 4 KiB, for what surrounds them.
    fn kibibytes(bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(1024).max(4)).unwrap_or(u32::MAX)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Limits::default().memory()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_sizes_are_read_as_people_write_them() {
        assert_eq!(parse_part_size("16M"), Ok(16 * MIB));
        assert_eq!(parse_part_size("16MiB"), Ok(16 * MIB));
        assert_eq!(parse_part_size("8388608"), Ok(8 * MIB));
        assert!(parse_part_size("4M").is_err());
        assert!(parse_part_size("6G").is_err());
        assert!(parse_part_size("M").is_err());
        assert!(parse_part_size("99999999999999999999G").is_err());
    }

    #[test]
    fn all_that_waits_comes_out_of_one_limit() {
        assert!(parse_max_memory("31M").is_err() && parse_max_memory("x").is_err());
        let mut limits = Limits {
            max_memory: parse_max_memory("32M").ok(),
            ..Limits::default()
        };
        assert_eq!(limits.requests(), Some(256));
        limits.jobs = Some(1000);
        assert_eq!(limits.requests(), Some(256));
        let waiting = limits.memory().most_bytes + limits.ahead().bytes as u64;
        assert!(waiting < 20 * MIB);
        limits.max_memory = None;
        assert_eq!(limits.requests(), Some(1000));
    }

    #[tokio::test]
    async fn objects_in_ranges_leave_threads_for_those_that_write_them() {
        let memory = Memory::default();
        let mut held = Vec::new();
        for _ in 0..OBJECTS_IN_RANGES {
            held.push(memory.object_in_ranges().await);
        }
        let one_more = memory.object_in_ranges();
        let waited = tokio::time::timeout(std::time::Duration::from_millis(1), one_more);
        assert!(waited.await.is_err());
        held.pop();
        assert!(memory.object_in_ranges().await.is_some());
    }
}
