//! With `--json`, stdout ends in a summary with the exit code and the error, however the run ends.

use serde_json::{Value, json};
use testkit::faults::{Fault, Operation, Plan};
use testkit::{Endpoint, Finished, Program, Signal, wait_for};

use crate::through;

/// Each program, with words that make it send requests about a bucket that does not exist.
const PROGRAMS: [(&str, &[&str]); 5] = [
    ("do_bucket_list", &["not-mine"]),
    ("do_bucket_download", &["s3://not-mine/d", "there"]),
    ("do_bucket_upload", &["here", "s3://not-mine/d"]),
    ("s3_restore", &["--bucket", "not-mine", "-c", "out/", "k"]),
    (
        "bucket_demo",
        &[
            "--bucket-create=0",
            "--bucket-delete=0",
            "--bucket-name=not-mine",
        ],
    ),
];

fn last_summary(ended: &Finished) -> Value {
    let mut lines = ended.json_lines();
    let summaries = lines.iter().filter(|line| !line["summary"].is_null());
    assert_eq!(summaries.count(), 1, "{ended:?}");
    lines.pop().unwrap()["summary"].take()
}

/// The last line is a summary with the exit code and an error of this code.
fn ends_in(ended: &Finished, exit_code: i32, code: &str) -> Value {
    ended.code(exit_code);
    let summary = last_summary(ended);
    assert_eq!(summary["exit_code"], exit_code, "{ended:?}");
    let error = &summary["error"];
    assert_eq!(error["code"], code, "{ended:?}");
    let message = error["message"].as_str().unwrap();
    assert!(ended.stderr_text().contains(message), "{ended:?}");
    summary
}

fn in_place(program: &str) -> Program {
    let program = Program::new(program);
    std::fs::create_dir(program.home().join("here")).unwrap();
    std::fs::write(program.home().join("here/a"), "a").unwrap();
    let home = program.home().to_owned();
    program.current_dir(home).arg("--json")
}

#[test]
fn a_wrong_command_line_ends_in_a_summary() {
    for (name, _) in PROGRAMS {
        let ended = in_place(name).arg("--nonsense").run();
        let summary = ends_in(&ended, 2, "Usage");
        let hint = format!("run `{name} --help` to see what it takes");
        assert_eq!(summary["error"]["hint"], hint);
    }
    let ended = in_place("do_bucket_list")
        .args(["--versions", "--uploads", "b"])
        .run();
    ends_in(&ended, 2, "Usage");
    // What follows `--` is no flag.
    let ended = Program::new("do_bucket_list")
        .args(["--nonsense", "--", "--json"])
        .run();
    ended.code(2).stdout("");
}

#[test]
fn missing_settings_and_credentials_end_in_a_summary() {
    for (name, words) in PROGRAMS {
        ends_in(&in_place(name).args(words).run(), 3, "Settings");
        let endpoint = ("ENDPOINT_URL", "no-scheme.example.com");
        let ended = in_place(name).env(endpoint.0, endpoint.1).args(words).run();
        ends_in(&ended, 3, "Settings");
    }
}

#[test]
fn a_bucket_that_is_not_there_and_a_refusal_end_in_a_summary() {
    let endpoint = Endpoint::local();
    for (name, words) in PROGRAMS {
        let program = in_place(name).envs(endpoint.settings()).args(words);
        // The steps of bucket_demo only keep the text of an error.
        let code = match name {
            "bucket_demo" => "NotThere",
            _ => "NoSuchBucket",
        };
        ends_in(&program.clone().run(), 4, code);
        let refused = program.env("AWS_SECRET_ACCESS_KEY", "wrong").run();
        let code = match name {
            "bucket_demo" => "Denied",
            _ => "SignatureDoesNotMatch",
        };
        ends_in(&refused, 5, code);
    }
}

