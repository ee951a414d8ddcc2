//! Long listings: many requests at a time, one output.

use std::sync::atomic::{AtomicU32, Ordering};

use testkit::faults::{Action, Canned, Plan};
use testkit::{Endpoint, Program};

use crate::lister;

/// A bucket with 30 pages.
fn thirty_pages() -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let store = endpoint.server().store();
    for number in 0..29_500 {
        let name = ["a/{}", "b/\u{e9}{}", "b/\u{10000}/{}", "c{}"][number / 100 % 4];
        store.put(&bucket, &name.replace("{}", &format!("{number:06}")), "");
    }
    (endpoint, bucket)
}

#[test]
fn one_and_64_requests_at_a_time_list_the_same_with_a_fifth_more_of_them_at_most() {
    let (endpoint, bucket) = thirty_pages();
    let list = |jobs: &str| {
        endpoint.server().clear_requests();
        let ended = lister(&endpoint)
            .args(["-r", "--json", "--list-jobs", jobs, &bucket])
            .run();
        ended.success().stderr("");
        (ended.stdout_text(), endpoint.server().requests().len())
    };
    let (one_by_one, pages) = list("1");
    assert_eq!(pages, 30);
    assert_eq!(one_by_one.lines().count(), 29_501);
    for jobs in ["4", "64"] {
        let (listed, requests) = list(jobs);
        assert!(listed == one_by_one, "{jobs}");
        assert!(requests <= 36, "{requests} requests with {jobs} jobs");
    }
}

#[test]
fn a_short_listing_costs_no_request_more() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for number in 0..2500 {
        let key = format!("{number:04}");
        endpoint.server().store().put(&bucket, &key, "");
    }
    endpoint.server().clear_requests();
    lister(&endpoint).args(["-r", &bucket]).run().success();
    assert_eq!(endpoint.server().requests().len(), 3);
}

#[test]
fn a_listing_that_breaks_off_far_behind_is_an_error_at_its_place() {
    let (endpoint, bucket) = thirty_pages();
    let answered = AtomicU32::new(0);
    let proxy = endpoint.behind(Plan::new(1).script(move |_, _| {
        let number = answered.fetch_add(1, Ordering::Relaxed);
        (number > 20).then(|| Action::Respond(Canned::error(500, "InternalError", "sorry")))
    }));
    let ended = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["-r", "--json", "--max-attempts=1", &bucket])
        .run();
    ended
        .code(7)
        .stderr_has(&format!("do_bucket_list: cannot list s3://{bucket}/: "));
    let lines = ended.json_lines();
    let keys: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["Key"].as_str())
        .collect();
    assert!(keys.len() >= 5000 && keys.len() < 29_500);
    assert!(keys.is_sorted_by(|a, b| a < b));
    assert_eq!(lines[lines.len() - 1]["summary"]["objects"], keys.len());
}

#[test]
fn a_listing_out_of_order_is_whole_and_warned_of_once() {
    let endpoint = Endpoint::local();
    let page = |keys: [&str; 2], next: Option<&str>| {
        let contents =
            keys.map(|key| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>"));
        let more = next.map_or_else(String::new, |token| {
            format!("<NextContinuationToken>{token}</NextContinuationToken>")
        });
        format!(
            "<ListBucketResult><KeyCount>2</KeyCount><IsTruncated>{}</IsTruncated>{more}{}</ListBucketResult>",
            next.is_some(),
            contents.concat()
        )
    };
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        let body = if request.query.contains("continuation-token=two") {
            page(["b", "a"], Some("three"))
        } else if request.query.contains("continuation-token=three") {
            page(["a", "d"], None)
        } else {
            page(["B", "c"], Some("two"))
        };
        Some(Action::Respond(Canned::new(200, body)))
    }));
    let ended = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["-r", "--json", "photos"])
        .run();
    ended.success().stderr(
        "do_bucket_list: warning: the listing of s3://photos/ is not in byte order: \
         it continues page by page, unsorted\n",
    );
    let lines = ended.json_lines();
    let keys: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["Key"].as_str())
        .collect();
    assert_eq!(keys, ["B", "c", "b", "a", "a", "d"]);
}

#[test]
fn no_requests_at_a_time_and_too_many_are_wrong_use() {
    for jobs in ["0", "65", "many"] {
        Program::new("do_bucket_list")
            .args(["--list-jobs", jobs, "photos"])
            .run()
            .code(2)
            .stderr_has(&format!("`{jobs}` is not a number from 1 to 64"));
    }
}
