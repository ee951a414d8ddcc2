//! Restores named objects, in their current or an earlier version.
//!
//! `s3_restore -c PATH [NAME...]`; without a name it asks on a terminal until the name exists.
//! `--at TIME` restores the version of that time, `-r PREFIX` a whole directory. Never overwrites a
//! file without `--force`; keeps a history. Exit codes: `--help`.

mod args;
mod directory;
mod history;
mod named;
mod names;
mod prompt;
mod run;
mod select;
mod store;
mod suggest;
mod target;
mod thaw;
mod versions_of;

use std::process::ExitCode;
use std::sync::Arc;

use common::cli::{self, Program, Shell};
use common::failure::Access;
use common::ui::ClosedStdout;
use common::{Bucket, Error, Exit, Result};
use transfer::engine::BucketClient;

use args::Args;
use history::History;
use run::Run;
use store::Store;

const PROGRAM: Program = Program {
    name: "s3_restore",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &["RESTORE_BUCKET", "SOURCE_BUCKET", "RESTORE_HISTORY"],
    usage: "[OPTIONS] -c PATH [NAME...]",
    main_flags: &[
        "path",
        "bucket",
        "recursive",
        "at",
        "version-id",
        "versions",
        "history",
        "force",
        "dry-run",
        "thaw",
        "wait",
        "json",
        "quiet",
        "verbose",
    ],
    examples: &[
        (
            "s3_restore --bucket my-bucket -c report.pdf reports/2024/report.pdf",
            "bring one object back, as the file report.pdf",
        ),
        ("s3_restore -c restored/", "ask for the name"),
        (
            "s3_restore --versions reports/2024/report.pdf",
            "what was there, and when",
        ),
        (
            "s3_restore --at 7d -c restored/ reports/2024/report.pdf",
            "as it was a week ago",
        ),
        (
            "s3_restore -r reports/2024 --at '2024-05-01 14:00' -c restored/",
            "a whole directory as it was then",
        ),
    ],
    closed_stdout: ClosedStdout::LosesLines,
};

fn main() -> ExitCode {
    cli::main(&PROGRAM, Args::check, program)
}

async fn program(mut args: Args, shell: Shell) -> Result<Exit> {
    args.split_addresses()
        .map_err(|error| Error::settings(error.cause))?;
    let history = Arc::new(History::of(&shell.env, &shell.ui));
    if args.history {
        return history::show(&history, &shell.ui, shell.json());
    }
    let bucket = bucket(&args, &shell)?;
    let config = shell.config_for(&bucket)?;
    let customer_key = args
        .sse_c_key_file
        .as_deref()
        .map(common::customer_key::read_customer_key)
        .transpose()?;
    let client = common::connect(&config, args.jobs, shell.warn())?;
    client.check_credentials().await?;
    let at = BucketClient::new(&client, &bucket, Access::Read, customer_key).await;
    let store = Store { at };
    if let Some(name) = &args.versions {
        return versions_of::show(&store, name, &shell.ui, shell.json()).await;
    }
    Run::new(args, shell, store, history)?.restore().await
}

fn bucket(args: &Args, shell: &Shell) -> Result<Bucket> {
    if let Some(bucket) = &args.bucket {
        return Ok(bucket.clone());
    }
    for name in ["RESTORE_BUCKET", "SOURCE_BUCKET"] {
        if let Some(text) = shell.env.get(name) {
            return text
                .parse()
                .map_err(|cause| Error::settings(format!("{name}: {cause}")));
        }
    }
    Err(
        Error::settings("RESTORE_BUCKET is not set: the bucket to restore from")
            .with_hint("export it, or give it on the command line: --bucket BUCKET"),
    )
}
