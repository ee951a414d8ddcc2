//! The command line, and which of its flags go together.

use std::num::NonZeroU64;

use common::S3Uri;
use common::cli::{CommonArgs, UsageError};
use structopt::StructOpt;
use transfer::filter::{FilterError, Filters};
use transfer::list::ListJobs;

use crate::form::FormArgs;
use crate::totals::What;

#[derive(Debug, StructOpt)]
pub(crate) struct Args {
    /// What to list: BUCKET, BUCKET/PREFIX or s3://BUCKET/PREFIX; without it, the buckets
    #[structopt(value_name = "BUCKET")]
    pub(crate) place: Option<S3Uri>,

    /// Everything that begins with the prefix, not one level of it
    #[structopt(short, long)]
    pub(crate) recursive: bool,

    /// Every version and delete marker, with version ids; one level, or everything with -r
    #[structopt(long)]
    versions: bool,

    /// Unfinished multipart uploads of everything that begins with the prefix, with age and size
    #[structopt(long)]
    uploads: bool,

    /// Only names that match, held against what follows the last `/` of PREFIX; a pattern without
    /// `/` is held against the last component, `*` stops at `/`, `**` does not; may be repeated
    #[structopt(long, value_name = "PATTERN", number_of_values = 1)]
    include: Vec<String>,

    /// Not names that match; wins over --include; may be repeated
    #[structopt(long, value_name = "PATTERN", number_of_values = 1)]
    exclude: Vec<String>,

    /// Stop after N lines, and say on stderr if the listing goes on
    #[structopt(long, value_name = "N", parse(try_from_str = parse_max_keys))]
    pub(crate) max_keys: Option<NonZeroU64>,

    #[structopt(flatten)]
    pub(crate) form: FormArgs,

    #[structopt(flatten)]
    pub(crate) jobs: ListJobs,
}

impl Args {
    /// Refuses what can be known to be wrong from the command line alone.
    pub(crate) fn check(&self, common: &CommonArgs) -> Result<(), UsageError> {
        if let (None, Some((flag, value))) = (&self.place, self.flag_about_contents()) {
            return Err(UsageError::new(
                format!("{flag} is about what is in a bucket, and no BUCKET is named"),
                format!("do_bucket_list {flag}{value} BUCKET"),
            ));
        }
        if self.versions && self.uploads {
            return Err(UsageError::new(
                "--versions and --uploads are two different listings",
                "ask for one after the other",
            ));
        }
        if self.form.null {
            self.check_null(common)?;
        }
        self.filters()?;
        Ok(())
    }

    /// What of a bucket is listed.
    pub(crate) fn what(&self) -> What {
        match (self.versions, self.uploads) {
            (true, _) => What::Versions,
            (false, true) => What::Uploads,
            (false, false) => What::Objects,
        }
    }

    /// The filters, ready to be asked. Fails if a pattern cannot be read.
    pub(crate) fn filters(&self) -> Result<Filters, FilterError> {
        Filters::new(&self.include, &self.exclude)
    }

    /// The first flag that was given and means nothing without a bucket, and how its value is
    /// written behind it: `--include my-bucket` names a pattern and no bucket.
    fn flag_about_contents(&self) -> Option<(&'static str, &'static str)> {
        let flags = [
            ("--recursive", "", self.recursive),
            ("--versions", "", self.versions),
            ("--uploads", "", self.uploads),
            ("--include", " PATTERN", !self.include.is_empty()),
            ("--exclude", " PATTERN", !self.exclude.is_empty()),
            ("--max-keys", " N", self.max_keys.is_some()),
        ];
        let given = flags.iter().find(|(_, _, given)| *given);
        given.map(|(flag, value, _)| (*flag, *value))
    }

    /// `-0` is names and nothing else.
    fn check_null(&self, common: &CommonArgs) -> Result<(), UsageError> {
        let flags = [
            ("--json", common.json),
            ("--human", self.form.human),
            ("--summary", self.form.summary),
        ];
        if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
            return Err(UsageError::new(
                format!("-0 prints names and nothing else, so that {flag} has no place"),
                format!("leave out -0 or {flag}"),
            ));
        }
        if self.versions || self.uploads {
            return Err(UsageError::new(
                "-0 prints names, and a name alone tells neither a version nor an upload",
                "--json has names and ids",
            ));
        }
        Ok(())
    }
}

fn parse_max_keys(text: &str) -> Result<NonZeroU64, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number from 1 on"))
}
