//! The buckets.

use serde_json::json;
use testkit::Endpoint;

use crate::{lister, without_times};

#[test]
fn the_buckets_are_listed_with_the_time_of_their_creation() {
    let endpoint = Endpoint::local();
    for bucket in ["second", "first"] {
        endpoint.server().store().create_bucket(bucket);
    }
    let ended = lister(&endpoint).run();
    ended.success().stderr("");
    assert_eq!(without_times(&ended.stdout_text()), ["  first", "  second"]);
    let mut lines = lister(&endpoint).arg("--json").run().success().json_lines();
    assert_eq!(lines[0]["Name"], "first");
    assert!(
        lines[0]["CreationDate"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z')),
        "{lines:?}"
    );
    assert_eq!(
        lines.pop().unwrap(),
        json!({ "summary": { "exit_code": 0, "buckets": 2 } })
    );
}

#[test]
fn no_buckets_is_no_failure() {
    let endpoint = Endpoint::local();
    lister(&endpoint)
        .run()
        .success()
        .stdout("")
        .stderr("do_bucket_list: there are no buckets\n");
}

#[test]
fn a_bucket_is_named_by_the_argument_alone() {
    let endpoint = Endpoint::local();
    endpoint.server().store().create_bucket("named");
    let ended = lister(&endpoint)
        .env("SOURCE_BUCKET", "other")
        .env("TARGET_BUCKET", "other")
        .run();
    assert_eq!(without_times(&ended.success().stdout_text()), ["  named"]);
}
