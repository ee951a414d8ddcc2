//! The tour on the terminal: a short story with a line a step.

use common::cli::Shell;
use common::ui::{Numbers, Ui};

use crate::journal::Begun;
use crate::outcome::{Done, Trouble};
use crate::rules::Step;

/// Tells what happens. With `--json` only failures are told: the records speak for themselves.
pub(crate) struct Story {
    ui: Ui,
    told: bool,
}

impl Story {
    pub(crate) fn new(shell: &Shell) -> Self {
        Self {
            ui: shell.ui.clone(),
            told: !shell.json(),
        }
    }

    /// How numbers are written in the story.
    pub(crate) fn numbers(&self) -> Numbers {
        self.ui.stdout_numbers()
    }

    /// The bucket comes first: whatever happens, its name is known.
    pub(crate) fn begins(&self, bucket: &str, endpoint: &str, region: &str) {
        self.line(&format!("{bucket}  at {endpoint}, region {region}"));
    }

    /// A step that a switch turned off.
    pub(crate) fn off(&self, step: Step) {
        self.line(&format!(
            "  - {:<18} off ({}=0)",
            step.title(),
            step.action().to_uppercase()
        ));
    }

    /// A step was done.
    pub(crate) fn done(&self, title: &str, begun: &Begun, done: &Done) {
        self.step('✓', title, &done.status.to_string(), begun, &done.said);
    }

    /// A step was not done.
    pub(crate) fn failed(&self, title: &str, begun: &Begun, trouble: &Trouble) {
        self.step('✗', title, &trouble.status.to_string(), begun, "");
        self.ui.fail_with(&trouble.text, trouble.hint.as_deref());
    }

    /// A step was broken off by a signal.
    pub(crate) fn interrupted(&self, title: &str, begun: &Begun) {
        self.step('✗', title, "interrupted", begun, "");
    }

    /// The names of the buckets that are left.
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

    /// A sentence of the story, seen at once: what comes next may take long.
    pub(crate) fn line(&self, text: &str) {
        if self.told {
            self.ui.line(text.trim_end());
            self.ui.flush();
        }
    }

    /// What a person should know when all is over, on stderr.
    pub(crate) fn note(&self, text: &str) {
        self.ui.note(text);
    }

    fn step(&self, mark: char, title: &str, status: &str, begun: &Begun, said: &str) {
        let seconds = begun.elapsed_seconds();
        self.line(&format!(
            "  {mark} {title:<18} {status:<7} {seconds:>6.2} s  {said}"
        ));
    }
}
