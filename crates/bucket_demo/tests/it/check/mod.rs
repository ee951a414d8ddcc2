//! `--check`: measured in a bucket of its own, which is gone afterwards, whatever happens.

mod faults;

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::{Endpoint, Finished, Program, Signal, wait_for};

use crate::{THERE, demo, snapshot, with_foreign_keys};

/// What was found, by the name of the capability: `yes: 403 AccessDenied`.
fn found(ended: &Finished) -> BTreeMap<String, String> {
    let lines = ended.json_lines();
    let capabilities = lines.iter().filter(|line| line["capability"].is_string());
    capabilities
        .map(|line| (text(line, "capability"), finding(line)))
        .collect()
}

fn text(line: &Value, name: &str) -> String {
    line[name].as_str().unwrap().to_owned()
}

fn finding(line: &Value) -> String {
    match text(line, "detail").as_str() {
        "" => text(line, "found"),
        detail => format!("{}: {detail}", text(line, "found")),
    }
}

/// The buckets that are there.
fn buckets(endpoint: &Endpoint) -> Vec<String> {
    let response = endpoint.s3().send("GET", "/", &[], &[], b"").unwrap().ok();
    let text = response.text();
    let names = text.split("<Name>").skip(1);
    names
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}

fn checked(program: Program) -> Finished {
    program.args(["--check", "--json"]).run()
}

#[test]
fn a_check_tells_what_the_endpoint_can_do_and_leaves_nothing() {
    let (endpoint, before) = with_foreign_keys();
    let ended = demo(&endpoint).arg("--check").run();
    ended
        .success()
        .stdout_has("    a wrong secret is refused (403 SignatureDoesNotMatch)\n")
        .stdout_has(
            "  uploads are proved by      the SHA-256 of every request, which the service\n",
        )
        .stdout_has(" are as on AWS (");
    let store = endpoint.server().store();
    assert_eq!(buckets(&endpoint), [THERE]);
    assert_eq!(snapshot(&store, THERE), before);
}

#[test]
fn a_check_touches_no_bucket_but_its_own() {
    let (endpoint, _) = with_foreign_keys();
    checked(demo(&endpoint).env("BUCKET_NAME", THERE)).success();
    for request in endpoint.server().requests() {
        let bucket = request
            .path
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap()
            .to_owned();
        assert!(
            bucket.is_empty() || bucket.starts_with("bucket-demo-"),
            "{request:?}"
        );
        let query = request.query.clone();
        let bare = !query.is_empty() && !query.contains("uploadId") && !query.contains("versionId");
        assert!(request.method != "DELETE" || !bare, "{request:?}");
    }
}

#[test]
fn the_last_line_of_the_json_counts_what_was_found() {
    let endpoint = Endpoint::local();
    let ended = checked(demo(&endpoint));
    ended.success();
    let lines = ended.json_lines();
    let summary = &lines.last().unwrap()["summary"];
    assert_eq!(summary["capabilities"], found(&ended).len());
    assert_eq!(summary["unknown"], 0);
    // All but those that make the bucket, empty it and remove it.
    let asked = summary["requests"].as_u64().unwrap();
    let seen = endpoint.server().requests().len() as u64;
    assert!((asked + 3..asked + 20).contains(&seen), "{asked} of {seen}");
}

#[test]
fn a_check_takes_no_flags_of_the_tour() {
    let endpoint = Endpoint::local();
    for flags in [
        ["--bucket-name", "mine"],
        ["--upload", "0"],
        ["--data", "."],
        ["--tmp", "."],
        ["--log-dir", "."],
        ["--log-file", "x"],
        ["--log-format", "json"],
        ["--part-size", "8MiB"],
    ] {
        let ended = demo(&endpoint).arg("--check").args(flags).run();
        ended.code(2).stderr_has(flags[0]);
    }
    assert_eq!(endpoint.server().requests().len(), 0);
}

#[test]
fn an_endpoint_that_refuses_the_key_is_exit_5() {
    let endpoint = Endpoint::local();
    let program = demo(&endpoint).env("AWS_SECRET_ACCESS_KEY", "wrong");
    program.arg("--check").run().code(5);
}

#[test]
fn an_interrupted_check_leaves_no_bucket() {
    let (endpoint, before) = with_foreign_keys();
    // At the beginning, among the keys and parts, and near the end.
    for requests in [3, 40, 100] {
        let begun = endpoint.server().requests().len();
        let running = demo(&endpoint).arg("--check").start();
        wait_for("that many requests", || {
            endpoint.server().requests().len() >= begun + requests
        });
        running.signal(Signal::INT);
        let ended = running.wait();
        assert_eq!(ended.signal(), Some(2));
        assert_eq!(buckets(&endpoint), [THERE], "after {requests} requests");
    }
    assert_eq!(snapshot(&endpoint.server().store(), THERE), before);
}
