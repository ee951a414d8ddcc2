//! The flags that choose files, which most programs share.

use std::fs;
use std::path::PathBuf;

use common::cli::UsageError;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use s3_client::error::describe_io;
use structopt::StructOpt;

use crate::filter::Filters;
use crate::limits::parse_size;
use crate::moment::{Day, moment};

/// Which files take part.
#[derive(Clone, Debug, Default, StructOpt)]
pub struct FilterFlags {
    /// Only matching files; may be repeated. A pattern without `/` is compared with the file name,
    /// one with `/` with the whole path below the directory asked for. `*` stops at `/`, `**` does not
    #[structopt(long, value_name = "PATTERN", number_of_values = 1)]
    include: Vec<String>,

    /// Skip matching files, and matching directories with all that is in them; takes precedence over
    /// --include; may be repeated
    #[structopt(long, value_name = "PATTERN", number_of_values = 1)]
    exclude: Vec<String>,

    /// Patterns for --include from a file, one a line; `#` begins a comment; may be repeated
    #[structopt(long, value_name = "FILE", number_of_values = 1, parse(from_os_str))]
    include_from: Vec<PathBuf>,

    /// Patterns for --exclude from a file, one a line; `#` begins a comment; may be repeated
    #[structopt(long, value_name = "FILE", number_of_values = 1, parse(from_os_str))]
    exclude_from: Vec<PathBuf>,

    /// Only files larger than this, such as 10M
    #[structopt(long, value_name = "SIZE", parse(try_from_str = size))]
    larger: Option<u64>,

    /// Only files smaller than this, such as 10M
    #[structopt(long, value_name = "SIZE", parse(try_from_str = size))]
    smaller: Option<u64>,

    /// Only files written after this: an age such as 7d or 36h, a date (its beginning), or
    /// 2024-05-01T14:03:00Z
    #[structopt(long, value_name = "TIME")]
    newer: Option<String>,

    /// Only files written before this time or age
    #[structopt(long, value_name = "TIME")]
    older: Option<String>,
}

fn size(text: &str) -> Result<u64, String> {
    parse_size(text).ok_or_else(|| format!("`{text}` is not a size such as 10M"))
}

impl FilterFlags {
    /// The filters, ready to be asked.
    ///
    /// # Errors
    /// A pattern, time or file of patterns cannot be read, or --exclude leaves nothing.
    pub fn filters(&self) -> Result<Filters, UsageError> {
        let time = |flag: &str, text: &Option<String>| {
            let (now, zone) = (Timestamp::now(), TimeZone::system());
            let text = text.as_deref();
            text.map(|text| moment(flag, text, now, &zone, Day::Begins))
                .transpose()
        };
        let include = with_files("--include-from", &self.include, &self.include_from)?;
        let exclude = with_files("--exclude-from", &self.exclude, &self.exclude_from)?;
        let mut filters = Filters::new(&include, &exclude).map_err(|error| {
            let hint = error.hint.unwrap_or("patterns know * ** ? [a-z] {a,b}");
            UsageError::new(error.cause, hint)
        })?;
        (filters.larger, filters.smaller) = (self.larger, self.smaller);
        filters.newer = time("--newer", &self.newer)?;
        filters.older = time("--older", &self.older)?;
        Ok(filters)
    }

    /// The first of these flags that is given, and how its value is written.
    pub fn first(&self) -> Option<(&'static str, &'static str)> {
        let flags = [
            ("--include", " PATTERN", !self.include.is_empty()),
            ("--exclude", " PATTERN", !self.exclude.is_empty()),
            ("--include-from", " FILE", !self.include_from.is_empty()),
            ("--exclude-from", " FILE", !self.exclude_from.is_empty()),
            ("--larger", " SIZE", self.larger.is_some()),
            ("--smaller", " SIZE", self.smaller.is_some()),
            ("--newer", " TIME", self.newer.is_some()),
            ("--older", " TIME", self.older.is_some()),
        ];
        let given = flags.iter().find(|(_, _, given)| *given);
        given.map(|(flag, value, _)| (*flag, *value))
    }
}

/// The patterns of the command line, and those of the files.
fn with_files(flag: &str, given: &[String], files: &[PathBuf]) -> Result<Vec<String>, UsageError> {
    let mut patterns = given.to_vec();
    for file in files {
        let text = fs::read_to_string(file).map_err(|error| {
            UsageError::new(
                format!("{flag} {}: {}", file.display(), describe_io(&error)),
                "name a text file with one pattern a line",
            )
        })?;
        let lines = text.lines().map(str::trim_end);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        patterns.extend(lines.map(str::to_owned));
    }
    Ok(patterns)
}
