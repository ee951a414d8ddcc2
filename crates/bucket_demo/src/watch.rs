//! What the engine says while it moves files: a record for each object, a bar meanwhile.

use std::sync::{Arc, Mutex, PoisonError};

use common::Error;
use common::ui::Ui;
use transfer::item::Item;
use transfer::monitor::Monitor;
use transfer::progress::Progress;
use transfer::report::Report;

use crate::journal::{Begun, Journal};
use crate::outcome::{Status, Trouble};

/// Listens to an upload or a download.
pub(crate) struct Watch {
    journal: Arc<Journal>,
    begun: Begun,
    ui: Ui,
    progress: Progress,
    /// What the first failure was recorded with: the step is recorded so, too.
    first_failure: Mutex<Option<Status>>,
}

impl Watch {
    pub(crate) fn new(
        journal: &Arc<Journal>,
        begun: Begun,
        ui: &Ui,
        no_progress: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            journal: Arc::clone(journal),
            begun,
            ui: ui.clone(),
            progress: Progress::new(ui, no_progress),
            first_failure: Mutex::default(),
        })
    }

    /// Takes the bar away and judges the report; `verb` is `uploaded` or `downloaded`, `doing`
    /// its present.
    pub(crate) fn judge(&self, report: &Report, doing: &str, verb: &str) -> Result<(), Trouble> {
        use common::{Exit, Outcome as _};
        self.progress.clear();
        let exit = report.exit();
        if exit == Exit::Success {
            return Ok(());
        }
        Err(Trouble {
            status: self.first().unwrap_or(Status::Failed),
            text: format!(
                "cannot {doing} everything: {}",
                report.line(verb, self.ui.stderr_numbers())
            ),
            hint: None,
            exit,
        })
    }

    fn first(&self) -> Option<Status> {
        *self
            .first_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn fails(&self, key: &str, error: &Error) {
        let status = error.http_status().map_or(Status::Failed, Status::Http);
        let mut first = self
            .first_failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert(status);
        drop(first);
        self.journal
            .object_failed(&self.begun, key, status, error.to_string());
        self.ui.fail(error);
    }
}

impl Monitor for Watch {
    fn planned(&self, files: u64, bytes: u64) {
        self.progress.planned(files, bytes);
    }

    fn started(&self, subject: &str, bytes: u64) {
        self.progress.started(subject, bytes);
    }

    fn moved(&self, bytes: u64) {
        self.progress.moved(bytes);
    }

    fn moved_back(&self, bytes: u64) {
        self.progress.moved_back(bytes);
    }

    fn finished(&self, files: u64) {
        self.progress.finished(files);
    }

    fn listing_done(&self) {
        self.progress.listing_done();
    }

    fn warning(&self, text: &str) {
        self.ui.warn(text);
    }

    fn item(&self, item: &Item) {
        match &item.error {
            Some(error) => self.fails(&item.key, error),
            None => {
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
        self.progress.finished(1);
    }

    fn failure(&self, error: &Error) {
        self.fails("", error);
    }
}
