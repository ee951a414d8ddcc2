//! The result of a run: counts, causes, and the exit code.

mod text;

use std::time::{Duration, Instant};

use common::{Error, Exit, Kind, Outcome};

use crate::item::{Item, Status};
use crate::plan::reason::Reason;

/// What a run did, and how it ended.
#[derive(Debug, Default)]
pub struct Report {
    /// Files downloaded or uploaded.
    pub moved_files: u64,
    /// Their bytes.
    pub moved_bytes: u64,
    /// Files that a dry run would transfer.
    pub would_move_files: u64,
    /// Their bytes.
    pub would_move_bytes: u64,
    /// Files that were up to date.
    pub skipped_files: u64,
    /// Files sent again because their attributes cannot be compared.
    pub for_attributes_files: u64,
    /// Objects downloaded without any proof of their content.
    pub unverified_files: u64,
    /// Directories created for keys that end in `/`.
    pub made_directories: u64,
    /// Directories that a dry run would create.
    pub would_make_directories: u64,
    /// Directories for keys that end in `/` that existed already.
    pub kept_directories: u64,
    /// What a run with `--check-only` found.
    pub checked: Option<Checked>,
    /// Names that were refused.
    pub refused_files: u64,
    /// Files that failed.
    pub failed_files: u64,
    /// Files that the filters left out.
    pub left_out_files: u64,
    /// Files that were planned but not finished when the run stopped.
    pub undone_files: u64,
    /// The run stopped before the plan was complete.
    pub more_undone: bool,
    /// The text for a source without any files.
    pub empty_source: Option<String>,
    /// The text for filters that leave nothing.
    pub nothing_left: Option<String>,
    /// The duration of the run.
    pub elapsed: Duration,
    begun: Option<Instant>,
    worst: Exit,
    /// Some failure had another cause than an unavailable service.
    other_failure: bool,
    /// Whether one object was requested by name. Then the cause of its failure decides the exit
    /// code.
    single: bool,
    last: Exit,
    stopped: bool,
    interrupted: bool,
}

/// The files that `--check-only` compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checked {
    pub(crate) same_files: u64,
    pub(crate) differing_files: u64,
    pub(crate) only_here_files: u64,
    pub(crate) only_there_files: u64,
}

impl Checked {
    fn add(&mut self, status: Status) {
        match status {
            Status::Same => self.same_files += 1,
            Status::Differs => self.differing_files += 1,
            Status::OnlyHere => self.only_here_files += 1,
            _ => self.only_there_files += 1,
        }
    }
}

impl Report {
    /// An empty report. Starts the clock.
    pub fn begin() -> Self {
        Self {
            begun: Some(Instant::now()),
            ..Self::default()
        }
    }

    /// Counts the result of one item. If it stops the run, it must be the last item before
    /// [`Report::stopped`], because it decides the exit code.
    pub fn add(&mut self, item: Item) {
        match item.status {
            Status::Done(_) => {
                self.moved_files += 1;
                self.moved_bytes += item.size_bytes;
                self.unverified_files += u64::from(item.proof.is_none());
                self.for_attributes_files += u64::from(item.reason == Some(Reason::Attributes));
            }
            Status::Would(_) => {
                self.would_move_files += 1;
                self.would_move_bytes += item.size_bytes;
            }
            Status::Skipped => self.skipped_files += 1,
            Status::MadeDirectory => self.made_directories += 1,
            Status::WouldMakeDirectory => self.would_make_directories += 1,
            Status::KeptDirectory => self.kept_directories += 1,
            Status::Same | Status::Differs | Status::OnlyHere | Status::OnlyThere => {
                self.checked.get_or_insert_default().add(item.status);
                if item.status != Status::Same {
                    self.worst = self.worst.worse(Exit::SomeFailed);
                }
            }
            Status::Refused => self.refused_files += 1,
            Status::Failed => self.failed_files += 1,
        }
        if let Some(error) = item.error {
            self.other_failure |= error.kind() != Kind::Unavailable;
            let exit = match error.kind() {
                Kind::Damaged | Kind::Bug => error.exit(),
                _ => Exit::SomeFailed,
            };
            self.worst = self.worst.worse(exit);
            self.last = error.exit();
        }
    }

    /// The run stops because of the last counted item.
    pub fn stopped(&mut self) {
        self.stopped = true;
        self.worst = self.worst.worse(self.last);
    }

