//! Lists the buckets, or what is in a bucket.
//!
//! `do_bucket_list`, or `do_bucket_list BUCKET[/PREFIX]`. Changes nothing anywhere. Exit codes:
//! `--help`.

mod args;
mod buckets;
mod directories;
mod entry;
mod listing;
mod output;
mod presign;
mod totals;

use std::process::ExitCode;

use common::cli::{self, Program, Shell};
use common::ui::ClosedStdout;
use common::{Error, Exit, Result, S3Uri};
use s3_client::client::Client;

use args::Args;
use listing::Selection;
use output::Output;
use totals::Contents;

const PROGRAM: Program = Program {
    name: "do_bucket_list",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &[],
    usage: "[OPTIONS] [[s3://]BUCKET[/PREFIX]]",
    main_flags: &[
        "recursive",
        "include",
        "exclude",
        "human",
        "summary",
        "summary-only",
        "presign",
        "versions",
        "uploads",
        "json",
        "region",
        "endpoint-url",
        "quiet",
        "verbose",
    ],
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
        (
            "do_bucket_list -r -0 my-bucket | xargs -0 -n 1 echo",
            "the keys, exactly, for another command",
        ),
        (
            "do_bucket_list --summary-only --depth 1 --human my-bucket",
            "how much is in each directory (du)",
        ),
        (
            "do_bucket_list --presign 12h s3://my-bucket/photos/a.jpg",
            "a link by which anybody may read it until then",
        ),
        (
            "do_bucket_list --uploads --human my-bucket",
            "what interrupted uploads have left there",
        ),
    ],
    closed_stdout: ClosedStdout::EndsTheRun,
};

fn main() -> ExitCode {
    cli::main(&PROGRAM, Args::check, run)
}

async fn run(args: Args, shell: Shell) -> Result<Exit> {
    let config = match &args.place {
        None => shell.config_for_listing_buckets(),
        Some(place) => shell.config_for(&place.bucket),
    }?;
    let client = common::connect(&config, None, shell.warn())?;
    client.check_credentials().await?;
    let output = args.output.on(&shell, args.contents());
    if let (Some(place), Some(valid_for)) = (&args.place, args.presign) {
        return presign::print(&client, place, valid_for, &shell).await;
    }
    match &args.place {
        None => buckets::list(&client, &output, &shell).await,
        Some(place) => list_bucket(&client, place, &args, &output, &shell).await,
    }
}

async fn list_bucket(
    client: &Client,
    place: &S3Uri,
    args: &Args,
    output: &Output,
    shell: &Shell,
) -> Result<Exit> {
    let filters = args
        .filters
        .filters()
        .map_err(|error| Error::settings(error.cause))?;
    let selection = Selection::new(args.contents(), place, filters, args.max_keys);
    let delimiter = (!args.is_recursive()).then_some("/");
    let entries = match args.contents() {
        Contents::Objects => entry::objects(client, place, delimiter, args.jobs, shell.warn()),
        Contents::Versions => entry::every_version(client, place, delimiter),
        Contents::Uploads => {
            entry::unfinished_uploads(client, place, |upload| selection.allows_upload(upload))
        }
    };
    listing::print(entries, &selection, output, shell).await
}
