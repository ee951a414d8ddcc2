//! Writes the history entry of a restore at its end, or when it is interrupted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use common::Error;
use jiff::Timestamp;
use transfer::item::Item;
use transfer::report::Report;

use super::{History, Line};

/// A restore that has begun. If it is dropped before its end, it is recorded as interrupted.
pub(crate) struct Record {
    history: Arc<History>,
    line: Line,
    began: Instant,
    ended: bool,
}

impl Record {
    /// Starts the clock. Nothing is written before the end.
    pub(crate) fn begin(history: &Arc<History>, line: Line) -> Self {
        Self {
            history: Arc::clone(history),
            line,
            began: Instant::now(),
            ended: false,
        }
    }

    /// Records the end of the restore of one object. Returns its duration.
    pub(crate) fn end(mut self, item: &Item) -> Duration {
        if !item.path.is_empty() {
            self.line.path.clone_from(&item.path);
        }
        self.line.version_id.clone_from(&item.version_id);
        self.line.size = if item.error.is_none() {
            item.size_bytes
        } else {
            0
        };
        self.line.proof = item.proof.map(str::to_owned);
        self.line.error = item.error.as_ref().map(ToString::to_string);
        self.write(item.status.word())
    }

    /// Records the end of the restore of a directory.
    pub(crate) fn end_all(mut self, report: &Report, succeeded: bool) {
        self.line.size = report.moved_bytes;
        self.line.files = Some(report.moved_files);
        let failed = report.failed_files + report.refused_files;
        self.line.error = (!succeeded).then(|| format!("{failed} files failed or were refused"));
        let outcome = if report.was_interrupted() {
            "interrupted"
        } else if succeeded {
            "restored"
        } else {
            "failed"
        };
        self.write(outcome);
    }

    /// Records that the restore ended before any file was restored.
    pub(crate) fn end_without(mut self, error: &Error) {
        self.line.error = Some(error.to_string());
        self.write("failed");
    }

    /// Nothing was restored and nothing failed: a dry run writes no entry.
    pub(crate) fn forget(mut self) {
        self.ended = true;
    }

    fn write(&mut self, outcome: &str) -> Duration {
        let elapsed = self.began.elapsed();
        self.line.outcome = outcome.to_owned();
        self.line.duration_seconds = elapsed.as_secs_f64();
        self.line.restored_at = Timestamp::now().to_string();
        self.history.append(&self.line);
        self.ended = true;
        elapsed
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.ended {
            self.write("interrupted");
        }
    }
}
