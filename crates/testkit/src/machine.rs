//! The tools on this machine, and the switches for a test run.

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::Endpoint;

/// Whether `UPDATE` is set: then tests write the documents instead of comparing them.
pub fn is_updating() -> bool {
    env::var_os("UPDATE").is_some()
}

/// The program of this name in PATH. If there is none, calls `not_tested`.
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

/// Prints on stderr why a test could not run here, even if the output of tests is captured.
///
/// # Panics
/// If `TEST_ALL` is set, as `.ci/run` does: then every test must run.
#[track_caller]
pub(crate) fn not_tested(why: &str) {
    let required = env::var_os("TEST_ALL").is_some();
    assert!(!required, "TEST_ALL is set, but {why}");
    announce(why);
}

/// Prints why a test could not run on a real server, which lacks something.
///
/// # Panics
/// If the server is `local_s3`, which must lack nothing.
#[track_caller]
pub fn not_offered(endpoint: &Endpoint, why: &str) {
    assert!(!endpoint.is_local(), "{why}");
    announce(why);
}

fn announce(why: &str) {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    let _nobody_reads = writeln!(io::stderr(), "NOT TESTED: {name}: {why}");
}
