//! Prints the last line of stdout with `--json`.

use std::sync::{MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Ui;
use super::summary::{Summary, soon};
use crate::exit::Exit;

impl Ui {
    /// Adds fields to the last line of `--json`. The exit code and the error are added to them.
    pub fn summary(&self, fields: Value) {
        if let Value::Object(fields) = fields {
            self.state().fields.extend(fields);
        }
    }

    /// Remembers a failure for the last line.
    pub(super) fn remember(&self, exit: Exit, failure: Value) {
        self.state().remember(exit, failure);
    }

    /// With `--json`, prints the last line, once.
    pub(crate) fn print_summary(&self, exit: Exit) {
        if !self.0.json {
            return;
        }
        let fields = self.state().end(exit);
        if let Some(fields) = fields {
            self.json(&json!({ "summary": fields }));
            self.flush();
        }
    }

    /// The same for a process that must end even if nobody reads its output.
    pub(crate) fn print_summary_soon(&self, exit: Exit) {
        let ui = self.clone();
        soon(move || ui.print_summary(exit));
    }

    fn state(&self) -> MutexGuard<'_, Summary> {
        let summary = self.0.summary.lock();
        summary.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, Kind};

    fn error_of(exit: Exit, show: impl Fn(&Ui)) -> Value {
        let (ui, _) = Ui::captured("program", false);
        show(&ui);
        let fields = ui.state().end(exit).unwrap();
        fields.get("error").cloned().unwrap_or_default()
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
