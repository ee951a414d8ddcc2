//! The one writer of stdout and stderr.
//!
//! stdout carries data: lines and JSON. It is buffered for at most a tenth of a second. stderr
//! carries messages, each in one write. The overlay is hidden while either is written. Text from
//! outside (keys, responses of a service) is escaped before it is written to a terminal.
//!
//! This module depends on neither network, settings nor progress bars.
#![expect(
    clippy::disallowed_methods,
    reason = "the one writer of stdout and stderr"
)]

mod captured;
mod data;
mod escape;
mod last_line;
mod overlay;
mod stdout;
mod summary;
mod talk;
mod text;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use captured::Captured;
pub(crate) use escape::one_line;
pub use escape::{escape_for_terminal, escape_json_for_terminal};

pub(crate) use overlay::stdout_columns;
pub use overlay::{Overlay, Size};
pub(crate) use summary::soon;
pub use text::{Numbers, human_size, local_time};

use stdout::Stdout;
use summary::Summary;

/// What a program does when its stdout is closed (`| head -1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedStdout {
    /// Listing is the whole job: end without a message, with success.
    EndsTheRun,
    /// The job is another one: continue, with one warning on stderr.
    LosesLines,
}

/// The one writer of stdout and stderr; clones write to the same place.
#[derive(Clone)]
pub struct Ui(Arc<Inner>);

struct Inner {
    program: &'static str,
    quiet: bool,
    json: bool,
    captured: bool,
    closed_stdout: ClosedStdout,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    stdout: Stdout,
    stderr: Mutex<Box<dyn Write + Send>>,
    overlay: RwLock<Option<Arc<dyn Overlay>>>,
    summary: Mutex<Summary>,
}

impl Ui {
    /// The writer of this process. With `quiet`, warnings and notes are not shown. With `json`,
    /// stdout ends in a summary.
    pub fn new(
        program: &'static str,
        quiet: bool,
        json: bool,
        closed_stdout: ClosedStdout,
    ) -> Self {
        use std::io::IsTerminal as _;
        Self::on(
            program,
            (quiet, json),
            closed_stdout,
            (stdout::unbuffered_stdout(), io::stdout().is_terminal()),
            (Box::new(io::stderr()), io::stderr().is_terminal()),
            false,
        )
    }

    /// A writer to these streams. Each stream comes with whether it is a terminal.
    fn on(
        program: &'static str,
        (quiet, json): (bool, bool),
        closed_stdout: ClosedStdout,
        (stdout, stdout_is_terminal): (Box<dyn Write + Send>, bool),
        (stderr, stderr_is_terminal): (Box<dyn Write + Send>, bool),
        captured: bool,
    ) -> Self {
        Self(Arc::new(Inner {
            program,
            quiet,
            json,
            captured,
            closed_stdout,
            stdout_is_terminal,
            stderr_is_terminal,
            stdout: Stdout::new(stdout),
            stderr: Mutex::new(stderr),
            overlay: RwLock::new(None),
            summary: Mutex::default(),
        }))
    }

    /// The name that begins every message.
    pub fn program(&self) -> &'static str {
        self.0.program
    }

    /// Whether warnings and notes are not shown (`-q`).
    pub fn quiet(&self) -> bool {
        self.0.quiet
    }

    /// Whether stdout is JSON (`--json`).
    pub(crate) fn is_json(&self) -> bool {
        self.0.json
    }

    /// How numbers are written on stdout.
    pub fn stdout_numbers(&self) -> Numbers {
        Numbers::for_terminal(self.0.stdout_is_terminal)
    }

    /// How numbers are written on stderr.
    pub fn stderr_numbers(&self) -> Numbers {
        Numbers::for_terminal(self.0.stderr_is_terminal)
    }

    fn stderr(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.0.stderr.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
