//! A writer into memory, so that tests can check what a person would see.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::{ClosedStdout, Ui};

/// The text that was written to a [`Ui::captured`].
pub struct Captured {
    ui: Ui,
    stdout: Memory,
    stderr: Memory,
}

/// A stream in memory.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<u8>>>);

impl Ui {
    /// A writer into memory, for tests. `terminal`: whether both streams behave as terminals.
    pub fn captured(program: &'static str, terminal: bool) -> (Self, Captured) {
        let (stdout, stderr) = (Memory::default(), Memory::default());
        let ui = Self::on(
            program,
            (false, false),
            ClosedStdout::LosesLines,
            (Box::new(stdout.clone()), terminal),
            (Box::new(stderr.clone()), terminal),
            true,
        );
        let captured = Captured {
            ui: ui.clone(),
            stdout,
            stderr,
        };
        (ui, captured)
    }
}

impl Captured {
    /// Everything written to stdout so far.
    pub fn stdout(&self) -> String {
        self.ui.flush();
        self.stdout.text()
    }

    /// The part of stdout that was written so far without an explicit flush.
    #[cfg(test)]
    pub(super) fn unflushed_stdout(&self) -> String {
        self.stdout.text()
    }

    /// Everything written to stderr so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }
}

impl Memory {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
