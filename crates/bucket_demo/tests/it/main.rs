//! Runs the real `bucket_demo` against S3 on this machine.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod check;
mod command_line;
mod interruption;
mod log_file;
mod on_any_server;
mod ownership;
mod preconditions;
mod single_steps;
mod tour;

use std::fs;
use std::path::Path;

use local_s3::Store;
use testkit::faults::FaultProxy;
use testkit::{Endpoint, Finished, Program};

/// A bucket that was there before.
const THERE: &str = "there-before";

/// The keys of the samples, in byte order.
const SAMPLES: [&str; 4] = ["response.json", "test.sql", "user.json", "user.sql"];

fn demo(endpoint: &Endpoint) -> Program {
    Program::new("bucket_demo").on(endpoint)
}

fn through(endpoint: &Endpoint, proxy: &FaultProxy) -> Program {
    Program::new("bucket_demo").envs(endpoint.settings_through(proxy))
}

/// A server with [`THERE`], and foreign keys in it, some of them hard to tell from ours.
fn with_foreign_keys() -> (Endpoint, Vec<(String, Vec<u8>)>) {
    let endpoint = Endpoint::local();
    let store = endpoint.server().store();
    store.create_bucket(THERE);
    for key in [
        "user.sql",
        "bucket_demo-/x",
        "bucket_demo-00000000/user.sql",
        "z",
    ] {
        store.put(THERE, key, format!("foreign {key}"));
    }
    let before = snapshot(&store, THERE);
    (endpoint, before)
}

/// Every key of a bucket with its bytes.
fn snapshot(store: &Store, bucket: &str) -> Vec<(String, Vec<u8>)> {
    let content = |key: String| {
        let bytes = store.read(bucket, &key).unwrap().to_vec();
        (key, bytes)
    };
    store.keys(bucket).into_iter().map(content).collect()
}

/// The log with what differs from run to run replaced.
fn log(home: &Path) -> Vec<String> {
    let text = fs::read_to_string(home.join("log/bucket.log")).unwrap();
    text.lines().map(masked).collect()
}

/// The action and status of every record, in order, but for those of single objects.
fn steps(home: &Path) -> Vec<String> {
    let of = |line: &String, name: &str| {
        let value = line.split_once(&format!(" {name}=")).unwrap().1;
        value.split(' ').next().unwrap().to_owned()
    };
    log(home)
        .iter()
        .map(|line| format!("{} {}", of(line, "action"), of(line, "status")))
        .filter(|step| !step.contains("_object "))
        .collect()
}

/// A line with the run id, times, ports and request ids replaced.
fn masked(line: &str) -> String {
    let mut line = line.to_owned();
    if line.get(4..5) == Some("-") && line.get(10..11) == Some(" ") {
        line.replace_range(..25, "TIME");
    }
    for (before, length, shown) in [
        ("bucket-demo-", 8, "RUN-ID"),
        ("bucket_demo-", 8, "RUN-ID"),
        ("run=", 8, "RUN-ID"),
        ("request ", 16, "REQUEST"),
    ] {
        let mut from = 0;
        while let Some(at) = line[from..].find(before) {
            let start = from + at + before.len();
            let hex = line.get(start..start + length);
            if hex.is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())) {
                line.replace_range(start..start + length, shown);
            }
            from = start;
        }
    }
    for (before, shown) in [
        ("127.0.0.1:", "PORT"),
        (" seconds=", "SECONDS"),
        (" in ", "SECONDS"),
    ] {
        let mut from = 0;
        while let Some(at) = line[from..].find(before) {
            let start = from + at + before.len();
            let rest = &line[start..];
            let length = rest.len()
                - rest
                    .trim_start_matches(|c: char| c.is_ascii_digit() || c == '.')
                    .len();
            if length > 0 {
                line.replace_range(start..start + length, shown);
            }
            from = start;
        }
    }
    line
}

/// stdout with what differs replaced; the seconds of a step stand before ` s`.
fn screen(ended: &Finished) -> String {
    let mut text = String::new();
    for line in ended.stdout_text().lines() {
        let mut line = masked(line);
        if line.starts_with("  ✓") || line.starts_with("  ✗") {
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = words.iter().position(|word| *word == "s").unwrap();
            line = [&words[..at - 1], &words[at + 1..]].concat().join(" ");
        }
        text += &line;
        text.push('\n');
    }
    text
}

/// stderr with what differs replaced.
fn said(ended: &Finished) -> String {
    let lines = ended.stderr_text();
    lines.lines().map(|line| masked(line) + "\n").collect()
}
