//! The last line of stdout with `--json`: the summary of the run, its exit code, and the error that
//! it ended with. There is always one, also if the run failed before it began.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Ui;
use crate::error::Error;
use crate::exit::Exit;

/// How long to wait for output that may be blocked by a slow reader.
const SOON: Duration = Duration::from_millis(100);

/// What the last line is made of.
#[derive(Default)]
pub(super) struct Summary {
    fields: Map<String, Value>,
    /// The most important failure that was shown, and its exit code.
    worst: Option<(Exit, Value)>,
    /// The last failure that was shown.
    last: Option<Value>,
    printed: bool,
}

impl Ui {
    /// Adds fields to the last line of `--json`. The exit code and the error are added to them.
    pub fn summary(&self, fields: Value) {
        if let Value::Object(fields) = fields {
            self.state().fields.extend(fields);
        }
    }

    /// Remembers a failure for the last line.
    pub(super) fn remember(&self, exit: Exit, failure: Value) {
        let mut summary = self.state();
        let is_worse = |(worst, _): &(Exit, Value)| exit != *worst && exit.worse(*worst) == exit;
        if summary.worst.as_ref().is_none_or(is_worse) {
            summary.worst = Some((exit, failure.clone()));
        }
        summary.last = Some(failure);
    }

    /// With `--json`, prints the last line, once.
    pub(crate) fn print_summary(&self, exit: Exit) {
        if !self.0.json {
            return;
        }
        let line = {
            let mut summary = self.state();
            if std::mem::replace(&mut summary.printed, true) {
                return;
            }
            let error = summary.error(exit);
            let mut fields = std::mem::take(&mut summary.fields);
            fields.insert("exit_code".to_owned(), json!(exit.code()));
            fields.extend(error.map(|error| ("error".to_owned(), error)));
            json!({ "summary": fields })
        };
        self.json(&line);
        self.flush();
    }

    /// The same for a process that must end even if nobody reads its output.
    pub(crate) fn print_summary_soon(&self, exit: Exit) {
        let ui = self.clone();
        soon(move || ui.print_summary(exit));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Summary> {
        let summary = self.0.summary.lock();
        summary.unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Summary {
    /// The failure that decided the exit code; else the last one, which is about the whole run.
    fn error(&mut self, exit: Exit) -> Option<Value> {
        let mut error = match (exit, self.worst.take(), self.last.take()) {
            (Exit::Success, ..) => None,
            (Exit::Signal(_), ..) => Some(failure("interrupted by a signal", None)),
            (_, Some((worst, error)), _) if worst == exit => Some(error),
            (_, _, Some(last)) => Some(last),
            (_, _, None) => Some(failure("the run failed", None)),
        }?;
        if let Value::Object(fields) = &mut error {
            fields.entry("code").or_insert(json!(exit.name()));
        }
        Some(error)
    }
}

/// A failure that is only a sentence, as JSON: its code follows from the exit code.
pub(super) fn failure(message: &str, hint: Option<&str>) -> Value {
    json!({ "message": message, "hint": hint })
}

/// An error as JSON: the code of S3 if there is one, else the name of the exit code.
pub(super) fn of_error(error: &Error) -> Value {
    json!({
        "code": error.code().unwrap_or(error.exit().name()),
        "message": error.to_string(),
        "hint": error.hint(),
        "subject": Some(error.subject()).filter(|subject| !subject.is_empty()),
    })
}

/// Runs `print` on another thread and waits for it, but not long.
pub(crate) fn soon(print: impl FnOnce() + Send + 'static) {
    let (sender, done) = mpsc::channel();
    let printer = thread::Builder::new().spawn(move || {
        print();
        let _ = sender.send(());
    });
    if printer.is_ok() {
        let _ = done.recv_timeout(SOON);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn error_of(exit: Exit, show: impl Fn(&Ui)) -> Value {
        let (ui, _) = Ui::captured("program", false);
        show(&ui);
        ui.state().error(exit).unwrap_or_default()
    }

    #[test]
    fn the_error_is_the_one_that_decided_the_exit_code() {
        let full = Error::new(Kind::Disk, "write", "a", "no space left on this disk");
        let show = |ui: &Ui| {
            ui.fail(
                &Error::new(Kind::Denied, "read", "s3://b/k", "denied")
                    .with_code(Some("AccessDenied")),
            );
            ui.fail(&full);
            ui.fail_with("stopped: 2 of 3 files failed", Some("free space"));
        };
        assert_eq!(
            error_of(Exit::Disk, show),
            json!({"code": "Disk", "message": "cannot write a: no space left on this disk", "hint": null, "subject": "a"})
        );
        assert_eq!(
            error_of(Exit::SomeFailed, show),
            json!({"code": "Failed", "message": "stopped: 2 of 3 files failed", "hint": "free space"})
        );
        assert_eq!(error_of(Exit::Success, show), Value::Null);
        assert_eq!(error_of(Exit::Signal(2), show)["code"], "Interrupted");
        assert_eq!(error_of(Exit::Denied, |_| {})["code"], "Denied");
    }
}
