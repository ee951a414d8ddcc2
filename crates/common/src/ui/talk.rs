//! stderr: messages, each in one write.

use std::io::{self, Write as _};

use super::stdout::write_fully;
use super::summary::{failure, of_error};
use super::{Ui, escape_for_terminal};
use crate::error::Error;
use crate::exit::Exit;

impl Ui {
    /// A failure: `PROGRAM: cannot VERB SUBJECT: CAUSE (...)`, then its hint.
    pub fn fail(&self, error: &Error) {
        self.remember(error.exit(), of_error(error));
        self.talk_of_failure(&error.to_string(), error.hint());
    }

    /// Like [`Ui::fail`] for a sentence that is not an [`Error`], such as a closing summary of
    /// failures.
    pub fn fail_with(&self, text: &str, hint: Option<&str>) {
        self.remember(Exit::SomeFailed, failure(text, hint));
        self.talk_of_failure(text, hint);
    }

    /// A wrong command line.
    pub(crate) fn fail_to_start(&self, cause: &str, hint: &str) {
        let text = format!("cannot start: {cause}");
        self.remember(Exit::Usage, failure(&text, Some(hint)));
        self.talk_of_failure(&text, Some(hint));
    }

    fn talk_of_failure(&self, text: &str, hint: Option<&str>) {
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

    /// A note that is neither data nor a warning: `PROGRAM: TEXT`. Not shown with `-q`.
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

    /// The last message of a process that must end. It takes no lock, because the failed thread may
    /// hold it.
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

    /// Flushes stdout first, to keep the order.
    fn talk(&self, message: &str) {
        let mut newly_closed = false;
        self.aside(&mut || {
            newly_closed |= self.0.stdout.flush();
            // A failure to write to stderr cannot be reported anywhere.
            let _ = write_fully(&mut **self.stderr(), message.as_bytes());
        });
        self.say_if_closed(newly_closed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn a_failure_is_one_line_and_its_hint_another_whatever_the_key_holds() {
        let (ui, said) = Ui::captured("program", false);
        let error = Error::new(Kind::Failed, "write", "a\nb\x1b[2J", "permission denied");
        ui.fail(&error.with_hint("look\there"));
        assert_eq!(
            said.stderr(),
            "program: cannot write a\\nb\\u{1b}[2J: permission denied\nhint: look\\there\n"
        );
    }

    #[test]
    fn what_was_printed_before_a_message_is_written_before_it() {
        let (ui, said) = Ui::captured("program", false);
        ui.line("data");
        assert_eq!(said.unflushed_stdout(), "");
        ui.note("talk");
        assert_eq!(said.unflushed_stdout(), "data\n");
        assert_eq!(said.stderr(), "program: talk\n");
    }
}