#[test]
fn the_error_names_its_subject() {
    let endpoint = Endpoint::local();
    let program = in_place("do_bucket_list").envs(endpoint.settings());
    let summary = ends_in(&program.arg("not-mine").run(), 4, "NoSuchBucket");
    assert_eq!(summary["error"]["subject"], "s3://not-mine/");
    assert_eq!(summary["objects"], 0);
}

#[test]
fn some_failures_of_many_are_told_by_the_error_too() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let store = endpoint.server().store();
    store.put(&bucket, "d/a", &b"a"[..]);
    store.put(&bucket, "d/../b", &b"b"[..]);
    let program = in_place("do_bucket_download").envs(endpoint.settings());
    let ended = program
        .args([format!("s3://{bucket}/d"), "there".into()])
        .run();
    let summary = ends_in(&ended, 1, "Failed");
    assert_eq!(summary["moved_files"], 1);
}

#[test]
fn a_signal_ends_in_a_summary_and_is_answered_at_once() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint
        .server()
        .store()
        .put(&bucket, "d/k", vec![0; 100_000]);
    for (operation, words) in [
        (
            Operation::Listing,
            vec!["do_bucket_list".to_owned(), bucket.clone()],
        ),
        (
            Operation::Download,
            vec![
                "do_bucket_download".into(),
                format!("s3://{bucket}/d"),
                "there".into(),
            ],
        ),
    ] {
        let plan = Plan::new(1).script(move |request, _| {
            let stalls = request.operation == operation;
            stalls.then_some(testkit::faults::Action::Fault(Fault::Stall))
        });
        let proxy = endpoint.behind(plan);
        let program = through(&words[0], &endpoint, &proxy)
            .args(&words[1..])
            .arg("--json");
        let home = program.home().to_owned();
        let running = program.current_dir(home).start();
        wait_for("a request", || proxy.hits(Fault::Stall) > 0);
        running.signal(Signal::INT);
        let ended = running.wait();
        assert_eq!(ended.signal(), Some(2));
        let name = &words[0];
        assert!(
            ended
                .stderr_text()
                .starts_with(&format!("{name}: stopping ...; Ctrl-C again quits now\n")),
            "{ended:?}"
        );
        let summary = last_summary(&ended);
        assert_eq!(summary["exit_code"], 130);
        assert_eq!(
            summary["error"],
            json!({"code": "Interrupted", "message": "interrupted by a signal", "hint": null})
        );
    }
}

#[test]
fn each_retry_is_a_line_with_its_reason_if_asked_for() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "d/k", vec![0; 100]);
    let plan = || Plan::new(1).rate(Fault::SlowDown, 100.0).most_per_target(2);
    let named = |text: &str, what: &str| {
        let (before, after) = text.split_once(" in ").unwrap();
        assert!(after.ends_with(" s"), "{text}");
        assert_eq!(before, what);
    };
    let proxy = endpoint.behind(plan());
    let list = || through("do_bucket_list", &endpoint, &proxy).arg(format!("{bucket}/d/"));
    let ended = list().arg("-v").run();
    let stderr = ended.success().stderr_text();
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{ended:?}");
    for (line, attempt) in lines.iter().zip([2, 3]) {
        let what = format!(
            "do_bucket_list: s3://{bucket}/d/: SlowDown, HTTP 503; attempt {attempt} of 10"
        );
        named(line, &what);
    }
    let proxy = endpoint.behind(plan());
    let place = format!("s3://{bucket}/d");
    let download = || through("do_bucket_download", &endpoint, &proxy).args([&place, "there"]);
    let ended = download().arg("-v").run();
    let subject =
        format!("do_bucket_download: s3://{bucket}/d/k: SlowDown, HTTP 503; attempt 2 of 10");
    assert!(
        ended.success().stderr_text().contains(&subject),
        "{ended:?}"
    );
    let proxy = endpoint.behind(plan());
    let quiet = through("do_bucket_list", &endpoint, &proxy).arg(format!("{bucket}/d/"));
    quiet.run().success().stderr("");
}
