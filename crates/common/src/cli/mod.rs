//! The shell around every program: reads the command line, logs, starts the runtime, handles
//! signals, panics and closed pipes, prints how it ended, returns the exit code.
//!
//! A program is its flags ([`Arguments`]), what it says of itself ([`Program`]) and one async
//! function; see [`main`]. Only this module may end the process.

mod args;
mod help;
mod logging;
mod open_files;
mod panic;
mod parse;
mod shell;
mod signals;

use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

pub use args::{Arguments, CommonArgs, Misuse, Program};
pub use shell::Shell;

use parse::Asked;
use signals::Received;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::exit::{Exit, Outcome};
use crate::ui::Ui;

/// Runs a program. `run` gets its flags and a [`Shell`]; what it returns decides the exit code.
/// An error is printed here, once; what an outcome has to say is said by the program itself.
pub fn main<A, O, R>(program: &Program, run: R) -> ExitCode
where
    A: Arguments,
    O: Outcome,
    R: AsyncFnOnce(A, Shell) -> Result<O>,
{
    let args: A = match parse::parse(program, std::env::args_os()) {
        Asked::Run(args) => args,
        Asked::Print(text) => return print_and_end(program, &text),
        Asked::Wrong(misuse) => {
            let ui = Ui::new(program.name, false, program.closed_stdout);
            ui.fail_with(
                &format!("cannot start: {}", misuse.cause),
                Some(&misuse.hint),
            );
            return Exit::Usage.into();
        }
    };
    let ui = Ui::new(program.name, args.common().quiet, program.closed_stdout);
    panic::end_cleanly(&ui);
    let (shell, received) = match start(&args, &ui) {
        Ok(started) => started,
        Err(error) => return end(&ui, None, Err::<Exit, _>(error)),
    };
    if args.common().print_config {
        let printed = shell
            .config()
            .map(|config| ui.bytes(config.print().as_bytes()));
        return end(&ui, Some(&received), printed.map(|()| Exit::Success));
    }
    let ended = in_runtime(run(args, shell));
    end(&ui, Some(&received), ended)
}

/// The environment, the log, the limit of open files and the signals.
fn start(args: &impl Arguments, ui: &Ui) -> Result<(Shell, Received)> {
    let env = Env::read()?;
    logging::start(ui, args.common(), env.get("RUST_LOG"));
    open_files::allow_many();
    let cancel = CancellationToken::new();
    let received = signals::watch(ui, &cancel).map_err(|source| Error::io("start", "", &source))?;
    let shell = Shell {
        ui: ui.clone(),
        env: Arc::new(env),
        cancel,
        common: args.common().clone(),
        connect: args.connect().clone(),
    };
    Ok((shell, received))
}

/// Runs the future with one worker per core. What is left running is abandoned: it may wait
/// for a name server or a disk that never answers.
fn in_runtime<O>(run: impl Future<Output = Result<O>>) -> Result<O> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Error::io("start", "", &source))?;
    let ended = runtime.block_on(run);
    runtime.shutdown_background();
    ended
}

fn print_and_end(program: &Program, text: &str) -> ExitCode {
    let ui = Ui::new(program.name, false, program.closed_stdout);
    ui.bytes(text.as_bytes());
    end(&ui, None, Ok(Exit::Success))
}

/// The exit code: a signal before everything, then the worse of what the run returned and what
/// became of stdout.
fn end(ui: &Ui, received: Option<&Received>, ended: Result<impl Outcome>) -> ExitCode {
    ui.end_overlay();
    ui.flush();
    if let Some(signal) = received.and_then(Received::signal) {
        if ended.is_err() {
            // Not its text: a `cannot` line would promise another exit code.
            ui.note("interrupted");
        }
        signals::die_of(signal, ui);
    }
    let exit = match ended {
        Ok(outcome) => outcome.exit(),
        Err(error) => {
            ui.fail(&error);
            error.exit()
        }
    };
    match ui.stdout_failure() {
        Some(lost) => {
            ui.fail(&lost);
            exit.worse(lost.exit()).into()
        }
        None => exit.into(),
    }
}
