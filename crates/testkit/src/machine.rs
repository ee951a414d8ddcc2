//! What this machine has, and what the person who runs the tests wants.

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::Endpoint;

/// True if `UPDATE` is set: write anew the documents that tests compare.
pub fn is_updating() -> bool {
    env::var_os("UPDATE").is_some()
}

/// The program of this name in PATH. Where there is none, the test is `not_tested`.
#[track_caller]
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        not_tested(&format!("{name} is not installed"));
    }
    found
}

/// Says on stderr, past the capture of test output, that a test could not be run here and why.
///
/// # Panics
/// If `TEST_ALL` is set, as `.ci/run` does where nothing should be missing: a test that did not happen has failed.
#[track_caller]
pub(crate) fn not_tested(why: &str) {
    let required = env::var_os("TEST_ALL").is_some();
    assert!(!required, "TEST_ALL is set, but {why}");
    announce(why);
}

/// Says the same of a test for which the real server under test lacks something, as that of this process never does.
///
/// # Panics
/// If the server is that of this process.
#[track_caller]
pub fn not_offered(endpoint: &Endpoint, why: &str) {
    assert!(!endpoint.is_local(), "{why}");
    announce(why);
}

fn announce(why: &str) {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    let _nobody_reads = writeln!(io::stderr(), "NOT TESTED: {name}: {why}");
}
