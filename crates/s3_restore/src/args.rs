//! The command line, and what its flags mean in combination.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use common::cli::{CommonArgs, UsageError, check_local};
use common::{Bucket, S3Uri};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use s3_client::operations::RestoreTier;
use structopt::StructOpt;
use transfer::filter_flags::FilterFlags;
use transfer::limits::parse_jobs;
use transfer::moment;

#[derive(Clone, Debug, StructOpt)]
pub(crate) struct Args {
    /// Objects to restore, each a key or s3://BUCKET/KEY; without any, names are asked for on a terminal, and else read from stdin, one a line
    #[structopt(value_name = "NAME")]
    pub(crate) names: Vec<String>,

    /// Where to restore to: a directory if it is one, ends in `/`, or several names are given;
    /// else the file
    #[structopt(short = "c", long, value_name = "PATH", parse(from_os_str))]
    pub(crate) path: Option<PathBuf>,

    /// Bucket to restore from [default: RESTORE_BUCKET, then SOURCE_BUCKET]
    #[structopt(long, value_name = "BUCKET")]
    pub(crate) bucket: Option<Bucket>,

    /// Restore everything below this directory; `/` is the whole bucket
    #[structopt(short, long, value_name = "PREFIX", conflicts_with = "names")]
    pub(crate) recursive: Option<String>,

    /// Restore what was there at this time: 2024-05-01T14:03:00Z, local `2024-05-01 14:03`, a date (its end), or an
    /// age such as 7d or 36h
    #[structopt(long, value_name = "TIME", conflicts_with = "version-id")]
    pub(crate) at: Option<String>,

    /// Restore this version of the one object
    #[structopt(long, value_name = "ID", conflicts_with = "recursive")]
    pub(crate) version_id: Option<String>,

    /// Show all versions of this object, and exit
    #[structopt(long, value_name = "NAME", conflicts_with_all = &["names", "path", "recursive", "at", "version-id", "history"])]
    pub(crate) versions: Option<String>,

    /// Show what was restored so far, and exit
    #[structopt(long, conflicts_with_all = &["names", "path", "recursive", "at", "version-id"])]
    pub(crate) history: bool,

    #[structopt(flatten)]
    pub(crate) filters: FilterFlags,

    /// Replace existing files; each stays until the new one is complete and checked
    #[structopt(long)]
    pub(crate) force: bool,

    /// Print what would be restored, and do nothing
    #[structopt(long)]
    pub(crate) dry_run: bool,

    /// Thaw archived objects: standard (hours, the default), expedited (minutes) or bulk
    /// (half a day)
    #[structopt(long, value_name = "TIER", require_equals = true, possible_values = &["standard", "expedited", "bulk"])]
    pub(crate) thaw: Option<Option<Tier>>,

    /// Number of days that the thawed copy stays in the bucket [default: 1]
    #[structopt(long, value_name = "N", parse(try_from_str = days))]
    pub(crate) days: Option<u32>,

    /// Wait until archived objects are thawed; at most this long, such as 12h
    #[structopt(long, value_name = "LIMIT", require_equals = true)]
    pub(crate) wait: Option<Option<Limit>>,

    /// Keep files whose content does not match the checksum or ETag of the service
    #[structopt(long)]
    pub(crate) no_verify: bool,

    /// The most requests at a time; fewer are sent where more bring nothing [default: 512]
    #[structopt(long, value_name = "N", parse(try_from_str = parse_jobs))]
    pub(crate) jobs: Option<usize>,

    /// File with the 32-byte customer key that the objects are encrypted with (https only)
    #[structopt(long, value_name = "FILE", parse(from_os_str))]
    pub(crate) sse_c_key_file: Option<PathBuf>,
}

/// A name as it was given: a key, or `s3://BUCKET/KEY`.
fn address(name: &str) -> Option<S3Uri> {
    name.strip_prefix("s3://")?;
    name.parse().ok()
}

impl Args {
    /// Everything that names keys.
    fn given_names(&mut self) -> impl Iterator<Item = &mut String> {
        let one = self.versions.iter_mut().chain(&mut self.recursive);
        self.names.iter_mut().chain(one)
    }

    /// Takes the bucket from names such as `s3://BUCKET/KEY`, and leaves their keys.
    ///
    /// # Errors
    /// They are in different buckets, or not in that of `--bucket`.
    pub(crate) fn split_addresses(&mut self) -> Result<(), UsageError> {
        let mut bucket = self.bucket.clone();
        for name in self.given_names() {
            let Some(at) = address(name) else { continue };
            let expected = bucket.get_or_insert_with(|| at.bucket.clone());
            if *expected != at.bucket {
                return Err(UsageError::new(
                    format!("{at} is not in the bucket {expected}"),
                    "restore from one bucket at a time",
                ));
            }
            *name = at.key;
        }
        self.bucket = bucket;
        Ok(())
    }

    /// Refuses command lines that are wrong whatever the settings are.
    pub(crate) fn check(&self, common: &CommonArgs) -> Result<(), UsageError> {
        let path = self
            .path
            .as_deref()
            .filter(|path| !path.as_os_str().is_empty());
        if let Some(path) = path {
            check_local("PATH", path)?;
        } else if self.versions.is_none() && !self.history && !common.print_config {
            return Err(UsageError::new(
                "no PATH is given to restore to",
                "say where the file is to go: s3_restore -c PATH NAME",
            ));
        }
        if self.version_id.is_some() && self.names.len() > 1 {
            return Err(UsageError::new(
                "--version-id is one version of one object, and several names are given",
                "--at TIME takes any number of names",
            ));
        }
        if self.names.iter().any(String::is_empty) {
            return Err(UsageError::new("an empty NAME", "leave it out to be asked"));
        }
        self.clone().split_addresses()?;
        if let (None, Some((flag, value))) = (&self.recursive, self.filters.first()) {
            return Err(UsageError::new(
                format!("{flag} chooses among the objects of a directory, and none is given"),
                format!("add -r PREFIX: s3_restore -c PATH {flag}{value} -r PREFIX"),
            ));
        }
        self.filters.filters()?;
        self.moment().map(drop)
    }

    /// The point in time of `--at`.
    pub(crate) fn moment(&self) -> Result<Option<Timestamp>, UsageError> {
        let at = self.at.as_deref();
        at.map(|text| moment::past_moment("--at", text, Timestamp::now(), &TimeZone::system()))
            .transpose()
    }
}

/// The value of `--thaw`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tier(pub(crate) RestoreTier);

impl FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "expedited" => Ok(Self(RestoreTier::Expedited)),
            "standard" => Ok(Self(RestoreTier::Standard)),
            "bulk" => Ok(Self(RestoreTier::Bulk)),
            _ => Err(format!("`{text}` is none of expedited, standard, bulk")),
        }
    }
}

/// The value of `--wait`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub(crate) Duration);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = moment::span(text).map(Self);
        span.ok_or_else(|| format!("`{text}` is no time such as 12h, 90m or 2d"))
    }
}

fn days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(days @ 1..=36_500) => Ok(days),
        _ => Err(format!("`{text}` is not a number of days")),
    }
}
