//! How long tests wait, and what they do where they cannot be run.

use std::env;
use std::io::{self, Write as _};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Ten times what a program is given to end after a signal, so that a busy machine changes nothing, and less than any
/// wait of its own that it might fall into instead.
pub const SOON: Duration = Duration::from_secs(20);

/// Waits until something is seen.
///
/// # Panics
/// If it is not seen within a minute.
#[track_caller]
pub fn wait_for(what: &str, mut seen: impl FnMut() -> bool) {
    let began = Instant::now();
    while !seen() {
        let waited = began.elapsed();
        assert!(waited < Duration::from_secs(60), "never seen: {what}");
        sleep(Duration::from_millis(10));
    }
}

/// Says on stderr, past the capture of test output, that a test could not be run here and why.
///
/// # Panics
/// If `TEST_ALL` is set, as `.ci/run` does where nothing should be missing: a test that did not happen has failed.
#[track_caller]
pub(crate) fn not_tested(why: &str) {
    let required = env::var_os("TEST_ALL").is_some();
    assert!(!required, "TEST_ALL is set, but {why}");
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    let _nobody_reads = writeln!(io::stderr(), "NOT TESTED: {name}: {why}");
}
