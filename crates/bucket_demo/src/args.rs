//! The command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use common::Bucket;
use common::cli::{CommonArgs, UsageError, check_local};
use structopt::StructOpt;
use transfer::limits::Limits;

/// Every step has a switch. Each flag also has a variable; the flag takes precedence.
#[derive(Debug, StructOpt)]
pub(crate) struct Args {
    /// Name of the bucket [default: BUCKET_NAME, else bucket-demo- and eight random digits]
    #[structopt(long, value_name = "NAME")]
    pub(crate) bucket_name: Option<String>,

    /// Whether to create the bucket, or to use one that is there [default: BUCKET_CREATE, else 1]
    #[structopt(long, value_name = "0|1", parse(try_from_str = switch))]
    pub(crate) bucket_create: Option<bool>,

    /// Whether to upload [default: UPLOAD, else 1]
    #[structopt(long, value_name = "0|1", parse(try_from_str = switch))]
    pub(crate) upload: Option<bool>,

    /// Whether to download what was uploaded, and compare [default: DOWNLOAD, else 1]
    #[structopt(long, value_name = "0|1", parse(try_from_str = switch))]
    pub(crate) download: Option<bool>,

    /// Whether to delete the objects [default: DELETE, else 1]
    #[structopt(long, value_name = "0|1", parse(try_from_str = switch))]
    pub(crate) delete: Option<bool>,

    /// Whether to delete the bucket that was created [default: BUCKET_DELETE, else 1]
    #[structopt(long, value_name = "0|1", parse(try_from_str = switch))]
    pub(crate) bucket_delete: Option<bool>,

    /// Directory to upload, with everything in it [default: DATA_PATH, else four small samples]
    #[structopt(long, value_name = "DIR", parse(from_os_str))]
    pub(crate) data: Option<PathBuf>,

    /// Directory for what is downloaded; each run makes one of its own in it [default: TMP_PATH,
    /// else tmp]
    #[structopt(long, value_name = "DIR", parse(from_os_str))]
    pub(crate) tmp: Option<PathBuf>,

    /// Directory of the log [default: LOGFILE_PATH, else log]
    #[structopt(long, value_name = "DIR", parse(from_os_str))]
    pub(crate) log_dir: Option<PathBuf>,

    /// Name of the log; runs are appended [default: LOG_FILE, else bucket.log]
    #[structopt(long, value_name = "NAME")]
    pub(crate) log_file: Option<String>,

    /// How the log is written [default: text]
    #[structopt(long, value_name = "FORMAT", possible_values = &["text", "json"])]
    pub(crate) log_format: Option<String>,

    /// Keep everything when a step fails, or when the run is interrupted
    #[structopt(long)]
    pub(crate) keep: bool,

    /// Print what would be done, and do nothing
    #[structopt(long)]
    pub(crate) dry_run: bool,

    /// Find out what the endpoint can do, in a bucket of its own, and print a table; no tour
    #[structopt(long, conflicts_with_all = &["dry-run", "keep", "bucket-name", "bucket-create", "upload", "download", "delete", "bucket-delete", "data", "tmp", "log-dir", "log-file", "log-format", "jobs", "list-jobs", "part-size", "max-memory"])]
    pub(crate) check: bool,

    #[structopt(flatten)]
    pub(crate) limits: Limits,
}

impl Args {
    /// Refuses command lines that are wrong whatever the settings are.
    pub(crate) fn check(&self, _: &CommonArgs) -> Result<(), UsageError> {
        if let Some(Err(cause)) = self.bucket_name.as_deref().map(str::parse::<Bucket>) {
            return Err(UsageError::new(
                cause,
                "--bucket-name takes the name alone, without s3://",
            ));
        }
        for (flag, path) in [
            ("--data", &self.data),
            ("--tmp", &self.tmp),
            ("--log-dir", &self.log_dir),
        ] {
            if let Some(path) = path {
                check_local(flag, path)?;
            }
        }
        if self.log_file.as_deref().is_some_and(|name| !is_name(name)) {
            return Err(UsageError::new(
                "--log-file takes a name, not a path",
                "--log-dir says where the log is",
            ));
        }
        Ok(())
    }
}

pub(crate) fn is_name(text: &str) -> bool {
    Path::new(text).file_name() == Some(OsStr::new(text))
}

/// Reads a switch.
pub(crate) fn switch(text: &str) -> Result<bool, String> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(format!("`{text}` is neither 0 nor 1")),
    }
}
