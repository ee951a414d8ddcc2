//! The text of a report: the last line for people, and the `summary` line for programs.

use common::ui::Numbers;
use common::{Exit, Outcome as _};
use serde_json::{Value, json};

use super::{Checked, Report};

impl Report {
    /// The result in one line; `verb` is `download`, `restore` or `upload`.
    pub fn line(&self, verb: &str, numbers: Numbers) -> String {
        if let Some(checked) = self.checked {
            return self.comparison(checked, numbers);
        }
        let done = past(verb);
        if self.failed_files + self.refused_files > 0 || self.stopped || self.interrupted {
            return self.failures(&done, numbers);
        }
        let mut said = Vec::new();
        if self.would_move_files > 0 {
            let files = numbers.counted(self.would_move_files, "file");
            said.push(format!(
                "{files} would be {done} ({})",
                numbers.size(self.would_move_bytes)
            ));
        }
        if self.moved_files > 0 {
            let files = numbers.counted(self.moved_files, "file");
            said.push(format!(
                "{files} {done} ({} in {})",
                numbers.size(self.moved_bytes),
                self.pace(numbers)
            ));
        }
        let mut up_to_date = self.skipped_files;
        if said.is_empty() {
            let cause = match (up_to_date, &self.empty_source) {
                (0, Some(cause)) if self.is_empty() && self.left_out_files == 0 => {
                    format!(": {cause}")
                }
                (0, _) => String::new(),
                (1, _) => ": the 1 file is up to date".to_owned(),
                (all, _) => format!(": all {} files are up to date", numbers.count(all)),
            };
            said.push(format!("nothing to {verb}{cause}"));
            up_to_date = 0;
        }
        said.extend(self.asides(up_to_date, numbers));
        said.join(", ")
    }

    fn comparison(&self, checked: Checked, numbers: Numbers) -> String {
        let always = [
            (checked.same_files, "same"),
            (checked.differing_files, "different"),
            (checked.only_here_files, "only here"),
            (checked.only_there_files, "only there"),
        ];
        let sometimes = [
            (self.failed_files, "failed"),
            (self.left_out_files, "left out by filters"),
        ];
        let sometimes = sometimes.into_iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = always
            .into_iter()
            .chain(sometimes)
            .map(|(count, what)| format!("{} {what}", numbers.count(count)))
            .collect();
        let ended = match (self.interrupted, self.stopped) {
            (true, _) => "interrupted: ",
            (false, true) => "stopped: ",
            (false, false) => "",
        };
        format!("{ended}{}", said.join(", "))
    }

    /// The hint below a line about failures; `None` if another run cannot help.
    pub fn hint(&self) -> Option<String> {
        if self.interrupted && self.would_move_files == 0 {
            let go_on = "run the same command again to continue: it skips files that are complete";
            return Some(go_on.to_owned());
        }
        let tried = !self.stopped && self.would_move_files == 0;
        if !tried || self.failed_files == 0 || self.checked.is_some() {
            return None;
        }
        let only = if self.failed_files == 1 {
            "this file".to_owned()
        } else {
            format!("these {} files", self.failed_files)
        };
        Some(format!(
            "when the cause is fixed, run the same command again: it retries only {only}"
        ))
    }

    /// Whether the line is about failures, and so is printed even with `-q`.
    pub(crate) fn tells_of_failures(&self) -> bool {
        self.exit() != Exit::Success || self.interrupted
    }

