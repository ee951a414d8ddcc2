//! A writer into memory, so that tests can say what a person would have seen.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::Ui;

type Bytes = Arc<Mutex<Vec<u8>>>;

/// What was written to a [`Ui::captured`].
pub struct Captured {
    ui: Ui,
    streams: Streams,
}

/// Both streams in memory.
#[derive(Clone, Default)]
pub(super) struct Streams {
    stdout: Bytes,
    stderr: Bytes,
}

impl Captured {
    pub(super) fn new(ui: Ui, streams: Streams) -> Self {
        Self { ui, streams }
    }

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
    pub(super) fn stdout(&self) -> Box<dyn Write + Send> {
        Box::new(Sink(Arc::clone(&self.stdout)))
    }

    pub(super) fn stderr(&self) -> Box<dyn Write + Send> {
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
