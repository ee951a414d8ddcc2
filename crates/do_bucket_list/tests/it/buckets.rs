//! The buckets.

use serde_json::json;
use testkit::Endpoint;
use testkit::faults::{Action, Canned, Plan};

use crate::{lister, without_times};

#[test]
fn the_buckets_are_listed_with_the_time_of_their_creation() {
    let endpoint = Endpoint::local();
    for bucket in ["second", "first"] {
        endpoint.server().store().create_bucket(bucket);
    }
    let ended = lister(&endpoint).run();
    ended.success().stderr("");
    assert_eq!(
        without_times(&ended.stdout_text()),
        ["  us-east-1  first", "  us-east-1  second"]
    );
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
    assert_eq!(
        without_times(&ended.success().stdout_text()),
        ["  us-east-1  named"]
    );
}

/// A list of buckets, as a service gives it that is asked for no pages.
fn document(names: &[&str], rest: &str) -> String {
    let buckets: String = names
        .iter()
        .map(|name| {
            format!(
                "<Bucket><Name>{name}</Name>\
                 <CreationDate>2024-05-01T12:03:09.000Z</CreationDate></Bucket>"
            )
        })
        .collect();
    format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets>{rest}</ListAllMyBucketsResult>")
}

#[test]
fn more_than_a_thousand_buckets_are_read_page_by_page() {
    let endpoint = Endpoint::local();
    for number in 0..2001 {
        let name = format!("bucket-{number:04}");
        endpoint.server().store().create_bucket(&name);
    }
    let ended = lister(&endpoint).args(["--json"]).run();
    let lines = ended.success().json_lines();
    assert_eq!(lines.len(), 2002);
    assert_eq!(lines[0]["Name"], "bucket-0000");
    assert_eq!(lines[0]["BucketRegion"], "us-east-1");
    assert_eq!(lines[2000]["Name"], "bucket-2000");
    assert_eq!(lines[2001]["summary"]["buckets"], 2001);
    let requests = endpoint.server().requests();
    assert_eq!(requests.len(), 3, "{requests:?}");
}

#[test]
fn a_list_of_buckets_that_breaks_off_is_an_error_and_no_short_list() {
    let endpoint = Endpoint::local();
    for number in 0..1001 {
        let name = format!("bucket-{number:04}");
        endpoint.server().store().create_bucket(&name);
    }
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let second = request.has_param("continuation-token");
        second.then(|| Action::Respond(Canned::error(500, "InternalError", "we are sorry")))
    }));
    let ended = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["--json", "--max-attempts=2"])
        .run();
    let lines = ended.json_lines();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["summary"]["buckets"], 0);
    assert_eq!(lines[0]["summary"]["exit_code"], 7);
    ended.code(7).told(
        "do_bucket_list: cannot list the buckets: the service failed (InternalError, HTTP 500, \
             request ID)\n",
    );
}

#[test]
fn a_service_that_refuses_pages_is_asked_without() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        Some(Action::Respond(if request.has_param("max-buckets") {
            Canned::error(400, "InvalidArgument", "what is max-buckets?")
        } else {
            Canned::new(200, document(&["first", "second"], ""))
        }))
    }));
    let program = lister(&endpoint).envs(endpoint.settings_through(&proxy));
    // A service that names no region has no column of regions.
    program.run().success().stderr("").stdout(
        "2024-05-01 12:03:09+00:00  first\n\
         2024-05-01 12:03:09+00:00  second\n",
    );
    assert_eq!(proxy.requests().len(), 2);
}

#[test]
fn a_service_that_ignores_pages_gives_all_at_once() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|_, _| {
        let names: Vec<String> = (0..1500).map(|number| format!("b-{number:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        Some(Action::Respond(Canned::new(200, document(&names, ""))))
    }));
    let ended = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .arg("--summary")
        .run();
    ended.success().stdout_has("\n1500 buckets\n");
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn names_alone_are_ended_by_nul() {
    let endpoint = Endpoint::local();
    for bucket in ["second", "first"] {
        endpoint.server().store().create_bucket(bucket);
    }
    let ended = lister(&endpoint).arg("-0").run();
    ended.success().stderr("").stdout("first\0second\0");
}
