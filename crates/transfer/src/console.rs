//! Shows a run on the terminal: a line for each file moved, failures at once, the summary at the
//! end, and the bars of [`Progress`] meanwhile. With `-q` only failures, and JSON if it was asked
//! for; with `-v` also what was up to date, and how each file was checked.

use common::Error;
use common::ui::Ui;

use crate::item::Item;
use crate::monitor::{Counts, Monitor};
use crate::progress::Progress;
use crate::report::Report;

/// What a run says is shown here.
pub struct Console {
    ui: Ui,
    json: bool,
    has_lines: bool,
    progress: Progress,
}

impl Console {
    /// A console that writes lines for people, or with `json` for programs.
    pub fn new(ui: &Ui, json: bool, progress: Progress) -> Self {
        Self {
            ui: ui.clone(),
            json,
            has_lines: !ui.quiet(),
            progress,
        }
    }

    /// The same without a line for each file: stdout has their content.
    #[must_use]
    pub fn without_lines(self) -> Self {
        Self {
            has_lines: false,
            ..self
        }
    }

    /// Takes the bar away. For a run of one object, of which all has been said: only programs
    /// need a summary.
    pub fn end(&self, report: &Report) {
        self.progress.clear();
        self.ui.summary(report.json());
    }

    /// Takes the bar away and says how the run ended. `verb` is `download`, `restore` or `upload`,
    /// `remark` something to add to a summary without failures.
    pub fn summary(&self, report: &Report, verb: &str, remark: Option<&str>) {
        self.progress.clear();
        self.ui.summary(report.json());
        if report.left_out_files > 0
            && report.is_empty()
            && let Some(warning) = &report.nothing_left
        {
            self.ui.warn(warning);
        }
        if report.ended_before_it_began() {
            return;
        }
        // So that a word about lost lines comes before the last one.
        self.ui.flush();
        let line = report.line(verb, self.ui.stderr_numbers());
        if report.tells_of_failures() {
            self.ui.fail_with(&line, report.hint().as_deref());
        } else {
            self.ui
                .note(&remark.map_or(line.clone(), |remark| format!("{line}; {remark}")));
        }
    }
}

impl Monitor for Console {
    fn counts(&self) -> &Counts {
        self.progress.counts()
    }

    fn warning(&self, text: &str) {
        self.ui.warn(text);
    }

    fn item(&self, item: &Item) {
        if self.json {
            self.ui.json(&item.json());
        } else if let Some(line) = item.line().filter(|_| self.has_lines) {
            self.ui.line(&line);
        }
        if let Some(detail) = item.detail() {
            log::info!("{detail}");
        }
        if let Some(error) = &item.error {
            self.ui.fail(error);
        }
        self.counts().finished(1);
    }

    fn failure(&self, error: &Error) {
        self.ui.fail(error);
    }
}