    fn failures(&self, done_verb: &str, numbers: Numbers) -> String {
        let (failed, refused) = (
            numbers.count(self.failed_files),
            numbers.count(self.refused_files),
        );
        // What was not done counts too: one of ten failed, and nine are left.
        let all = numbers.counted(self.items() + self.undone_files, "file");
        let all = match self.more_undone {
            true => format!("at least {all}"),
            false => all,
        };
        let wrong = match (self.failed_files, self.refused_files) {
            (0, 0) => None,
            (_, 0) => Some(format!("{failed} of {all} failed")),
            (0, _) => Some(format!("{refused} of {all} refused")),
            _ => Some(format!("{failed} of {all} failed, {refused} refused")),
        };
        let ended = match (self.interrupted, self.stopped) {
            (true, _) => Some("interrupted"),
            (false, true) => Some("stopped"),
            (false, false) => None,
        };
        let what = match (ended, wrong) {
            (Some(ended), Some(wrong)) => format!("{ended}: {wrong}"),
            (Some(ended), None) => {
                let files = numbers.counted(self.items(), "file");
                format!("{ended} after {files}")
            }
            (None, wrong) => wrong.unwrap_or_default(),
        };
        let moved = if self.would_move_files > 0 {
            format!(
                "{} would be {done_verb}",
                numbers.count(self.would_move_files)
            )
        } else {
            format!("{} {done_verb}", numbers.count(self.moved_files))
        };
        let mut done = vec![
            moved,
            format!("{} skipped", numbers.count(self.skipped_files)),
        ];
        let undone = numbers.count(self.undone_files);
        match (self.undone_files, self.more_undone) {
            (0, false) => {}
            (0, true) => done.push("the rest not done".to_owned()),
            (_, false) => done.push(format!("{undone} not done")),
            (_, true) => done.push(format!("at least {undone} not done")),
        }
        done.push(numbers.size(self.moved_bytes + self.would_move_bytes));
        if self.unverified_files > 0 {
            done.push(format!(
                "{} unverified",
                numbers.count(self.unverified_files)
            ));
        }
        format!("{what} ({})", done.join(", "))
    }

    fn asides(&self, up_to_date: u64, numbers: Numbers) -> Vec<String> {
        let counts = [
            (up_to_date, "up to date"),
            (self.unverified_files, "unverified"),
            (
                self.for_attributes_files,
                "sent again: attributes cannot be compared",
            ),
            (self.left_out_files, "left out by filters"),
        ];
        let told = counts.into_iter().filter(|(count, _)| *count > 0);
        told.map(|(count, what)| format!("{} {what}", numbers.count(count)))
            .collect()
    }

    fn pace(&self, numbers: Numbers) -> String {
        let seconds = self.elapsed.as_secs_f64();
        let time = if seconds < 100.0 {
            format!("{seconds:.1} s")
        } else {
            format!("{seconds:.0} s")
        };
        if numbers == Numbers::Bare || seconds <= 0.0 {
            return time;
        }
        let rate = common::ui::human_size((self.moved_bytes as f64 / seconds) as u64);
        format!("{time}, {rate}/s")
    }

    /// The fields of the last line of `--json`.
    pub fn json(&self) -> Value {
        let mut fields = json!({
            "moved_files": self.moved_files,
            "moved_bytes": self.moved_bytes,
            "would_move_files": self.would_move_files,
            "would_move_bytes": self.would_move_bytes,
            "skipped_files": self.skipped_files,
            "unverified_files": self.unverified_files,
            "sent_again_for_attributes_files": self.for_attributes_files,
            "left_out_files": self.left_out_files,
            "made_directories": self.made_directories,
            "would_make_directories": self.would_make_directories,
            "refused_files": self.refused_files,
            "failed_files": self.failed_files,
            "undone_files": self.undone_files,
            "interrupted": self.interrupted,
            "elapsed_seconds": self.elapsed.as_secs_f64(),
        });
        if let (Some(checked), Value::Object(fields)) = (self.checked, &mut fields) {
            fields.insert("same_files".to_owned(), json!(checked.same_files));
            fields.insert("differing_files".to_owned(), json!(checked.differing_files));
            fields.insert("only_here_files".to_owned(), json!(checked.only_here_files));
            fields.insert(
                "only_there_files".to_owned(),
                json!(checked.only_there_files),
            );
        }
        fields
    }
}

/// The participle of a regular verb.
fn past(verb: &str) -> String {
    let verb = verb.strip_suffix('e').unwrap_or(verb);
    format!("{verb}ed")
}
