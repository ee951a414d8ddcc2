//! The command line, and which of its flags go together.

use std::num::NonZeroU64;
use std::time::Duration;

use common::S3Uri;
use common::cli::{CommonArgs, UsageError};
use structopt::StructOpt;
use transfer::filter_flags::FilterFlags;
use transfer::list::ListJobs;

use crate::output::OutputArgs;
use crate::presign::parse_duration;
use crate::totals::Contents;

#[derive(Debug, StructOpt)]
pub(crate) struct Args {
    /// What to list: BUCKET, BUCKET/PREFIX or s3://BUCKET/PREFIX; without it, the buckets
    #[structopt(value_name = "BUCKET")]
    pub(crate) place: Option<S3Uri>,

    /// List everything that begins with the prefix, not only one level
    #[structopt(short, long)]
    recursive: bool,

    /// List every version and delete marker, with version ids
    #[structopt(long)]
    versions: bool,

    /// List unfinished multipart uploads at any depth, with age and size
    #[structopt(long)]
    uploads: bool,

    #[structopt(flatten)]
    pub(crate) filters: FilterFlags,

    /// Stop after N lines; a note on stderr says if there is more
    #[structopt(long, value_name = "N", parse(try_from_str = parse_max_keys))]
    pub(crate) max_keys: Option<NonZeroU64>,

    /// Print a link to read one object, which works for anybody and for so long: 90s, 15m, 12h, at
    /// most 7d
    #[structopt(long, value_name = "DURATION", parse(try_from_str = parse_duration), conflicts_with_all = &["recursive", "versions", "uploads", "include", "exclude", "max-keys", "human", "summary", "summary-only", "long", "null"])]
    pub(crate) presign: Option<Duration>,

    #[structopt(flatten)]
    pub(crate) output: OutputArgs,

    #[structopt(flatten)]
    pub(crate) jobs: ListJobs,
}

impl Args {
    /// Refuses what can be known to be wrong from the command line alone.
    pub(crate) fn check(&self, common: &CommonArgs) -> Result<(), UsageError> {
        if let (None, Some((flag, value))) = (&self.place, self.flag_about_contents()) {
            return Err(UsageError::new(
                format!("{flag} needs a BUCKET"),
                format!("do_bucket_list {flag}{value} BUCKET"),
            ));
        }
        let key = self.place.as_ref().map(|place| place.key.as_str());
        if self.presign.is_some() && key.is_none_or(str::is_empty) {
            return Err(UsageError::new(
                "--presign needs one object",
                "do_bucket_list --presign DURATION s3://BUCKET/KEY",
            ));
        }
        if self.versions && self.uploads {
            return Err(UsageError::new(
                "--versions and --uploads cannot be used together",
                "list one after the other",
            ));
        }
        if self.output.null {
            self.check_null(common)?;
        }
        self.filters.filters().map(drop)
    }

    /// What of a bucket is listed.
    pub(crate) fn contents(&self) -> Contents {
        match (self.versions, self.uploads) {
            (true, _) => Contents::Versions,
            (false, true) => Contents::Uploads,
            (false, false) => Contents::Objects,
        }
    }

    /// Whether everything below the prefix is listed.
    pub(crate) fn is_recursive(&self) -> bool {
        self.recursive || self.output.summary_only
    }

    /// The first flag that needs a bucket, and how its value is written: in `--include my-bucket`
    /// the name is a pattern.
    fn flag_about_contents(&self) -> Option<(&'static str, &'static str)> {
        let flags = [
            ("--recursive", "", self.recursive),
            ("--versions", "", self.versions),
            ("--uploads", "", self.uploads),
            ("--max-keys", " N", self.max_keys.is_some()),
            ("--summary-only", "", self.output.summary_only),
            ("--long", "", self.output.long),
        ];
        let given = flags.iter().find(|(_, _, given)| *given);
        let given = given.map(|(flag, value, _)| (*flag, *value));
        given.or(self.filters.first())
    }

    /// Refuses what cannot be shown as names only.
    fn check_null(&self, common: &CommonArgs) -> Result<(), UsageError> {
        let flags = [
            ("--json", common.json),
            ("--human", self.output.human),
            ("--summary", self.output.summary),
        ];
        if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
            return Err(UsageError::new(
                format!("-0 prints names only and cannot be used with {flag}"),
                format!("leave out -0 or {flag}"),
            ));
        }
        if self.versions || self.uploads {
            return Err(UsageError::new(
                "-0 cannot be used with --versions or --uploads: a name alone does not identify them",
                "use --json, which prints names and ids",
            ));
        }
        Ok(())
    }
}

fn parse_max_keys(text: &str) -> Result<NonZeroU64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a whole number above zero"))
}
