//! Writes data to stdout.

use serde::Serialize;

use super::{ClosedStdout, Ui, escape_for_terminal, escape_json_for_terminal};
use crate::error::Error;

impl Ui {
    /// Writes one line of data to stdout: escaped on a terminal, otherwise byte for byte. `line`
    /// has no newline.
    pub fn line(&self, text: &str) {
        if self.0.stdout_is_terminal {
            self.data(&[escape_for_terminal(text).as_bytes(), b"\n"]);
        } else {
            self.data(&[text.as_bytes(), b"\n"]);
        }
    }

    /// Writes bytes to stdout exactly as given, for data that is not text.
    pub fn bytes(&self, bytes: &[u8]) {
        self.data(&[bytes]);
    }

    /// Writes the content of an object to stdout, not through the buffer. Fails if nobody reads it,
    /// or the disk is full: unlike lines, it must not be lost.
    pub fn content(&self, bytes: &[u8]) -> std::io::Result<()> {
        if !self.0.stdout_is_terminal {
            return self.0.stdout.write(bytes);
        }
        let mut written = Ok(());
        self.aside(&mut || written = self.0.stdout.write(bytes));
        written
    }

    /// Writes one JSON object as one line to stdout. On a terminal, characters that would change
    /// the screen are written as `\uXXXX`, which means the same in JSON.
    pub fn json<T: Serialize + ?Sized>(&self, value: &T) {
        match serde_json::to_string(value) {
            Ok(text) if self.0.stdout_is_terminal => {
                self.data(&[escape_json_for_terminal(&text).as_bytes(), b"\n"]);
            }
            Ok(text) => self.data(&[text.as_bytes(), b"\n"]),
            Err(error) => self.0.stdout.fail(error.into()),
        }
    }

    /// Writes all buffered lines.
    pub fn flush(&self) {
        if self.0.stdout.is_empty() {
            return;
        }
        let mut newly_closed = false;
        if self.0.stdout_is_terminal {
            self.aside(&mut || newly_closed |= self.0.stdout.flush());
        } else {
            newly_closed = self.0.stdout.flush();
        }
        self.say_if_closed(newly_closed);
    }

    /// Warns once that stdout was closed and lines are lost.
    pub(super) fn say_if_closed(&self, newly_closed: bool) {
        if newly_closed && self.0.closed_stdout == ClosedStdout::LosesLines {
            self.warn("standard output was closed; continuing without listing files");
        }
    }

    /// Whether stdout accepts no more data, so that a listing may end. It is known a little after
    /// it happened.
    pub fn stdout_closed(&self) -> bool {
        self.0.stdout.closed()
    }

    /// The error that kept data from stdout, if it is not a closed pipe: a full disk, for example.
    /// Call it after [`Ui::flush`].
    pub(crate) fn stdout_failure(&self) -> Option<Error> {
        self.0.stdout.failure().map(|source| {
            // Without the usual hint for a full disk: a second run would have nothing to skip.
            let error = Error::io("write", "standard output", &source);
            Error::new(error.kind(), "write", "standard output", error.cause()).stopping_the_run()
        })
    }

    fn data(&self, pieces: &[&[u8]]) {
        if self.0.stdout.push(pieces) {
            self.flush();
        }
    }
}
