//! The one writer of stdout and stderr.
//!
//! stdout carries data: lines and JSON, buffered, written when 64 KiB are together and at the
//! latest a tenth of a second after they were said. stderr carries talk: one whole message per
//! write. Whatever is drawn over the last line of the terminal steps aside while either is
//! written. No `\r` and no escape sequence is written here by itself; what others wrote (keys,
//! answers of a service) is escaped before it reaches a terminal.
//!
//! Knows nothing of the network, of settings and of progress bars.

mod captured;
mod escape;
mod stdout;
mod text;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread;

use serde::Serialize;

use crate::error::Error;

pub use captured::Captured;
pub use escape::{escape_for_terminal, escape_json_for_terminal};
pub use text::{Numbers, human_size, local_time};

use captured::Streams;
use stdout::{Flusher, Next, Stdout, write_fully};

/// What a program does when whoever reads its stdout goes away (`| head -1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedStdout {
    /// The listing was the job: end quietly with success.
    EndsTheRun,
    /// The job is elsewhere: go on, say so once on stderr.
    LosesLines,
}

/// Something drawn over the last lines of the terminal, such as a progress bar.
pub trait Overlay: Send + Sync {
    /// Takes itself off the screen, calls `print`, and appears again below what was printed.
    fn aside(&self, print: &mut dyn FnMut());

    /// Takes itself off the screen for good.
    fn leave(&self);
}

