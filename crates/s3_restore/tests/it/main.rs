//! Runs the real `s3_restore` against S3 on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod archives;
mod command_line;
mod directories;
mod failures;
mod history_file;
mod names;
mod prompt;
mod terminal;
mod versions;

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use local_s3::Versioning;
use testkit::{Endpoint, Finished, Program};

/// The bucket of a test.
const BUCKET: &str = "kept";

/// When the first version of a test is written: some time ago, so that `--at` has a past.
const BEGAN: u64 = 1_700_000_000;

/// The program with the settings of this server, restoring from [`BUCKET`].
fn restore(endpoint: &Endpoint) -> Program {
    Program::new("s3_restore")
        .on(endpoint)
        .env("RESTORE_BUCKET", BUCKET)
}

/// A server with a bucket that keeps versions, at [`BEGAN`].
fn versioned() -> Endpoint {
    let endpoint = Endpoint::local();
    let store = endpoint.server().store();
    store.set_versioning(BUCKET, Versioning::Enabled);
    store.set_time(UNIX_EPOCH + Duration::from_secs(BEGAN));
    endpoint
}

/// A server with a bucket that keeps no versions.
fn plain() -> Endpoint {
    let endpoint = Endpoint::local();
    endpoint.server().store().create_bucket(BUCKET);
    endpoint
}

/// RFC 3339 of so many seconds after [`BEGAN`].
fn after(seconds: i64) -> String {
    let began = i64::try_from(BEGAN).unwrap();
    jiff::Timestamp::from_second(began + seconds)
        .unwrap()
        .to_string()
}

/// Lets time pass at the server.
fn pass(endpoint: &Endpoint, seconds: u64) {
    endpoint
        .server()
        .store()
        .advance(Duration::from_secs(seconds));
}

fn content(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path).unwrap()
}

/// stderr with what differs from run to run replaced: durations and rates, ids.
fn said(ended: &Finished) -> String {
    let mut text = String::new();
    for line in ended.stderr_text().lines() {
        let mut line = line.to_owned();
        for (before, end, shown) in [
            (" in ", " s (", "TIME"),
            (" s (", "/s)", "RATE"),
            (", version ", ",", "ID"),
            (", request ", ")", "REQUEST"),
        ] {
            if let Some((head, rest)) = line.split_once(before)
                && let Some((_, tail)) = rest.split_once(end)
            {
                line = format!("{head}{before}{shown}{end}{tail}");
            }
        }
        text += &line;
        text.push('\n');
    }
    text
}
