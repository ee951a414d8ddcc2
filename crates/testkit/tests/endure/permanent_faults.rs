//! One fault on every request that it fits: the run ends, in time, with the right exit code, and
//! nothing stands under a name that it does not deserve.
//!
//! Attempts and silence are cut down: with the defaults each of these takes up to two and a half
//! minutes.

use std::thread;

use testkit::faults::{Fault, Plan};
use testkit::tree::{files, fill, noise, write};
use testkit::{Endpoint, Finished};

use crate::through;

const IMPATIENT: [&str; 4] = ["--max-attempts", "4", "--read-timeout", "5"];

/// A fault, the exit code that it leads to, and what the user reads.
type Case = (Fault, i32, &'static str);

#[track_caller]
fn assert_ended(case: Case, ended: &Finished) {
    let (fault, code, words) = case;
    if ended.exit_code() != code || !ended.stderr_text().contains(words) {
        ended.fail(&format!(
            "{fault:?} should end with exit code {code} and: {words}"
        ));
    }
}

#[test]
fn a_download_ends_with_the_right_exit_code_and_without_a_file() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let store = endpoint.server().store();
    for number in 0..40 {
        let body = noise(1000 + number * 500, number as u64);
        store.put(&bucket, &format!("d/{number:02}"), body);
    }
    store.put(&bucket, "d/large", noise(9 << 20, 1));
    let silent = "was silent for 5 s";
    let cases: [Case; 9] = [
        (
            Fault::SlowDown,
            7,
            "the service is too busy (SlowDown, HTTP 503",
        ),
        (
            Fault::InternalError,
            7,
            "the service failed (InternalError, HTTP 500",
        ),
        (Fault::Reset, 7, "connection reset by 127.0.0.1"),
        (
            Fault::Truncated,
            7,
            "closed the connection in the middle of its response",
        ),
        (Fault::TruncatedUnframed, 7, "ended after"),
        (Fault::FlippedDown, 6, "in the copy, which was removed"),
        (
            Fault::HtmlListing,
            3,
            "the response is a web page, not a response of S3",
        ),
        (Fault::CutListing, 7, "cut off"),
        (Fault::Stall, 7, silent),
    ];
    thread::scope(|scope| {
        for case in cases {
            let (endpoint, bucket) = (&endpoint, &bucket);
            scope.spawn(move || {
                let there = tempfile::tempdir().unwrap();
                let proxy = endpoint.behind(Plan::new(4).rate(case.0, 100.0));
                let ended = through("do_bucket_download", endpoint, &proxy)
                    .args(["--part-size", "5M"])
                    .args(IMPATIENT)
                    .arg(format!("s3://{bucket}/d"))
                    .arg(there.path())
                    .run();
                assert_ended(case, &ended);
                assert_eq!(files(there.path()), Vec::<String>::new(), "{:?}", case.0);
            });
        }
    });
}

#[test]
fn an_upload_ends_with_the_right_exit_code_and_without_an_object() {
    let endpoint = Endpoint::local();
    let here = tempfile::tempdir().unwrap();
    fill(here.path(), 60, 20_000, 2);
    write(here.path(), "middle", noise(9 << 20, 1));
    let cases: [Case; 7] = [
        (
            Fault::SlowDown,
            7,
            "the service is too busy (SlowDown, HTTP 503",
        ),
        (
            Fault::InternalError,
            7,
            "the service failed (InternalError, HTTP 500",
        ),
        (Fault::Reset, 7, "connection reset by 127.0.0.1"),
        (
            Fault::FlippedUp,
            6,
            "the service received different bytes than were sent",
        ),
        (
            Fault::HtmlListing,
            3,
            "the response is a web page, not a response of S3",
        ),
        (Fault::CutListing, 7, "cut off"),
        (Fault::Stall, 7, "was silent for 5 s"),
    ];
    thread::scope(|scope| {
        for case in cases {
            let (endpoint, here) = (&endpoint, &here);
            scope.spawn(move || {
                let bucket = endpoint.new_bucket();
                let proxy = endpoint.behind(Plan::new(4).rate(case.0, 100.0));
                let ended = through("do_bucket_upload", endpoint, &proxy)
                    .args(IMPATIENT)
                    .arg(here.path())
                    .arg(format!("s3://{bucket}/d"))
                    .run();
                assert_ended(case, &ended);
                let keys = endpoint.server().store().keys(&bucket);
                // An empty file has no bit that could flip and no byte that could stall.
                let whole = keys.iter().all(|key| {
                    endpoint
                        .server()
                        .store()
                        .stat(&bucket, key)
                        .is_some_and(|stat| stat.size == 0)
                });
                assert!(whole, "{:?}: {keys:?}", case.0);
            });
        }
    });
}

#[test]
fn a_service_that_refuses_everything_is_not_asked_about_every_single_file() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let here = tempfile::tempdir().unwrap();
    for number in 0..300 {
        write(here.path(), &format!("{number:03}"), noise(100, number));
    }
    for fault in [Fault::LostResponse, Fault::FlippedUp] {
        let proxy = endpoint.behind(Plan::new(4).rate(fault, 100.0));
        let ended = through("do_bucket_upload", &endpoint, &proxy)
            .args(IMPATIENT)
            .args(["--force", "--jobs", "4"])
            .arg(here.path())
            .arg(format!("s3://{bucket}/d"))
            .run();
        assert_ne!(ended.exit_code(), 0);
        let failures = ended.stderr_text().matches("cannot upload").count();
        assert!(
            (8..=12).contains(&failures),
            "{failures} failures for {fault:?}"
        );
    }
}
