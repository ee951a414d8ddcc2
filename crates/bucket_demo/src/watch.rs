//! What the engine says while it moves files: a record for each object, a bar meanwhile.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::ui::Ui;
use common::{Error, Exit, Kind, Outcome as _};
use transfer::item::Item;
use transfer::monitor::{Counts, Monitor};
use transfer::progress::Progress;
use transfer::report::Report;

use crate::journal::{Begun, Journal};
use crate::outcome::{Status, Trouble};
use crate::sent::Sent;
use crate::tour::Tour;

const ANOTHER_DISK: &str = "--tmp and TMP_PATH name another directory for the downloads";

/// Listens to an upload or a download.
pub(crate) struct Watch {
    journal: Arc<Journal>,
    begun: Begun,
    sent: Option<Sent>,
    ui: Ui,
    progress: Progress,
    /// What the first failure was recorded with: the step is recorded so, too.
    first_failure: Mutex<Option<Status>>,
    /// What ended all of it, such as a listing that broke off.
    broken_off: Mutex<Option<Trouble>>,
}

impl Watch {
    /// What arrives is added to `sent`.
    pub(crate) fn new(tour: &Tour, begun: Begun, sent: Option<Sent>) -> Arc<Self> {
        Arc::new(Self {
            journal: Arc::clone(&tour.journal),
            begun,
            sent,
            ui: tour.ui.clone(),
            progress: Progress::new(&tour.ui, tour.settings.no_progress),
            first_failure: Mutex::default(),
            broken_off: Mutex::default(),
        })
    }

    /// Takes the bar away and judges the report; `verb` is `uploaded` or `downloaded`, `doing`
    /// its present.
    pub(crate) fn judge(&self, report: &Report, verb: &str) -> Result<(), Trouble> {
        self.progress.clear();
        let exit = report.exit();
        if exit == Exit::Success {
            return Ok(());
        }
        let broken_off = locked(&self.broken_off).take();
        Err(broken_off
            .map(|trouble| Trouble { exit, ..trouble })
            .unwrap_or_else(|| Trouble {
                status: locked(&self.first_failure).unwrap_or(Status::Failed),
                text: format!(
                    "cannot {verb} everything: {}",
                    report.line(verb, self.ui.stderr_numbers())
                ),
                hint: None,
                exit,
            }))
    }

    fn fails(&self, key: &str, error: &Error) {
        let status = error.http_status().map_or(Status::Failed, Status::Http);
        locked(&self.first_failure).get_or_insert(status);
        self.journal
            .object_failed(&self.begun, key, status, error.to_string());
        // The engine's own hint promises that a second run goes on where this one stopped.
        match error.kind() {
            Kind::Disk => self.ui.fail_with(&error.to_string(), Some(ANOTHER_DISK)),
            _ => self.ui.fail(error),
        }
    }
}

impl Monitor for Watch {
    fn counts(&self) -> &Counts {
        self.progress.counts()
    }

    fn warning(&self, text: &str) {
        self.ui.warn(text);
    }

    fn item(&self, item: &Item) {
        match &item.error {
            Some(error) => self.fails(&item.key, error),
            None => {
                if let Some(sent) = &self.sent {
                    sent.add(&item.key);
                }
                let mut data = vec![
                    ("key", item.key.as_str().into()),
                    ("bytes", item.size_bytes.into()),
                ];
                for (name, value) in [("etag", item.etag.as_deref()), ("proof", item.proof)] {
                    data.extend(value.map(|value| (name, value.into())));
                }
                self.journal.object(&self.begun, 200, data);
            }
        }
        self.counts().finished(1);
    }

    fn failure(&self, error: &Error) {
        locked(&self.broken_off).get_or_insert_with(|| Trouble::of(error));
    }
}

fn locked<T>(value: &Mutex<T>) -> MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}
