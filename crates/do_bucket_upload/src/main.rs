//! Sends a local directory to a bucket.
//!
//! `do_bucket_upload LOCAL s3://BUCKET/DIR`, or SOURCE_LOCAL_DIR, TARGET_BUCKET and TARGET_DIR
//! from the environment. What is equal already is not sent again. Exit codes: `--help`.

mod headers;
mod route;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use common::Result;
use common::cli::{self, CommonArgs, Program, Shell, UsageError};
use common::ui::ClosedStdout;
use structopt::StructOpt;
use transfer::console::Console;
use transfer::flags::Flags;
use transfer::progress::Progress;
use transfer::report::Report;
use transfer::upload::run::{Job, run};
use transfer::walk::Links;

const PROGRAM: Program = Program {
    name: "do_bucket_upload",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &[
        "SOURCE_LOCAL_DIR",
        "TARGET_BUCKET",
        "TARGET_DIR",
        "TARGET_ACL",
    ],
    usage: "[OPTIONS] LOCAL s3://BUCKET/DIR",
    main_flags: &[
        "acl",
        "storage-class",
        "content-type",
        "cache-control",
        "include",
        "exclude",
        "dry-run",
        "force",
        "jobs",
        "region",
        "endpoint-url",
        "json",
        "quiet",
        "verbose",
    ],
    examples: &[
        (
            "do_bucket_upload ./site s3://my-bucket/www",
            "send what is in ./site to www/",
        ),
        (
            "do_bucket_upload --acl public-read ./site s3://my-bucket",
            "and let everybody read it",
        ),
        (
            "do_bucket_upload --dry-run ./site s3://my-bucket/www",
            "say what would be sent",
        ),
    ],
    closed_stdout: ClosedStdout::LosesLines,
};

#[derive(Debug, StructOpt)]
struct Args {
    /// A directory, whose contents are sent, or one file [default: SOURCE_LOCAL_DIR, below
    /// downloads/ unless it begins with `.` or `/`]
    #[structopt(value_name = "LOCAL", parse(from_os_str))]
    local: Option<PathBuf>,

    /// The directory of the bucket to send to: s3://BUCKET/DIR [default: TARGET_BUCKET and
    /// TARGET_DIR, where / is the root]
    #[structopt(value_name = "TARGET")]
    target: Option<String>,

    /// Skip symbolic links instead of sending what they point to
    #[structopt(long)]
    no_follow_symlinks: bool,

    /// Accept files although the service reports other checksums than theirs
    #[structopt(long)]
    no_verify: bool,

    #[structopt(flatten)]
    headers: headers::Flags,

    #[structopt(flatten)]
    flags: Flags,
}

impl Args {
    /// Refuses what can be known to be wrong from the command line alone.
    fn check(&self, _: &CommonArgs) -> Result<(), UsageError> {
        self.flags.check()?;
        self.headers.check()?;
        route::check(self.local.as_deref(), self.target.as_deref())
    }
}

fn main() -> ExitCode {
    cli::main(&PROGRAM, Args::check, program)
}

async fn program(args: Args, shell: Shell) -> Result<Report> {
    let route = route::of(args.local.as_deref(), args.target.as_deref(), &shell.env)?;
    let config = shell.config_for(&route.target.bucket)?;
    let headers = args.headers.resolve(&shell.env)?;
    let client = common::connect(&config, args.flags.limits.jobs, shell.warn())?;
    client.check_credentials().await?;
    let remark = headers.private_by_default(route.from_variables);
    let job = Job {
        local: route.local,
        bucket: route.target.bucket,
        directory: route.target.key,
        headers_given: headers.given,
        public: headers.public(),
        headers: headers.sent,
        links: if args.no_follow_symlinks {
            Links::Skip
        } else {
            Links::Follow
        },
        verify: !args.no_verify,
        flags: args.flags,
    };
    let progress = Progress::new(&shell.ui, shell.no_progress(), &client);
    let console = Arc::new(Console::new(&shell.ui, shell.json(), progress));
    let report = run(&client, &job, &shell.cancel, console.clone()).await?;
    console.summary(&report, "upload", remark);
    Ok(report)
}
