//! A writer into memory, so that tests can say what a person would have seen.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::stdout::{Flusher, Stdout};
use super::{ClosedStdout, Inner, Ui};

type Bytes = Arc<Mutex<Vec<u8>>>;

/// What was written to a [`Ui::captured`].
pub struct Captured {
    ui: Ui,
    streams: Streams,
}

/// Both streams in memory.
#[derive(Clone, Default)]
struct Streams {
    stdout: Bytes,
    stderr: Bytes,
}

impl Ui {
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
        (ui.clone(), Captured { ui, streams })
    }
}

impl Captured {
    /// All of stdout so far.
    pub fn stdout(&self) -> String {
        self.ui.flush();
        text(&self.streams.stdout)
    }

    /// What of stdout was handed over so far without being asked to.
    #[cfg(test)]
    pub(super) fn unflushed_stdout(&self) -> String {
        text(&self.streams.stdout)
    }

    /// All of stderr so far.
    pub fn stderr(&self) -> String {
        text(&self.streams.stderr)
    }
}

impl Streams {
    fn stdout(&self) -> Box<dyn Write + Send> {
        Box::new(Sink(Arc::clone(&self.stdout)))
    }

    fn stderr(&self) -> Box<dyn Write + Send> {
        Box::new(Sink(Arc::clone(&self.stderr)))
    }
}

struct Sink(Bytes);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8_lossy(&bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
