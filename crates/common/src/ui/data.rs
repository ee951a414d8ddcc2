//! stdout: what was asked for.

use serde::Serialize;

use super::{ClosedStdout, Ui, escape_for_terminal, escape_json_for_terminal};
use crate::error::Error;

impl Ui {
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

    /// Hands all lines to the operating system.
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

    /// Says once that lines are lost, to a person who may wonder.
    pub(super) fn say_if_closed(&self, newly_closed: bool) {
        if newly_closed && self.0.closed_stdout == ClosedStdout::LosesLines {
            self.warn("standard output was closed; continuing without listing files");
        }
    }

    /// Whether stdout takes no more: a listing may end. Known soon after, not at once.
    pub fn stdout_closed(&self) -> bool {
        self.0.stdout.closed()
    }

    /// What else than a reader that went away kept data from stdout: a full disk, for
    /// example. Ask after [`Ui::flush`].
    pub(crate) fn stdout_failure(&self) -> Option<Error> {
        self.0.stdout.failure().map(|source| {
            // Not the hint of a full disk: nothing is kept here that a second run could skip.
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
