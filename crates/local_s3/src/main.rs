//! The program: serves until Ctrl-C, or runs one command with a fresh server.
#![expect(
    clippy::disallowed_methods,
    reason = "no part of the programs: it prints by itself"
)]

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use local_s3::{Options, Server, Versioning};
use structopt::StructOpt;
use structopt::clap::AppSettings;
use structopt::clap::ErrorKind;

mod run;

/// A temporary S3 endpoint on 127.0.0.1, for first steps and tests.
///
/// NOT FOR PRODUCTION: all objects are in memory and lost when it stops. There is one key pair
/// and no TLS.
///
/// Without COMMAND it prints the variables to export and serves until Ctrl-C. With COMMAND it
/// takes a free port, runs COMMAND with the variables set, and ends with its exit code:
///
///     local_s3 do_bucket_list
#[derive(Debug, StructOpt)]
#[structopt(settings = &[AppSettings::TrailingVarArg, AppSettings::UnifiedHelpMessage])]
struct Args {
    /// TCP port on 127.0.0.1 [default: a free one]
    #[structopt(
        long,
        value_name = "PORT",
        default_value = "0",
        hide_default_value = true
    )]
    port: u16,

    /// Region of the server
    #[structopt(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,

    /// Duration of the restore of an archived object, in seconds
    #[structopt(long, value_name = "SECONDS", default_value = "5")]
    thaw: u64,

    /// Creates this bucket at the start; may be given more than once
    #[structopt(long = "bucket", value_name = "BUCKET", number_of_values = 1)]
    buckets: Vec<String>,

    /// Creates a bucket that keeps versions
    #[structopt(long = "versioned", value_name = "BUCKET", number_of_values = 1)]
    versioned: Vec<String>,

    /// The command to run, with its arguments
    #[structopt(value_name = "COMMAND")]
    command: Vec<String>,
}

fn main() -> ExitCode {
    let args = match Args::from_args_safe() {
        Ok(args) => args,
        Err(error) => return explain(&error),
    };
    match serve(&args) {
        Ok(code) => code,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::from(1)
        }
    }
}

fn serve(args: &Args) -> io::Result<ExitCode> {
    let server = Server::start(Options {
        port: args.port,
        region: args.region.clone(),
        thaw: Duration::from_secs(args.thaw),
        // Only tests in the same process can read the list, and it would grow without limit.
        log_requests: false,
        ..Options::default()
    })
    .map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("cannot listen on 127.0.0.1:{}: {error}", args.port),
        )
    })?;
    for bucket in &args.buckets {
        server.store().create_bucket(bucket);
    }
    for bucket in &args.versioned {
        server.store().set_versioning(bucket, Versioning::Enabled);
    }
    match args.command.split_first() {
        Some((command, arguments)) => run::command(&server, command, arguments),
        None => run::until_interrupted(&server),
    }
}

/// Help and version go to stdout; a wrong command line is exit code 2.
fn explain(error: &structopt::clap::Error) -> ExitCode {
    let asked_for = matches!(
        error.kind,
        ErrorKind::HelpDisplayed | ErrorKind::VersionDisplayed
    );
    if asked_for {
        // If the pipe is closed, nobody reads the help.
        let _closed = writeln!(io::stdout(), "{}", error.message);
        return ExitCode::SUCCESS;
    }
    complain(&error.message);
    ExitCode::from(2)
}

fn complain(message: &str) {
    let _closed = writeln!(io::stderr(), "local_s3: {message}");
}
