//! The one writer of stdout and stderr.
//!
//! stdout carries data: lines and JSON, buffered, written when 64 KiB are together and at the
//! latest a tenth of a second after they were said. stderr carries talk: one whole message per
//! write. Whatever is drawn over the last line of the terminal steps aside while either is
//! written. No `\r` and no escape sequence is written here by itself; what others wrote (keys,
//! answers of a service) is escaped before it reaches a terminal.
//!
//! Knows nothing of the network, of settings and of progress bars.
#![expect(
    clippy::disallowed_methods,
    reason = "the one writer of stdout and stderr"
)]

mod captured;
mod data;
mod escape;
mod overlay;
mod stdout;
mod talk;
mod text;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use captured::Captured;
pub(crate) use escape::one_line;
pub use escape::{escape_for_terminal, escape_json_for_terminal};

pub use overlay::{Overlay, Size};
pub use text::{Numbers, human_size, local_time};

use stdout::{Flusher, Stdout};

/// What a program does when whoever reads its stdout goes away (`| head -1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedStdout {
    /// The listing was the job: end quietly with success.
    EndsTheRun,
    /// The job is elsewhere: go on, say so once on stderr.
    LosesLines,
}

/// The one writer of stdout and stderr; clones write to the same place.
#[derive(Clone)]
pub struct Ui(Arc<Inner>);

struct Inner {
    program: &'static str,
    quiet: bool,
    captured: bool,
    closed_stdout: ClosedStdout,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    stdout: Stdout,
    stderr: Mutex<Box<dyn Write + Send>>,
    overlay: RwLock<Option<Arc<dyn Overlay>>>,
}

impl Ui {
    /// The writer of this process. With `quiet`, warnings and notes are not shown.
    pub fn new(program: &'static str, quiet: bool, closed_stdout: ClosedStdout) -> Self {
        use std::io::IsTerminal as _;
        Self(Arc::new(Inner {
            program,
            quiet,
            captured: false,
            closed_stdout,
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
            stdout: Stdout::new(stdout::unbuffered_stdout(), Flusher::Wanted),
            stderr: Mutex::new(Box::new(io::stderr())),
            overlay: RwLock::new(None),
        }))
    }

    /// The name that begins every message.
    pub fn program(&self) -> &'static str {
        self.0.program
    }

    /// Whether warnings and notes are to be left out (`-q`).
    pub fn quiet(&self) -> bool {
        self.0.quiet
    }

    /// Whether a person reads stdout.
    pub fn stdout_is_terminal(&self) -> bool {
        self.0.stdout_is_terminal
    }

    /// Whether a person reads stderr.
    pub fn stderr_is_terminal(&self) -> bool {
        self.0.stderr_is_terminal
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
