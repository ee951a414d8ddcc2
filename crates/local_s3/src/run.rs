//! Serves until a signal comes, or while a command runs.

use std::io::{self, IsTerminal, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, ExitStatus};
use std::thread;

use local_s3::Server;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::low_level::emulate_default_handler;

/// Variables that would override those that are set for COMMAND.
const CLEARED: [&str; 9] = [
    "REGION_NAME_FILE",
    "ENDPOINT_URL_FILE",
    "AWS_ACCESS_KEY_ID_FILE",
    "AWS_SECRET_ACCESS_KEY_FILE",
    "AWS_SESSION_TOKEN_FILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_S3",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
];

/// Prints the variables and serves until SIGINT, SIGTERM or SIGHUP, and then ends by that signal.
pub(crate) fn until_interrupted(server: &Server) -> io::Result<ExitCode> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let mut out = io::stdout().lock();
    for (name, value) in server.env() {
        writeln!(out, "export {name}='{value}'")?;
    }
    out.flush()?;
    drop(out);
    if io::stderr().is_terminal() {
        writeln!(
            io::stderr(),
            "# not for production; paste the lines above into another shell; Ctrl-C stops"
        )?;
    }
    let signal = signals.forever().next();
    if let Some(signal) = signal {
        emulate_default_handler(signal)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a command with the variables set, and ends as it does: with its exit code, or by the
/// signal that ended it.
pub(crate) fn command(
    server: &Server,
    command: &str,
    arguments: &[String],
) -> io::Result<ExitCode> {
    let signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let mut prepared = Command::new(command);
    prepared.args(arguments).envs(server.env());
    for name in CLEARED {
        prepared.env_remove(name);
    }
    let mut child = match prepared.spawn() {
        Ok(child) => child,
        Err(error) => {
            writeln!(io::stderr(), "local_s3: cannot run {command}: {error}")?;
            // The exit codes of a shell.
            return Ok(ExitCode::from(if error.kind() == io::ErrorKind::NotFound {
                127
            } else {
                126
            }));
        }
    };
    let handle = pass_on(signals, child.id());
    let status = child.wait()?;
    handle.close();
    ended(status)
}

/// Passes signals on to the child. At a terminal, Ctrl-C reaches the child anyway, and a second SIGINT would make it
/// quit at once.
fn pass_on(mut signals: Signals, child: u32) -> Handle {
    let handle = signals.handle();
    let at_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
    thread::spawn(move || {
        for received in signals.forever() {
            let signal = match received {
                SIGTERM => Signal::TERM,
                SIGHUP => Signal::HUP,
                _ if at_terminal => continue,
                _ => Signal::INT,
            };
            if let Some(child) = i32::try_from(child).ok().and_then(Pid::from_raw) {
                // The child may have ended already.
                let _gone = kill_process(child, signal);
            }
        }
    });
    handle
}

fn ended(status: ExitStatus) -> io::Result<ExitCode> {
    if let Some(signal) = status.signal() {
        // Ends this program by the same signal, so that the shell sees it. For signals that do not end a program by
        // default, returns the usual exit code.
        emulate_default_handler(signal)?;
        return Ok(ExitCode::from(
            u8::try_from(128 + signal).unwrap_or(u8::MAX),
        ));
    }
    Ok(ExitCode::from(
        status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(1),
    ))
}
