//! The history file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::{BUCKET, plain, restore};

#[test]
fn success_and_failure_are_noted_in_a_file_that_only_its_owner_reads() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"content");
    let program = restore(&endpoint).args(["-c", "out/"]);
    let home = program.home().to_owned();
    program.clone().arg("a").run().success();
    program.clone().arg("missing").run().code(4);
    let path = home.join(".local/state/s3_restore/history.jsonl");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    let restored = &lines[0];
    assert_eq!(restored["outcome"], "restored");
    assert_eq!(restored["Bucket"], BUCKET);
    assert_eq!(restored["Key"], "a");
    assert_eq!(restored["endpoint"], endpoint.url());
    assert_eq!(restored["path"], "out/a");
    assert_eq!(restored["Size"], 7);
    assert_eq!(restored["proof"], "MD5");
    for name in ["executed_at", "restored_at"] {
        let time: jiff::Timestamp = restored[name].as_str().unwrap().parse().unwrap();
        assert!(time <= jiff::Timestamp::now());
    }
    assert!(restored["duration_seconds"].as_f64().unwrap() >= 0.0);
    assert_eq!(lines[1]["outcome"], "failed");
    assert_eq!(
        lines[1]["error"],
        "cannot restore s3://kept/missing: there is no such object"
    );
    let shown = testkit::Program::new("s3_restore")
        .env("HOME", &home)
        .arg("--history")
        .run();
    shown
        .success()
        .stderr("")
        .stdout_has("  restored          7 bytes  ")
        .stdout_has("  s3://kept/a -> out/a  MD5\n")
        .stdout_has("  s3://kept/missing -> out/missing: there is no such object\n");
}

#[test]
fn a_history_that_cannot_be_written_is_a_warning_and_the_restore_goes_on() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"content");
    let program = restore(&endpoint)
        .env("RESTORE_HISTORY", "/proc/none/history")
        .args(["-c", "b", "a"]);
    let ended = program.clone().run();
    ended.success().stderr_has(
        "s3_restore: warning: no history is written to /proc/none/history: no such file or directory\n",
    );
}

#[test]
fn a_history_that_cannot_be_read_is_exit_3_and_one_that_was_never_written_is_empty() {
    let shown = testkit::Program::new("s3_restore").args(["--history"]);
    shown
        .clone()
        .run()
        .success()
        .stdout("")
        .stderr("s3_restore: the history is empty\n");
    shown.env("RESTORE_HISTORY", "/").run().code(3).stderr(
        "s3_restore: cannot start: the history / cannot be read: is a directory\n\
         hint: set RESTORE_HISTORY to another file\n",
    );
}

#[test]
fn a_torn_line_is_passed_over_and_swallows_no_other() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"content");
    let program = restore(&endpoint)
        .env("RESTORE_HISTORY", "history")
        .args(["-c", "out/", "a"]);
    let home = program.home().to_owned();
    fs::write(home.join("history"), "{\"Bucket\":\"to").unwrap();
    program.clone().run().success();
    let shown = testkit::Program::new("s3_restore").env("RESTORE_HISTORY", home.join("history"));
    let shown = shown.args(["--history", "--json"]).run();
    shown
        .success()
        .stdout_has("\"outcome\":\"restored\"")
        .stdout_has("{\"summary\":{\"exit_code\":0,\"restores\":1}}\n");
    shown.stderr_has("history: line 1 is no entry of a history\n");
}
