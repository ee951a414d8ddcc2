//! The flags that download and upload share.

use std::path::PathBuf;

use common::cli::UsageError;
use common::{Error, Result};
use structopt::StructOpt;

use crate::filter::Filters;
use crate::filter_flags::FilterFlags;
use crate::limits::Limits;
use crate::manifest::Manifest;

/// What to move, how carefully, and whether at all.
#[derive(Clone, Debug, Default, StructOpt)]
pub struct Flags {
    #[structopt(flatten)]
    /// Which files take part
    pub filters: FilterFlags,

    /// Print what would be done, and do nothing
    #[structopt(long)]
    pub dry_run: bool,

    /// Compare both sides, say what differs, and do nothing; exit code 1 if anything differs
    #[structopt(long, conflicts_with_all = &["force", "dry-run"])]
    pub check_only: bool,

    /// Write the SHA-256 of every file that is right at the end to FILE, for `sha256sum -c FILE`
    #[structopt(
        long,
        value_name = "FILE",
        conflicts_with = "dry-run",
        parse(from_os_str)
    )]
    pub manifest: Option<PathBuf>,

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
    /// Refuses filters that cannot be read, and an exclude that leaves no include anything.
    pub fn check(&self) -> Result<(), UsageError> {
        self.filters.filters().map(drop)
    }

    /// Refuses what makes no sense for one stream of bytes.
    pub fn check_stream(&self) -> Result<(), UsageError> {
        let checksum = self.checksum.then_some(("--checksum", ""));
        let check = self.check_only.then_some(("--check-only", ""));
        let manifest = self.manifest.as_ref().map(|_| ("--manifest", ""));
        let first = self.filters.first().or(checksum).or(check).or(manifest);
        match first {
            Some((flag, _)) => Err(UsageError::new(
                format!("{flag} is about files and cannot be used with `-`"),
                format!("leave out {flag}"),
            )),
            None => Ok(()),
        }
    }

    /// The manifest, if one is asked for. Fails if it cannot be written.
    pub(crate) fn manifest(&self) -> Result<Option<Manifest>> {
        self.manifest.as_deref().map(Manifest::begin).transpose()
    }

    /// The filters, ready to be asked.
    pub(crate) fn filters(&self) -> Result<Filters> {
        let filters = self.filters.filters();
        filters.map_err(|error| Error::settings(error.cause))
    }
}