/// The size of a terminal in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
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

    /// A writer into memory, for tests. `terminal` says what both streams pretend to be.
    pub fn captured(program: &'static str, terminal: bool) -> (Self, Captured) {
        let streams = Streams::default();
        let ui = Self(Arc::new(Inner {
            program,
            quiet: false,
            captured: true,
            closed_stdout: ClosedStdout::LosesLines,
            stdout_is_terminal: terminal,
            stderr_is_terminal: terminal,
            stdout: Stdout::new(streams.stdout(), Flusher::Owner),
            stderr: Mutex::new(streams.stderr()),
            overlay: RwLock::new(None),
        }));
        (ui.clone(), Captured::new(ui, streams))
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

    /// One line of data on stdout, escaped if a terminal shows it, byte for byte otherwise.
    /// Give it without the newline.
    pub fn line(&self, text: &str) {
        if self.0.stdout_is_terminal {
            self.data(&[escape_for_terminal(text).as_bytes(), b"\n"]);
        } else {
            self.data(&[text.as_bytes(), b"\n"]);
        }
    }

    /// Bytes for stdout exactly as given, for data that is no text.
    pub fn bytes(&self, bytes: &[u8]) {
        self.data(&[bytes]);
    }

    /// One JSON object as one line of stdout. On a terminal, characters that would change
    /// what is seen are written as `\uXXXX`, which means the same.
    pub fn json<T: Serialize + ?Sized>(&self, value: &T) {
        match serde_json::to_string(value) {
            Ok(text) if self.0.stdout_is_terminal => {
                self.data(&[escape_json_for_terminal(&text).as_bytes(), b"\n"]);
            }
            Ok(text) => self.data(&[text.as_bytes(), b"\n"]),
            Err(error) => self.0.stdout.fail(error.into()),
        }
    }

    /// A failure: `PROGRAM: cannot VERB SUBJECT: CAUSE (...)`, then its hint.
    pub fn fail(&self, error: &Error) {
        self.fail_with(&error.to_string(), error.hint());
    }

    /// Like [`Ui::fail`] for a sentence that is not an [`Error`], such as a closing summary of
    /// failures.
    pub fn fail_with(&self, text: &str, hint: Option<&str>) {
        let mut message = self.message("", text);
        if let Some(hint) = hint {
            message.push_str("hint: ");
            message.push_str(&escape_for_terminal(hint));
            message.push('\n');
        }
        self.talk(&message);
    }

    /// A warning: `PROGRAM: warning: TEXT`. Not shown with `-q`.
    pub fn warn(&self, text: &str) {
        if !self.0.quiet {
            self.talk(&self.message("warning: ", text));
        }
    }

    /// Something worth saying that is neither data nor a warning: `PROGRAM: TEXT`. Not shown
    /// with `-q`.
    pub fn note(&self, text: &str) {
        if !self.0.quiet {
            self.talk(&self.message("", text));
        }
    }

    /// A line of the log, already in its final form.
    pub(crate) fn log(&self, line: &str) {
        let mut message = escape_for_terminal(line).into_owned();
        message.push('\n');
        self.talk(&message);
    }

    /// Bytes for the terminal behind stderr exactly as given, without asking the overlay to
    /// step aside: how the overlay draws itself.
    pub fn draw(&self, frame: &str) {
        if self.0.stderr_is_terminal {
            let _ = write_fully(&mut **self.stderr(), frame.as_bytes());
        }
    }

    /// Puts something over the last lines of the terminal, or takes it away.
    pub fn set_overlay(&self, overlay: Option<Arc<dyn Overlay>>) {
        *self
            .0
            .overlay
            .write()
            .unwrap_or_else(PoisonError::into_inner) = overlay;
    }

    /// Takes away whatever is drawn over the last lines of the terminal, for good.
    pub fn end_overlay(&self) {
        let overlay = self
            .0
            .overlay
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(overlay) = overlay {
            overlay.leave();
        }
    }

    /// The size of the terminal behind stderr now; 80 by 24 where there is none.
    pub fn stderr_size(&self) -> Size {
        let measured = || rustix::termios::tcgetwinsize(io::stderr()).ok();
        match measured().filter(|_| self.0.stderr_is_terminal && !self.0.captured) {
            Some(size) if size.ws_col > 0 && size.ws_row > 0 => Size {
                columns: size.ws_col,
                rows: size.ws_row,
            },
            _ => Size {
                columns: 80,
                rows: 24,
            },
        }
    }

    /// Hands all that was said to the operating system.
    pub fn flush(&self) {
        let mut newly_closed = false;
        if self.0.stdout_is_terminal {
            self.aside(&mut || newly_closed |= self.0.stdout.flush());
        } else {
            newly_closed = self.0.stdout.flush();
        }
        if newly_closed && self.0.closed_stdout == ClosedStdout::LosesLines {
            self.warn("nobody reads standard output any more; going on without its lines");
        }
    }

    /// Whether stdout takes no more: a listing may end. Known soon after, not at once.
    pub fn stdout_closed(&self) -> bool {
        self.0.stdout.closed()
    }

    /// What else than a reader that went away kept data from stdout: a full disk, for
    /// example. Ask after [`Ui::flush`].
    pub fn stdout_failure(&self) -> Option<Error> {
        self.0.stdout.failure().map(|source| {
            // Not the hint of a full disk: nothing is kept here that a second run could skip.
            let error = Error::io("write", "standard output", &source);
            Error::new(error.kind(), "write", "standard output", error.cause()).stopping_the_run()
        })
    }

    /// The last words of a process that cannot go on: waits for nobody, since whoever holds
    /// the terminal may be the one that failed.
    pub(crate) fn last_words(&self, text: &str) {
        let drawn = self
            .0
            .overlay
            .try_read()
            .is_ok_and(|overlay| overlay.is_some());
        if drawn && self.0.stderr_is_terminal {
            let _ = io::stderr().write_all(b"\r\x1b[2K");
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }

    fn message(&self, kind: &str, text: &str) -> String {
        format!("{}: {kind}{}\n", self.0.program, escape_for_terminal(text))
    }

    fn data(&self, pieces: &[&[u8]]) {
        match self.0.stdout.push(pieces) {
            Next::Nothing => {}
            Next::Flush => self.flush(),
            Next::StartFlusher => self.start_flusher(),
        }
    }

    /// From the first line on, a thread sees to it that no line waits long.
    fn start_flusher(&self) {
        let ui = self.clone();
        let flusher = thread::Builder::new().name("stdout".into()).spawn(move || {
            loop {
                ui.0.stdout.wait_for_data();
                ui.flush();
            }
        });
        if flusher.is_err() {
            self.0.stdout.flush_at_once();
            self.flush();
        }
    }

    /// stdout first, so that what was said first is seen first.
    fn talk(&self, message: &str) {
        let mut newly_closed = false;
        self.aside(&mut || {
            newly_closed |= self.0.stdout.flush();
            // Nobody is left to hear that nobody listens.
            let _ = write_fully(&mut **self.stderr(), message.as_bytes());
        });
        if newly_closed && self.0.closed_stdout == ClosedStdout::LosesLines {
            self.warn("nobody reads standard output any more; going on without its lines");
        }
    }

    fn aside(&self, print: &mut dyn FnMut()) {
        let overlay = self
            .0
            .overlay
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        match overlay {
            Some(overlay) => overlay.aside(print),
            None => print(),
        }
    }

    fn stderr(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.0.stderr.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
