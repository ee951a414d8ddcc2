//! Lists the buckets, or what is in a bucket.
//!
//! `do_bucket_list`, or `do_bucket_list BUCKET[/PREFIX]`. Changes nothing anywhere. Exit codes:
//! `--help`.

mod buckets;
mod form;
mod objects;
mod totals;

use std::process::ExitCode;

use common::cli::{self, Arguments, CommonArgs, Program, Shell};
use common::client::Client;
use common::config::ConnectArgs;
use common::ui::ClosedStdout;
use common::{Exit, Result, S3Uri};
use structopt::StructOpt;
use transfer::list::ListJobs;

const PROGRAM: Program = Program {
    name: "do_bucket_list",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &[],
    examples: &[
        (
            "do_bucket_list",
            "the buckets, with the time each was created",
        ),
        (
            "do_bucket_list my-bucket",
            "one level: objects, and directories as DIR",
        ),
        (
            "do_bucket_list my-bucket/photos/2024",
            "what begins with photos/2024",
        ),
        (
            "do_bucket_list -r --human --summary my-bucket",
            "everything, and how much",
        ),
        (
            "do_bucket_list -r --json my-bucket | jq -r .Key",
            "the keys, exactly",
        ),
    ],
    closed_stdout: ClosedStdout::EndsTheRun,
};

#[derive(Debug, StructOpt)]
struct Args {
    /// What to list: BUCKET, BUCKET/PREFIX or s3://BUCKET/PREFIX; without it, the buckets
    #[structopt(value_name = "BUCKET")]
    place: Option<S3Uri>,

    /// Everything that begins with the prefix, not one level of it
    #[structopt(short, long, requires = "place")]
    recursive: bool,

    #[structopt(flatten)]
    form: form::FormArgs,

    #[structopt(flatten)]
    jobs: ListJobs,

    #[structopt(flatten)]
    connect: ConnectArgs,

    #[structopt(flatten)]
    common: CommonArgs,
}

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn connect(&self) -> &ConnectArgs {
        &self.connect
    }
}

fn main() -> ExitCode {
    cli::main(&PROGRAM, run)
}

async fn run(args: Args, shell: Shell) -> Result<Exit> {
    let config = match &args.place {
        None => shell.config_for_listing_buckets(),
        Some(place) => shell.config_for(&place.bucket),
    }?;
    let client = Client::connect(&config, shell.warn())?;
    client.check_credentials().await?;
    let form = args.form.on(&shell);
    match args.place {
        None => buckets::list(&client, &form, &shell).await,
        Some(place) => {
            objects::list(&client, &place, args.recursive, args.jobs, &form, &shell).await
        }
    }
}