    /// The run stops for another reason than an item, such as a listing that ends early.
    pub fn stop(&mut self, error: &Error) {
        self.worst = self.worst.worse(error.exit());
        self.stopped = true;
    }

    /// The run was interrupted by a signal.
    pub(crate) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// One object was requested by name.
    pub fn of_one_object(&mut self) {
        self.single = true;
    }

    /// Stops the clock.
    pub fn end(&mut self) {
        self.elapsed = self.begun.map_or(Duration::ZERO, |begun| begun.elapsed());
    }

    /// Whether the plan was empty.
    pub fn is_empty(&self) -> bool {
        let directories =
            self.made_directories + self.would_make_directories + self.kept_directories;
        self.items() + directories == 0
    }

    /// Whether the run stopped before it found any file. Its cause has been printed, so no summary
    /// is needed.
    pub fn ended_before_it_began(&self) -> bool {
        self.stopped && self.is_empty()
    }

    /// The number of files found, whatever their result.
    pub fn items(&self) -> u64 {
        let checked = self.checked.unwrap_or_default();
        checked.same_files
            + checked.differing_files
            + checked.only_here_files
            + checked.only_there_files
            + self.moved_files
            + self.would_move_files
            + self.skipped_files
            + self.refused_files
            + self.failed_files
    }

    /// Whether a signal ended the run.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }
}

impl Outcome for Report {
    fn exit(&self) -> Exit {
        if self.single {
            return self.worst.worse(self.last);
        }
        let nothing_worked = self.failed_files > 0 && self.moved_files + self.skipped_files == 0;
        if nothing_worked && !self.other_failure {
            return self.worst.worse(Exit::Unavailable);
        }
        self.worst
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Verb;

    fn failed(kind: Kind) -> Item {
        let bucket = "b".parse().unwrap();
        Item::new(Status::Failed, &bucket, "k", "k").with_error(
            Status::Failed,
            Error::new(kind, "download", "s3://b/k", "x"),
        )
    }

    fn moved() -> Item {
        Item::new(
            Status::Done(Verb::Download),
            &"b".parse().unwrap(),
            "k",
            "k",
        )
    }

    #[test]
    fn one_refused_object_of_many_is_exit_1_and_a_damaged_one_is_always_6() {
        let mut report = Report::begin();
        report.add(moved());
        report.add(failed(Kind::Denied));
        assert_eq!(report.exit(), Exit::SomeFailed);
        report.add(failed(Kind::Damaged));
        assert_eq!(report.exit(), Exit::Damaged);
    }

    #[test]
    fn a_program_asked_for_one_object_gives_that_objects_cause() {
        let mut report = Report::begin();
        report.add(failed(Kind::Denied));
        report.of_one_object();
        assert_eq!(report.exit(), Exit::Denied);
    }

    #[test]
    fn a_cause_that_stops_the_run_is_the_exit_code() {
        let mut report = Report::begin();
        report.add(moved());
        report.add(failed(Kind::Disk));
        report.stopped();
        assert_eq!(report.exit(), Exit::Disk);
    }

    #[test]
    fn a_service_that_gave_up_on_everything_is_exit_7_and_on_one_of_many_exit_1() {
        let mut report = Report::begin();
        report.add(failed(Kind::Unavailable));
        assert_eq!(report.exit(), Exit::Unavailable);
        report.add(moved());
        assert_eq!(report.exit(), Exit::SomeFailed);
    }

    #[test]
    fn a_run_with_nothing_to_do_succeeds() {
        assert_eq!(Report::begin().exit(), Exit::Success);
    }

    #[test]
    fn what_was_not_done_is_counted_when_a_run_stops() {
        let mut report = Report::begin();
        report.add(failed(Kind::Disk));
        report.stopped();
        report.undone_files = 9;
        let line = |report: &Report| report.line("download", common::ui::Numbers::Bare);
        assert_eq!(
            line(&report),
            "stopped: 1 of 10 files failed (0 downloaded, 0 skipped, 9 not done, 0 bytes)"
        );
        report.more_undone = true;
        assert_eq!(
            line(&report),
            "stopped: 1 of at least 10 files failed (0 downloaded, 0 skipped, at least 9 not done, 0 bytes)"
        );
    }
}
