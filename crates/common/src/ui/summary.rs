//! What the last line of stdout with `--json` is made of: the summary of the run, its exit code, and
//! the error that it ended with. There is always one, also if the run failed before it began.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::exit::Exit;

/// How long to wait for output that may be blocked by a slow reader.
const SOON: Duration = Duration::from_millis(100);

/// What the last line is made of.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) fields: Map<String, Value>,
    /// The most important failure that was shown, and its exit code.
    worst: Option<(Exit, Value)>,
    /// The last failure that was shown.
    last: Option<Value>,
    ended: bool,
}

impl Summary {
    pub(super) fn remember(&mut self, exit: Exit, failure: Value) {
        let is_worse = |(worst, _): &(Exit, Value)| exit != *worst && exit.worse(*worst) == exit;
        if self.worst.as_ref().is_none_or(is_worse) {
            self.worst = Some((exit, failure.clone()));
        }
        self.last = Some(failure);
    }

    /// All fields of the last line; `None` if it was printed already.
    pub(super) fn end(&mut self, exit: Exit) -> Option<Map<String, Value>> {
        if std::mem::replace(&mut self.ended, true) {
            return None;
        }
        let error = self.error(exit);
        let mut fields = std::mem::take(&mut self.fields);
        fields.insert("exit_code".to_owned(), json!(exit.code()));
        fields.extend(error.map(|error| ("error".to_owned(), error)));
        Some(fields)
    }

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
