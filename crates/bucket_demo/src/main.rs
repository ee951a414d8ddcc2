//! The guided tour of S3, and the smoke test of an endpoint: creates a bucket, uploads, downloads
//! and compares, deletes, removes the bucket, and logs every step.
//!
//! Deletes only what its own run created. Exit codes: `--help`.

mod args;
mod check;
mod cleanup;
mod compare;
mod create;
mod delete;
mod deletion;
mod download;
mod journal;
mod list;
mod outcome;
mod preview;
mod remove;
mod rules;
mod samples;
mod screen;
mod sent_keys;
mod sequence;
mod settings;
mod tour;
mod transfer_log;
mod upload;

use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use common::cli::{self, Program, Shell};
use common::ui::ClosedStdout;
use common::{Exit, Result};

use args::Args;
use journal::Journal;
use settings::Settings;

const PROGRAM: Program = Program {
    name: "bucket_demo",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &[
        "BUCKET_NAME",
        "BUCKET_CREATE",
        "UPLOAD",
        "DOWNLOAD",
        "DELETE",
        "BUCKET_DELETE",
        "DATA_PATH",
        "TMP_PATH",
        "LOGFILE_PATH",
        "LOG_FILE",
    ],
    usage: "[OPTIONS]",
    main_flags: &[
        "check",
        "bucket-name",
        "bucket-create",
        "delete",
        "bucket-delete",
        "data",
        "tmp",
        "log-dir",
        "keep",
        "dry-run",
        "endpoint-url",
        "json",
        "quiet",
        "verbose",
    ],
    examples: &[
        (
            "bucket_demo",
            "the whole tour; leaves nothing in the account",
        ),
        ("local_s3 bucket_demo", "the same without any account"),
        (
            "bucket_demo --data ./site --bucket-delete 0 --delete 0",
            "send ./site to a new bucket, bring it back, compare, and keep it",
        ),
        (
            "bucket_demo --bucket-create 0 --bucket-delete 0 --bucket-name my-bucket",
            "in an existing bucket, only below bucket_demo-<run id>/",
        ),
        ("bucket_demo --check", "what this endpoint can do"),
    ],
    closed_stdout: ClosedStdout::LosesLines,
};

fn main() -> ExitCode {
    cli::main(&PROGRAM, Args::check, program)
}

async fn program(args: Args, shell: Shell) -> Result<Exit> {
    if args.check {
        let client = common::connect(&shell.config()?, None, shell.warn())?;
        client.check_credentials().await?;
        return check::run(&client, &shell).await;
    }
    let settings = Settings::resolve(&args, &shell)?;
    let config = shell.config_for(&settings.bucket)?;
    if args.dry_run {
        return preview::show(&settings, &shell);
    }
    // Opened only when the settings are complete: without them there is no log either.
    let slot = Arc::new(OnceLock::new());
    let client = common::connect(
        &config,
        settings.limits.requests(),
        journal::warn(&slot, &shell.ui),
    )?;
    client.check_credentials().await?;
    let journal = Arc::new(Journal::open(&settings, &shell.ui, shell.json())?);
    slot.get_or_init(|| Arc::clone(&journal));
    sequence::run(settings, client, journal, &shell).await
}
