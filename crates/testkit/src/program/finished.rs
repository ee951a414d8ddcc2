//! The result of a program, with assertions that print everything when they fail.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    pub(super) what: String,
    pub(super) home: Arc<TempDir>,
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    pub(super) elapsed: Duration,
    pub(super) peak_rss_kib: u64,
}

impl Finished {
    /// The exit code, 128 + n after signal n, as a shell shows it.
    pub fn exit_code(&self) -> i32 {
        let by_signal = self.status.signal().map(|signal| 128 + signal);
        self.status.code().or(by_signal).unwrap_or(-1)
    }

    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// stdout as text, with U+FFFD for invalid UTF-8.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// stderr as text, with U+FFFD for invalid UTF-8.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// stdout as bytes.
    pub fn stdout_bytes(&self) -> &[u8] {
        &self.stdout
    }

    /// The lines of stdout.
    pub fn stdout_lines(&self) -> Vec<String> {
        self.stdout_text().lines().map(str::to_owned).collect()
    }

    /// The lines of stdout as JSON.
    ///
    /// # Panics
    /// If a line is no JSON.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: String| match serde_json::from_str(&line) {
            Ok(value) => value,
            Err(error) => self.fail(&format!("a line of stdout is no JSON ({error}): {line}")),
        };
        self.stdout_lines().into_iter().map(parse).collect()
    }

    /// The duration of the run.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Its peak memory, measured every 5 ms; 0 if the system does not provide it.
    pub fn peak_rss_kib(&self) -> u64 {
        self.peak_rss_kib
    }

    /// The HOME it ran with.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Asserts the exit code.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn code(&self, expected: i32) -> &Self {
        if self.exit_code() != expected {
            self.fail(&format!("exit code {expected} was expected"));
        }
        self
    }

    /// Asserts exit code 0.
    ///
    /// # Panics
    /// If it is another.
    #[track_caller]
    pub fn success(&self) -> &Self {
        self.code(0)
    }

    /// Asserts all of stdout, literally.
    ///
    /// # Panics
    /// If it is not this.
    #[track_caller]
    pub fn stdout(&self, expected: &str) -> &Self {
        self.same("stdout", &self.stdout_text(), expected)
    }

    /// Asserts all of stderr, literally.
    ///
    /// # Panics
    /// If it is not this.
    #[track_caller]
    pub fn stderr(&self, expected: &str) -> &Self {
        self.same("stderr", &self.stderr_text(), expected)
    }

    /// Asserts all of stderr, literally except for request ids, which are compared as `ID`, and durations, which are
    /// compared as `T`.
    ///
    /// # Panics
    /// If it is not this.
    #[track_caller]
    pub fn told(&self, expected: &str) -> &Self {
        self.same("stderr", &steady(&self.stderr_text()), expected)
    }

    /// Asserts that an upload succeeded and that its only message is the summary, with these counts and this remark.
    ///
    /// # Panics
    /// If it differs.
    #[track_caller]
    pub fn uploaded(&self, files: u64, bytes: u64, remark: &str) -> &Self {
        self.success().told(&summary(
            "do_bucket_upload",
            "uploaded",
            files,
            bytes,
            remark,
        ))
    }

    /// The same for a download.
    ///
    /// # Panics
    /// If it differs.
    #[track_caller]
    pub fn downloaded(&self, files: u64, bytes: u64, remark: &str) -> &Self {
        self.success().told(&summary(
            "do_bucket_download",
            "downloaded",
            files,
            bytes,
            remark,
        ))
    }

    /// Asserts the lines of stdout in any order: requests under way side by side end in any.
    ///
    /// # Panics
    /// If they are not these.
    #[track_caller]
    pub fn lines(&self, expected: &[&str]) -> &Self {
        let (mut found, mut expected) = (self.stdout_lines(), expected.to_vec());
        found.sort_unstable();
        expected.sort_unstable();
        if found != expected {
            self.fail(&format!(
                "stdout should have been, in any order: {expected:#?}"
            ));
        }
        self
    }

    /// Asserts that stdout has this text in it.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn stdout_has(&self, expected: &str) -> &Self {
        if !self.stdout_text().contains(expected) {
            self.fail(&format!("stdout lacks: {expected}"));
        }
        self
    }

    /// Asserts that stderr has this text in it.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn stderr_has(&self, expected: &str) -> &Self {
        if !self.stderr_text().contains(expected) {
            self.fail(&format!("stderr lacks: {expected}"));
        }
        self
    }

    /// Asserts that neither stream has this text in it: secrets, escape sequences.
    ///
    /// # Panics
    /// If one has.
    #[track_caller]
    pub fn nowhere(&self, forbidden: &str) -> &Self {
        if self.stdout_text().contains(forbidden) || self.stderr_text().contains(forbidden) {
            self.fail(&format!("the output must not have this in it: {forbidden}"));
        }
        self
    }

    #[track_caller]
    fn same(&self, stream: &str, found: &str, expected: &str) -> &Self {
        if found != expected {
            self.fail(&format!(
                "{stream} should have been:\n{}",
                indented(expected)
            ));
        }
        self
    }

    /// Fails the test with everything that is known about the run.
    ///
    /// # Panics
    /// Always.
    #[track_caller]
    pub fn fail(&self, why: &str) -> ! {
        panic!(
            "{why}\n  command: {}\n  ended: {} after {:.2?}, {} KiB at most\n  stdout:\n{}\n  stderr:\n{}",
            self.what,
            self.status,
            self.elapsed,
            self.peak_rss_kib,
            indented(&self.stdout_text()),
            indented(&self.stderr_text()),
        );
    }
}

fn indented(text: &str) -> String {
    if text.is_empty() {
        return String::from("    (nothing)");
    }
    let lines: Vec<String> = text.lines().map(|line| format!("    | {line}")).collect();
    lines.join("\n")
}

/// The text with `ID` for request ids and `T` for durations.
fn steady(text: &str) -> String {
    let mut steady = String::with_capacity(text.len());
    let mut rest = text;
    let next = |text: &str| {
        let ids = text.find("request ").map(|at| at + "request ".len());
        let times = text.find(" in ").map(|at| at + " in ".len());
        ids.into_iter().chain(times).min()
    };
    while let Some(at) = next(rest) {
        let (before, after) = rest.split_at(at);
        let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let word = after.find(|c| !is_of_word(c)).unwrap_or(after.len());
        let (word, after) = after.split_at(word);
        steady += before;
        steady += match word {
            id if before.ends_with("request ") && id.len() >= 8 => "ID",
            time if time.parse::<f64>().is_ok() && after.starts_with(" s") => "T",
            other => other,
        };
        rest = after;
    }
    steady + rest
}

/// The summary of a program that transfers files.
fn summary(program: &str, done: &str, files: u64, bytes: u64, remark: &str) -> String {
    let counted =
        |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (files, bytes) = (counted(files, "file"), counted(bytes, "byte"));
    format!("{program}: {files} {done} ({bytes} in T s){remark}\n")
}

#[cfg(test)]
mod tests {
    use super::steady;

    #[test]
    fn ids_and_times_are_hidden_and_nothing_else() {
        assert_eq!(
            steady("denied (AccessDenied, HTTP 403, request 1B2C3D4E5F)\nhint: request more\n"),
            "denied (AccessDenied, HTTP 403, request ID)\nhint: request more\n"
        );
        assert_eq!(
            steady("2 files (4 bytes in 0.0 s), 1 in 4\n"),
            "2 files (4 bytes in T s), 1 in 4\n"
        );
    }
}
