//! The log: one structured record a line, appended, without secrets.

use std::fs;

use testkit::Endpoint;

use crate::{demo, log};

#[test]
fn every_step_is_logged_twice_with_place_run_id_and_time() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint)
        .args(["--upload", "0", "--download", "0"])
        .run();
    ended.success();
    assert_eq!(
        log(ended.home())[..6],
        [
            "TIME INFO  bucket_demo::create   run=RUN-ID action=bucket_create status=run bucket=bucket-demo-RUN-ID",
            "TIME INFO  bucket_demo::create   run=RUN-ID action=bucket_create status=200 bucket=bucket-demo-RUN-ID seconds=SECONDS location_constraint=none",
            "TIME INFO  bucket_demo::delete   run=RUN-ID action=delete status=run bucket=bucket-demo-RUN-ID",
            "TIME INFO  bucket_demo::delete   run=RUN-ID action=delete status=204 bucket=bucket-demo-RUN-ID seconds=SECONDS objects=0",
            "TIME INFO  bucket_demo::remove   run=RUN-ID action=bucket_delete status=run bucket=bucket-demo-RUN-ID",
            "TIME INFO  bucket_demo::remove   run=RUN-ID action=bucket_delete status=204 bucket=bucket-demo-RUN-ID seconds=SECONDS",
        ]
    );
}

#[test]
fn as_json_it_is_what_json_prints() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint)
        .args(["--log-format", "json", "--json", "--log-file", "tour.jsonl"])
        .env("LOGFILE_PATH", "logs/here")
        .run();
    ended.success();
    let file = fs::read_to_string(ended.home().join("logs/here/tour.jsonl")).unwrap();
    let stdout = ended.stdout_text();
    let (records, summary) = stdout.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(file.trim_end(), records);
    assert!(summary.starts_with("{\"summary\":"));
    let first = &ended.json_lines()[0];
    assert_eq!(first["module"], "bucket_demo::create");
    assert!(first["time"].as_str().unwrap().ends_with('Z'));
}

#[test]
fn a_secret_is_in_no_record_and_in_no_output_at_any_level() {
    let endpoint = Endpoint::local();
    let secret = &endpoint.s3().secret_key;
    for extra in [&["-vv"][..], &["-vv", "--json", "--log-format", "json"]] {
        let ended = demo(&endpoint).args(extra).env("RUST_LOG", "trace").run();
        ended.success().nowhere(secret);
        let text = fs::read_to_string(ended.home().join("log/bucket.log")).unwrap();
        assert!(!text.contains(secret.as_str()));
    }
}

#[test]
fn a_log_that_cannot_be_written_to_ends_the_run_before_it_begins() {
    let endpoint = Endpoint::local();
    let program = demo(&endpoint);
    fs::write(program.home().join("log"), "").unwrap();
    let ended = program.run();
    ended.code(8);
    ended.told(
        "bucket_demo: cannot write to log/bucket.log: file exists\n\
         hint: LOGFILE_PATH and --log-dir name another directory for the log\n",
    );
    assert!(endpoint.server().requests().is_empty());
}
