//! The flags that download and upload share.

use common::cli::UsageError;
use structopt::StructOpt;

use crate::filter::{FilterError, Filters};
use crate::limits::Limits;

/// What to move, how carefully, and whether at all.
#[derive(Clone, Debug, Default, StructOpt)]
pub struct Flags {
    /// Transfer only matching files; may be repeated. A pattern without `/` is compared with the
    /// file name, one with `/` with the whole relative path. `*` stops at `/`, `**` does not
    #[structopt(long, value_name = "PATTERN", number_of_values = 1)]
    pub include: Vec<String>,

    /// Skip matching files, and matching directories with all that is in them; takes precedence over
    /// --include; may be repeated
    #[structopt(long, value_name = "PATTERN", number_of_values = 1)]
    pub exclude: Vec<String>,

    /// Print what would be done, and do nothing
    #[structopt(long)]
    pub dry_run: bool,

    /// Transfer everything, even what is up to date
    #[structopt(long, conflicts_with = "checksum")]
    pub force: bool,

    /// Read and compare contents, whatever earlier runs found; today every run does
    #[structopt(long)]
    pub checksum: bool,

    #[structopt(flatten)]
    /// How much at a time
    pub limits: Limits,
}

impl Flags {
    /// Refuses patterns that cannot be read, and an exclude that leaves no include anything.
    pub fn check(&self) -> Result<(), UsageError> {
        self.filters()?;
        Ok(())
    }

    /// Refuses what makes no sense for one stream of bytes.
    pub fn check_stream(&self) -> Result<(), UsageError> {
        let flags = [
            ("--include", !self.include.is_empty()),
            ("--exclude", !self.exclude.is_empty()),
            ("--checksum", self.checksum),
        ];
        match flags.iter().find(|(_, given)| *given) {
            Some((flag, _)) => Err(UsageError::new(
                format!("{flag} is about files and cannot be used with `-`"),
                format!("leave out {flag}"),
            )),
            None => Ok(()),
        }
    }

    /// The filters, ready to be asked. Fails if a pattern cannot be read.
    pub fn filters(&self) -> Result<Filters, FilterError> {
        Filters::new(&self.include, &self.exclude)
    }
}

impl From<FilterError> for UsageError {
    fn from(error: FilterError) -> Self {
        let hint = error.hint.unwrap_or("patterns know * ** ? [a-z] {a,b}");
        Self::new(error.cause, hint)
    }
}
