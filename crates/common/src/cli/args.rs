//! The flags that all programs share, and the description of a program.

use std::path::Path;

use structopt::{StructOpt, StructOptInternal};

use super::completions::CompletionShell;
use crate::config::ConnectArgs;
use crate::ui::ClosedStdout;

/// The description of a program, without its flags.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The name that begins every message.
    pub name: &'static str,
    /// One sentence of purpose, the same as in Cargo.toml: `env!("CARGO_PKG_DESCRIPTION")`.
    pub about: &'static str,
    /// The variables that only some programs read, by name, in the order of `--help`. The variables
    /// of the connection are shown for all programs.
    pub variables: &'static [&'static str],
    /// What follows the name on the command line: `[OPTIONS] LOCAL s3://BUCKET/DIR`.
    pub usage: &'static str,
    /// The most important flags, without dashes, in the order of `-h`.
    pub main_flags: &'static [&'static str],
    /// Examples, one a line, each with its description. The best three come first.
    pub examples: &'static [(&'static str, &'static str)],
    /// What to do when stdout is closed.
    pub closed_stdout: ClosedStdout,
}

/// The command line of a program: its own flags, and the shared ones.
#[derive(StructOpt)]
pub(super) struct CommandLine<A: StructOpt + StructOptInternal> {
    #[structopt(flatten)]
    pub(super) own: A,
    #[structopt(flatten)]
    pub(super) connect: ConnectArgs,
    #[structopt(flatten)]
    pub(super) common: CommonArgs,
}

/// A wrong command line: exit 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError {
    /// The problem: lower case, no full stop.
    pub cause: String,
    /// What to do instead.
    pub hint: String,
}

impl UsageError {
    /// A wrong command line and what to do instead.
    pub fn new(cause: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            hint: hint.into(),
        }
    }
}

/// Refuses a path that is not on the local disk. `name` is the argument or flag that was given.
pub fn check_local(name: &str, path: &Path) -> Result<(), UsageError> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes.is_empty() {
        return Err(UsageError::new(
            format!("{name} is empty"),
            "name a directory; `.` is the current one",
        ));
    }
    if bytes == b"-" {
        return Err(UsageError::new(
            format!("{name} is `-`, but standard output cannot take files"),
            "name a directory; one that is called `-` is `./-`",
        ));
    }
    if bytes.starts_with(b"s3://") {
        return Err(UsageError::new(
            format!("{name} is an s3:// address, but must be on the local disk"),
            "name a directory; to send files to a bucket use do_bucket_upload",
        ));
    }
    Ok(())
}

/// Flags that all programs share.
#[derive(Clone, Debug, StructOpt)]
pub struct CommonArgs {
    /// One JSON object per line on stdout, the last one a summary
    #[structopt(long)]
    pub json: bool,

    /// Print nothing unless something fails: no names of files, no warnings, no summary. A listing
    /// and --json are still printed
    #[structopt(short, long, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print more: -v what is up to date, how each file was checked and each retry, -vv each request
    /// [default: RUST_LOG, else warnings]
    #[structopt(short, long, parse(from_occurrences))]
    pub verbose: u8,

    /// No progress line, also on a terminal
    #[structopt(long)]
    pub no_progress: bool,

    /// Print every setting and where it comes from, and exit; secrets are masked
    #[structopt(long)]
    pub print_config: bool,

    /// Print completions for this shell, and exit
    #[structopt(long, value_name = "SHELL", possible_values = &CompletionShell::NAMES)]
    pub completions: Option<CompletionShell>,
}
