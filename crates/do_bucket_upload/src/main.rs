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
use transfer::upload::run::{Job, run, run_stream};
use transfer::walk::Links;

const PROGRAM: Program = Program {
    name: "do_bucket_upload",
    about: env!("CARGO_PKG_DESCRIPTION"),
    variables: &[
        "SOURCE_LOCAL_DIR",
        "TARGET_BUCKET",
        "TARGET_DIR",
        "TARGET_ACL",
        "TMPDIR",
    ],
    usage: "[OPTIONS] LOCAL... s3://BUCKET/DIR",
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
        (
            "do_bucket_upload *.jpg notes s3://my-bucket/photos",
            "send files, and the directory notes to photos/notes/",
        ),
        (
            "do_bucket_upload --name site.css dist/a1b2.css s3://my-bucket/www",
            "send one file under another name",
        ),
        (
            "pg_dump shop | do_bucket_upload - s3://my-bucket/shop.sql",
            "send standard input to this key",
        ),
    ],
    closed_stdout: ClosedStdout::LosesLines,
};

#[derive(Debug, StructOpt)]
struct Args {
    /// What to send, and at the end where to: s3://BUCKET/DIR. Of one directory the contents are
    /// sent; of several files and directories each keeps its name. `-` is standard input, and the
    /// target its key [default: SOURCE_LOCAL_DIR, below downloads/ unless it begins with `.` or `/`;
    /// TARGET_BUCKET and TARGET_DIR, where / is the root]
    #[structopt(value_name = "LOCAL", parse(from_os_str))]
    words: Vec<PathBuf>,

    /// Send the one file LOCAL under this name
    #[structopt(long, value_name = "NAME")]
    name: Option<String>,

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
        route::check(&self.words, self.name.as_deref())?;
        if route::is_stream(&self.words) {
            self.flags.check_stream()?;
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    cli::main(&PROGRAM, Args::check, program)
}

async fn program(args: Args, shell: Shell) -> Result<Report> {
    let route = route::of(&args.words, &shell.env)?;
    let config = shell.config_for(&route.target.bucket)?;
    let headers = args.headers.resolve(&shell.env)?;
    let client = common::connect(&config, args.flags.limits.requests(), shell.warn())?;
    client.check_credentials().await?;
    let is_stream = route::is_stream(&args.words);
    if args.name.is_none()
        && let Some(warning) = route.looks_like_a_name()
    {
        shell.ui.warn(&warning);
    }
    let remark = headers.private_by_default(route.from_variables);
    let job = Job {
        locals: route.locals,
        name: args.name.as_deref().and_then(route::name),
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
    let report = if is_stream {
        let temp_directory = shell.env.get("TMPDIR").unwrap_or("/var/tmp").into();
        let (input, monitor) = (Box::new(std::io::stdin()), console.clone());
        run_stream(&client, &job, input, temp_directory, &shell.cancel, monitor).await?
    } else {
        run(&client, &job, &shell.cancel, console.clone()).await?
    };
    console.summary(&report, "upload", remark);
    Ok(report)
}
