//! Lists the buckets, or what is in a bucket.
//!
//! `do_bucket_list`, or `do_bucket_list BUCKET[/PREFIX]`. Changes nothing anywhere. Exit codes:
//! `--help`.

mod args;
mod buckets;
mod entry;
mod form;
mod listing;
mod objects;
mod totals;
mod uploads;
mod versions;

use std::process::ExitCode;

use common::cli::{self, Program, Shell};
use common::ui::ClosedStdout;
use common::{Error, Exit, Result, S3Uri};
use s3_client::client::Client;

use args::Args;
use form::Form;
use listing::Wanted;
use totals::What;

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
        (
            "do_bucket_list -r -0 my-bucket | xargs -0 -n 1 echo",
            "the keys, exactly, for another command",
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
    let form = args.form.on(&shell, args.what());
    match &args.place {
        None => buckets::list(&client, &form, &shell).await,
        Some(place) => contents(&client, place, &args, &form, &shell).await,
    }
}

async fn contents(
    client: &Client,
    place: &S3Uri,
    args: &Args,
    form: &Form,
    shell: &Shell,
) -> Result<Exit> {
    let filters = args
        .filters()
        .map_err(|error| Error::settings(error.cause))?;
    let wanted = Wanted::new(args.what(), place, filters, args.max_keys);
    match args.what() {
        What::Objects => {
            let objects = objects::entries(client, place, args.recursive, args.jobs, shell.warn());
            listing::print(objects, &wanted, form, shell).await
        }
        What::Versions => {
            let versions = versions::entries(client, place, args.recursive);
            listing::print(versions, &wanted, form, shell).await
        }
        What::Uploads => {
            let uploads = uploads::entries(client, place, &wanted);
            listing::print(uploads, &wanted, form, shell).await
        }
    }
}
