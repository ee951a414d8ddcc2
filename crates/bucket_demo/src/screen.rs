//! Shows the tour to a person, one line for each step.

use common::cli::Shell;
use common::ui::{Numbers, Ui};

use crate::journal::Begun;
use crate::outcome::{Done, StepFailure};
use crate::rules::Step;

/// Prints the results. With `--json` only failures and notes, because the records contain the rest.
pub(crate) struct Screen {
    ui: Ui,
    json: bool,
}

impl Screen {
    pub(crate) fn new(shell: &Shell) -> Self {
        Self {
            ui: shell.ui.clone(),
            json: shell.json(),
        }
    }

    /// How numbers are written.
    pub(crate) fn numbers(&self) -> Numbers {
        self.ui.stdout_numbers()
    }

    /// Shows that a switch turned this step off.
    pub(crate) fn off(&self, step: Step) {
        let variable = step.action().to_uppercase();
        self.line(&format!("  - {:<18} off ({variable}=0)", step.title()));
    }

    /// Shows the end of a step. `None`: a signal interrupted it.
    pub(crate) fn ended(
        &self,
        title: &str,
        begun: &Begun,
        result: Option<&Result<Done, StepFailure>>,
    ) {
        let (mark, status, summary) = match result {
            Some(Ok(done)) => ('✓', done.status.to_string(), done.summary.as_str()),
            Some(Err(failure)) => ('✗', failure.status.to_string(), ""),
            None => ('✗', "interrupted".to_owned(), ""),
        };
        let seconds = begun.elapsed_seconds();
        self.line(&format!(
            "  {mark} {title:<18} {status:<7} {seconds:>6.2} s  {summary}"
        ));
        if let Some(Err(failure)) = result {
            self.ui.fail_with(&failure.text, failure.hint.as_deref());
        }
    }

    /// Shows the names of the remaining buckets.
    pub(crate) fn left(&self, names: &[String]) {
        if names.is_empty() {
            self.line("No Buckets");
            return;
        }
        self.line("buckets that are left:");
        for name in names {
            self.line(&format!("  {name}"));
        }
    }

    /// Prints a line and flushes it, because the next step may take long.
    pub(crate) fn line(&self, text: &str) {
        if !self.json && !self.ui.quiet() {
            self.ui.line(text.trim_end());
            self.ui.flush();
        }
    }

    /// Prints a note at the end of the run, on stderr.
    pub(crate) fn note(&self, text: &str) {
        self.ui.note(text);
    }
}
