//! The frame of every program: reads the command line, logs, starts the runtime, handles signals,
//! panics and closed pipes, prints the result, and returns the exit code.
//!
//! A program consists of its flags, its description ([`Program`]) and one async function; see
//! [`main`]. Only this module may end the process.

mod args;
mod completions;
mod help;
mod limits;
mod logging;
mod panic;
mod parse;
mod shell;
mod signals;
mod table;

use std::num::NonZero;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use structopt::{StructOpt, StructOptInternal};
use tokio_util::sync::CancellationToken;

pub use args::{CommonArgs, Program, UsageError, check_local};
pub use shell::Shell;

use parse::Asked;
use signals::Received;

use crate::config::ConnectArgs;
use crate::config::print::{self, Row};
use crate::env::{self, Env};
use crate::error::{Error, Result};
use crate::exit::{Exit, Outcome};
use crate::ui::Ui;

/// The variable for the number of heaps of glibc. glibc reads it before our code runs.
const HEAPS: &str = "MALLOC_ARENA_MAX";

/// The longest time that a line of stdout is buffered: short enough to feel immediate.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

/// Runs a program. `run` gets the program's flags and a [`Shell`]; its result decides the exit
/// code. An error is printed here, once; the program prints its own summary. `check` refuses flags
/// that contradict each other and values that are not valid.
pub fn main<A, O, R>(
    program: &Program,
    check: impl FnOnce(&A, &CommonArgs) -> Result<(), UsageError>,
    run: R,
) -> ExitCode
where
    A: StructOpt + StructOptInternal,
    O: Outcome,
    R: AsyncFnOnce(A, Shell) -> Result<O>,
{
    let (args, own) = match parse::parse(program, check, std::env::args_os()) {
        Asked::Run(args, own) => (args, own),
        Asked::Print(text) => return print_and_end(program, &text),
        Asked::Wrong { error, json } => {
            let ui = Ui::new(program.name, false, json, program.closed_stdout);
            ui.fail_to_start(&error.cause, &error.hint);
            return end(&ui, None, Ok(Exit::Usage));
        }
    };
    let CommonArgs { quiet, json, .. } = args.common;
    let ui = Ui::new(program.name, quiet, json, program.closed_stdout);
    panic::end_cleanly(&ui);
    let (env, wrong) = Env::read(|variable| help::concerns(program, variable));
    if args.common.print_config {
        let printed = print_config(program, (&env, wrong), &args.connect, own, &ui);
        return end(&ui, None, printed);
    }
    if let Some(error) = wrong.into_iter().next() {
        return end(&ui, None, Err::<Exit, _>(error));
    }
    let (shell, received) = match start(env, args.connect, args.common, &ui) {
        Ok(started) => started,
        Err(error) => return end(&ui, None, Err::<Exit, _>(error)),
    };
    let ended = in_runtime(&ui, run(args.own, shell));
    end(&ui, Some(&received), ended)
}

/// Prints all settings, those that are right also if another one is wrong.
fn print_config(
    program: &Program,
    (env, mut wrong): (&Env, Vec<Error>),
    connect: &ConnectArgs,
    own: Vec<Row>,
    ui: &Ui,
) -> Result<Exit> {
    let (mut rows, of_connection) = print::rows(env, connect);
    wrong.extend(of_connection);
    // The flags of the connection are there already.
    let is_new = |row: &Row| rows.iter().all(|known| known.name != row.name);
    let (own, _known): (Vec<Row>, Vec<Row>) = own.into_iter().partition(is_new);
    rows.extend(own);
    rows.extend(program.variables.iter().map(|name| {
        let value = env.path(name).map(|value| value.display().to_string());
        let origin = env.origin(name).map(|origin| origin.to_string());
        Row::new(name, value, origin.unwrap_or_default())
    }));
    if ui.is_json() {
        rows.iter().for_each(|row| ui.json(row));
    } else {
        ui.bytes(print::text(&rows).as_bytes());
    }
    match wrong.into_iter().next() {
        Some(error) => Err(error),
        None => Ok(Exit::Success),
    }
}

/// Prepares the log, the limit of open files and the signals.
fn start(env: Env, connect: ConnectArgs, common: CommonArgs, ui: &Ui) -> Result<(Shell, Received)> {
    logging::start(ui, &common, env.get("RUST_LOG"));
    limits::allow_files()?;
    if limits::memory()?.is_some() {
        // Otherwise the C library maps 64 MiB for the heap of each thread, with up to eight heaps a
        // core.
        if !env::is_set(HEAPS) {
            start_again_with(HEAPS, "1");
        }
        signals::end_when_memory_ends();
    }
    let cancel = CancellationToken::new();
    let received = signals::watch(ui, &cancel).map_err(|source| Error::io("start", "", &source))?;
    let shell = Shell {
        ui: ui.clone(),
        env: Arc::new(env),
        cancel,
        common,
        connect,
    };
    Ok((shell, received))
}

/// Replaces this process by one with this variable. Only returns if that is not possible.
fn start_again_with(variable: &str, value: &str) {
    let mut words = std::env::args_os();
    let (Some(name), Ok(program)) = (words.next(), std::env::current_exe()) else {
        return;
    };
    let mut again = Command::new(program);
    let error = again.arg0(name).args(words).env(variable, value).exec();
    log::debug!("goes on without {variable}={value}: {error}");
}

/// Threads for files: as many as keep a slow disk busy. Each takes memory.
const FILE_THREADS: usize = 64;

/// Runs the future with one worker per core. Work that has not finished after it is abandoned: it
/// may wait for a name server or a disk that never responds. Meanwhile stdout is flushed regularly,
/// so that a line need not wait for the next one.
fn in_runtime<O>(ui: &Ui, run: impl Future<Output = Result<O>>) -> Result<O> {
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    // One more thread for files. tokio panics if it cannot start a thread.
    limits::try_threads(workers + 1)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .max_blocking_threads(FILE_THREADS)
        .enable_all()
        .build()
        .map_err(|source| Error::io("start", "", &source))?;
    let flushed = ui.clone();
    runtime.spawn(async move {
        loop {
            tokio::time::sleep(FLUSH_EVERY).await;
            flushed.flush();
        }
    });
    let ended = runtime.block_on(run);
    runtime.shutdown_background();
    ended
}

fn print_and_end(program: &Program, text: &str) -> ExitCode {
    let ui = Ui::new(program.name, false, false, program.closed_stdout);
    ui.bytes(text.as_bytes());
    end(&ui, None, Ok(Exit::Success))
}

/// Ends by the signal, if there was one. Otherwise returns the worse of two exit codes: that of the
/// run, and that of a failed stdout.
fn end(ui: &Ui, received: Option<&Received>, ended: Result<impl Outcome>) -> ExitCode {
    ui.end_overlay();
    ui.flush();
    if let Some(signal) = received.and_then(Received::signal) {
        if ended.is_err() {
            // Without the text of the error: `cannot ...` would suggest another exit code.
            ui.note("interrupted");
        }
        ui.print_summary(Exit::Signal(signal));
        signals::die_of(signal, ui);
    }
    let exit = match ended {
        Ok(outcome) => outcome.exit(),
        Err(error) => {
            ui.fail(&error);
            error.exit()
        }
    };
    ui.print_summary(exit);
    match ui.stdout_failure() {
        Some(lost) => {
            ui.fail(&lost);
            exit.worse(lost.exit()).into()
        }
        None => exit.into(),
    }
}
