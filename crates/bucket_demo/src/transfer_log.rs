//! Follows an upload or a download: a record for each object, failures and a progress bar on the screen.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::ui::Ui;
use common::{Error, Exit, Kind, Outcome as _};
use transfer::item::Item;
use transfer::monitor::{Counts, Monitor};
use transfer::progress::Progress;
use transfer::report::Report;

use crate::journal::{Begun, Journal};
use crate::outcome::{Status, StepFailure};
use crate::sent_keys::SentKeys;
use crate::tour::Tour;

const ANOTHER_DISK: &str = "--tmp and TMP_PATH name another directory for the downloads";

pub(crate) struct TransferLog {
    journal: Arc<Journal>,
    begun: Begun,
    sent: Option<SentKeys>,
    ui: Ui,
    progress: Progress,
    /// The status of the first object that failed. The record of the step gets it too.
    first_failure: Mutex<Option<Status>>,
    /// The failure that ended the whole transfer, such as a listing that failed.
    broken_off: Mutex<Option<StepFailure>>,
}

impl TransferLog {
    /// Adds the keys of objects that arrive to `sent`.
    pub(crate) fn new(tour: &Tour, begun: Begun, sent: Option<SentKeys>) -> Arc<Self> {
        Arc::new(Self {
            journal: Arc::clone(&tour.journal),
            begun,
            sent,
            ui: tour.ui.clone(),
            progress: Progress::new(&tour.ui, tour.settings.no_progress, &tour.client),
            first_failure: Mutex::default(),
            broken_off: Mutex::default(),
        })
    }

    /// Removes the progress bar and evaluates the report; `verb` is `upload` or `download`.
    pub(crate) fn judge(&self, report: &Report, verb: &str) -> Result<(), StepFailure> {
        self.progress.clear();
        let exit = report.exit();
        if exit == Exit::Success {
            return Ok(());
        }
        if let Some(failure) = locked(&self.broken_off).take() {
            return Err(StepFailure { exit, ..failure });
        }
        let line = report.line(verb, self.ui.stderr_numbers());
        Err(StepFailure {
            status: locked(&self.first_failure).unwrap_or(Status::Failed),
            text: format!("cannot {verb} everything: {line}"),
            hint: None,
            exit,
        })
    }

    fn failed(&self, key: &str, error: &Error) {
        let status = Status::of(error);
        locked(&self.first_failure).get_or_insert(status);
        let text = error.to_string();
        // The engine's hint would be wrong here: a second run of the tour does not continue this
        // one.
        match error.kind() {
            Kind::Disk => self.ui.fail_with(&text, Some(ANOTHER_DISK)),
            _ => self.ui.fail(error),
        }
        self.journal.object_failed(&self.begun, key, status, text);
    }

    fn arrived(&self, item: &Item) {
        if let Some(sent) = &self.sent {
            sent.add(&item.key);
        }
        let mut fields = vec![
            ("key", item.key.as_str().into()),
            ("bytes", item.size_bytes.into()),
        ];
        for (name, value) in [("etag", item.etag.as_deref()), ("proof", item.proof)] {
            fields.extend(value.map(|value| (name, value.into())));
        }
        self.journal.object(&self.begun, 200, fields);
    }
}

impl Monitor for TransferLog {
    fn counts(&self) -> &Counts {
        self.progress.counts()
    }

    fn warning(&self, text: &str) {
        self.ui.warn(text);
    }

    fn item(&self, item: &Item) {
        match &item.error {
            Some(error) => self.failed(&item.key, error),
            None => self.arrived(item),
        }
        self.counts().finished(1);
    }

    fn failure(&self, error: &Error) {
        locked(&self.broken_off).get_or_insert_with(|| StepFailure::of(error));
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
