//! Brings a directory of a bucket to the local disk.
//!
//! `do_bucket_download s3://BUCKET/DIR [DEST]`, or SOURCE_BUCKET and SOURCE_DIR from the
//! environment. Nobody ever sees a half-written file under its final name. Exit codes: `--help`.

mod source;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use common::Result;
use common::cli::{self, CommonArgs, Program, Shell, UsageError};
use common::ui::ClosedStdout;
use structopt::StructOpt;
use transfer::console::Console;
use transfer::download::run::{Job, run};
use transfer::download::stream::run_stream;
use transfer::flags::Flags;
use transfer::progress::Progress;
use transfer::report::Report;

const PROGRAM: Program = Program {
    name: "do_bucket_download",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &["SOURCE_BUCKET", "SOURCE_DIR"],
    usage: "[OPTIONS] s3://BUCKET/DIR [DEST]",
    main_flags: &[
        "include",
        "exclude",
        "dry-run",
        "force",
        "no-verify",
        "jobs",
        "region",
        "endpoint-url",
        "profile",
        "json",
        "quiet",
        "verbose",
        "no-progress",
        "print-config",
    ],
    examples: &[
        (
            "do_bucket_download s3://my-bucket/photos ./photos",
            "bring photos/ into ./photos",
        ),
        (
            "do_bucket_download s3://my-bucket",
            "bring the whole bucket into downloads/",
        ),
        (
            "do_bucket_download --include '*.jpg' s3://my-bucket/photos ./photos",
            "only these",
        ),
        (
            "do_bucket_download s3://my-bucket/shop.sql - | psql shop",
            "write one object to standard output",
        ),
    ],
    closed_stdout: ClosedStdout::LosesLines,
};

#[derive(Debug, StructOpt)]
struct Args {
    /// What to download: s3://BUCKET/DIR, or one object; `s3://BUCKET` is the whole bucket
    /// [default: SOURCE_BUCKET and SOURCE_DIR]
    #[structopt(value_name = "SOURCE")]
    source: Option<String>,

    /// Where to download to; without it every object goes to downloads/WHOLE_KEY. `-` writes one
    /// object to standard output
    #[structopt(value_name = "DEST", parse(from_os_str))]
    into: Option<PathBuf>,

    /// Keep files whose content does not match the checksum or ETag of the service
    #[structopt(long)]
    no_verify: bool,

    /// File with the 32-byte customer key that the objects are encrypted with (https only)
    #[structopt(long, value_name = "FILE", parse(from_os_str))]
    sse_c_key_file: Option<PathBuf>,

    #[structopt(flatten)]
    flags: Flags,
}

impl Args {
    /// Refuses what can be known to be wrong from the command line alone.
    fn check(&self, common: &CommonArgs) -> Result<(), UsageError> {
        self.flags.check()?;
        source::check(self.source.as_deref(), self.into.as_deref())?;
        if source::is_stream(self.into.as_deref()) {
            self.flags.check_stream()?;
            let flags = [("--json", common.json), ("--dry-run", self.flags.dry_run)];
            if let Some((flag, _)) = flags.iter().find(|(_, given)| *given) {
                return Err(UsageError::new(
                    format!("{flag} and `-` both need standard output"),
                    format!("leave out {flag}, or name a file"),
                ));
            }
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    cli::main(&PROGRAM, Args::check, program)
}

async fn program(args: Args, shell: Shell) -> Result<Report> {
    let source = source::of(args.source.as_deref(), &shell.env)?;
    let config = shell.config_for(&source.bucket)?;
    let customer_key = args
        .sse_c_key_file
        .as_deref()
        .map(common::customer_key::read_customer_key)
        .transpose()?;
    let client = common::connect(&config, args.flags.limits.requests(), shell.warn())?;
    client.check_credentials().await?;
    let job = Job {
        bucket: source.bucket,
        directory: source.key,
        into: args.into,
        flags: args.flags,
        verify: !args.no_verify,
        customer_key,
    };
    let progress = Progress::new(&shell.ui, shell.no_progress(), &client);
    let console = Console::new(&shell.ui, shell.json(), progress);
    if source::is_stream(job.into.as_deref()) {
        let (ui, console) = (shell.ui.clone(), Arc::new(console.without_lines()));
        let output = Box::new(move |bytes: &[u8]| ui.content(bytes));
        let report = run_stream(&client, &job, output, &shell.cancel, console.clone()).await?;
        if let Some(report) = &report {
            console.summary(report, "download", None);
        }
        return Ok(report.unwrap_or_default());
    }
    let console = Arc::new(console);
    let report = run(&client, &job, &shell.cancel, console.clone()).await?;
    console.summary(&report, "download", None);
    Ok(report)
}
