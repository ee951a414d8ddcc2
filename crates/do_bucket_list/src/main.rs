//! Lists the buckets, or what is in a bucket.

use std::process::ExitCode;

use common::cli::{self, Arguments, CommonArgs, Program, Shell};
use common::ui::ClosedStdout;
use common::{Exit, Result};
use structopt::StructOpt;

/// Lists the buckets, or what is in a bucket
#[derive(Debug, StructOpt)]
struct Args {
    #[structopt(flatten)]
    common: CommonArgs,
}

const PROGRAM: Program = Program {
    name: "do_bucket_list",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &[],
    examples: &[],
    closed_stdout: ClosedStdout::EndsTheRun,
};

impl Arguments for Args {
    fn common(&self) -> &CommonArgs {
        &self.common
    }
}

fn main() -> ExitCode {
    cli::main(&PROGRAM, run)
}

async fn run(_args: Args, shell: Shell) -> Result<Exit> {
    shell.cancel.cancelled().await;
    Ok(Exit::Success)
}
