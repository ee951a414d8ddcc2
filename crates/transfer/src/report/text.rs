//! The report as its last line for people and its `summary` line for programs.

use common::ui::Numbers;
use common::{Exit, Outcome as _};
use serde_json::{Value, json};

use super::Report;

impl Report {
    /// What was done, in one line; `verb` is `downloaded` or `uploaded`.
    pub fn line(&self, verb: &str, numbers: Numbers) -> String {
        if self.failed_files + self.refused_files > 0 || self.stopped || self.interrupted {
            return self.failures(verb, numbers);
        }
        let mut said = Vec::new();
        if self.would_move_files > 0 {
            let files = numbers.counted(self.would_move_files, "file");
            said.push(format!(
                "{files} would be {verb} ({})",
                numbers.size(self.would_move_bytes)
            ));
        }
        if self.moved_files > 0 {
            let files = numbers.counted(self.moved_files, "file");
            said.push(format!(
                "{files} {verb} ({} in {})",
                numbers.size(self.moved_bytes),
                self.pace(numbers)
            ));
        }
        if said.is_empty() {
            let nothing = format!("nothing to be {verb}");
            let empty = self.empty_source.as_ref().filter(|_| self.is_empty());
            said.push(match empty {
                Some(why) if self.left_out_files == 0 => format!("{nothing}: {why}"),
                _ => nothing,
            });
        }
        said.extend(self.asides(numbers));
        said.join(", ")
    }

    /// The hint below a line that tells of failures; none if running again cannot help.
    pub fn hint(&self) -> Option<String> {
        let tried = !self.interrupted && !self.stopped && self.would_move_files == 0;
        if !tried || self.failed_files == 0 {
            return None;
        }
        let only = if self.failed_files == 1 {
            "this 1 is".to_owned()
        } else {
            format!("these {} are", self.failed_files)
        };
        Some(format!(
            "when the cause is gone, run the same command again: only {only} tried"
        ))
    }

    /// Whether the line tells of failures and so belongs to them, also with `-q`.
    pub(crate) fn tells_of_failures(&self) -> bool {
        self.exit() != Exit::Success || self.interrupted
    }

    fn failures(&self, verb: &str, numbers: Numbers) -> String {
        let mut wrong = Vec::new();
        if self.failed_files > 0 {
            wrong.push(format!("{} failed", numbers.count(self.failed_files)));
        }
        if self.refused_files > 0 {
            wrong.push(format!("{} refused", numbers.count(self.refused_files)));
        }
        let files = numbers.counted(self.items(), "file");
        let what = match (wrong.is_empty(), self.interrupted) {
            (true, true) => format!("interrupted after {files}"),
            (true, false) => format!("stopped after {files}"),
            (false, true) => format!("interrupted, {} of {files}", wrong.join(" and ")),
            (false, false) if self.stopped => {
                format!("stopped, {} of {files}", wrong.join(" and "))
            }
            (false, false) => format!("{} of {files}", wrong.join(" and ")),
        };
        let moved = if self.would_move_files > 0 {
            format!("{} would be {verb}", numbers.count(self.would_move_files))
        } else {
            format!("{} {verb}", numbers.count(self.moved_files))
        };
        let mut done = vec![
            moved,
            format!("{} skipped", numbers.count(self.skipped_files)),
        ];
        let undone = numbers.count(self.undone_files);
        match (self.undone_files, self.more_undone) {
            (0, false) => {}
            (0, true) => done.push("the rest left undone".to_owned()),
            (_, false) => done.push(format!("{undone} left undone")),
            (_, true) => done.push(format!("at least {undone} left undone")),
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

    fn asides(&self, numbers: Numbers) -> Vec<String> {
        let counts = [
            (self.skipped_files, "equal already"),
            (self.unverified_files, "unverified"),
            (
                self.for_attributes_files,
                "sent again because attributes were given that cannot be compared",
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

    /// The last line of `--json`.
    pub fn json(&self) -> Value {
        json!({
            "summary": {
                "exit_code": self.exit().code(),
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
            }
        })
    }
}
