//! Listings that do not come to their end.

use std::time::Instant;

use testkit::faults::{Action, Canned, Fault, Plan};
use testkit::{Endpoint, Program, SOON, Signal, wait_for};

use crate::lister;

/// A bucket with two pages.
fn two_pages() -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for number in 0..1500 {
        endpoint
            .server()
            .store()
            .put(&bucket, &format!("{number:04}"), "");
    }
    (endpoint, bucket)
}

#[test]
fn a_missing_bucket_is_not_there() {
    let endpoint = Endpoint::local();
    let ended = lister(&endpoint).args(["no-such-bucket", "--json"]).run();
    let mut lines = ended.json_lines();
    assert_eq!(lines.len(), 1);
    let summary = lines[0]["summary"].take();
    assert_eq!(summary["objects"], 0);
    assert_eq!(summary["error"]["code"], "NoSuchBucket");
    assert_eq!(summary["error"]["subject"], "s3://no-such-bucket/");
    ended
        .code(4)
        .stderr_has("do_bucket_list: cannot list s3://no-such-bucket/: there is no such bucket")
        .stderr_has("(NoSuchBucket, HTTP 404, request ");
}

#[test]
fn a_listing_that_breaks_off_is_an_error_after_what_came() {
    let (endpoint, bucket) = two_pages();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let second = request.has_param("continuation-token");
        second.then(|| Action::Respond(Canned::error(500, "InternalError", "we are sorry")))
    }));
    let listed = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .arg(&bucket);
    breaks_off_after_1000(listed, &format!("s3://{bucket}/"), "objects");
}

#[test]
fn nobody_at_the_endpoint_is_said_within_seconds() {
    let endpoint = Endpoint::local();
    let ended = lister(&endpoint)
        .env("ENDPOINT_URL", "http://127.0.0.1:1")
        .arg("photos")
        .run();
    ended.code(7).stdout("").stderr(
        "do_bucket_list: cannot list s3://photos/: connection refused by 127.0.0.1:1\n\
         hint: check the network, and that a service answers at http://127.0.0.1:1\n",
    );
    assert!(ended.elapsed() < SOON, "{ended:?}");
}

#[test]
fn a_wrong_secret_is_refused_and_shown_nowhere() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let wrong = "wr0ng/secret+of=somebody";
    let ended = lister(&endpoint)
        .env("AWS_SECRET_ACCESS_KEY", wrong)
        .env("RUST_LOG", "trace")
        .arg(&bucket)
        .run();
    ended
        .code(5)
        .stdout("")
        .nowhere(wrong)
        .nowhere("wr0ng%2Fsecret%2Bof%3Dsomebody")
        .stderr_has(&format!("do_bucket_list: cannot list s3://{bucket}/: "))
        .stderr_has("(SignatureDoesNotMatch, HTTP 403, request ");
}

#[test]
fn a_signal_ends_it_within_two_seconds_and_is_seen_by_the_shell() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let (endpoint, bucket) = two_pages();
        let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
            request
                .has_param("continuation-token")
                .then_some(Action::Fault(Fault::Stall))
        }));
        let program = lister(&endpoint)
            .envs(endpoint.settings_through(&proxy))
            .arg(&bucket);
        let running = program.start();
        wait_for("the second page", || proxy.requests().len() >= 2);
        let sent = Instant::now();
        running.signal(signal);
        let ended = running.wait();
        assert_eq!(ended.signal(), Some(signal.as_raw()), "{ended:?}");
        assert!(sent.elapsed() < SOON, "{ended:?}");
        let again = match signal {
            Signal::INT => "; Ctrl-C again quits now",
            _ => "",
        };
        ended.stderr(&format!("do_bucket_list: stopping ...{again}\n"));
        assert!(ended.stdout_text().ends_with('\n'), "{ended:?}");
    }
}

#[test]
fn a_listing_that_goes_in_circles_ends_with_an_error() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let next = if request.query.contains("continuation-token=one") {
            "two"
        } else {
            "one"
        };
        let body = format!(
            "<ListBucketResult><IsTruncated>true</IsTruncated>\
             <NextContinuationToken>{next}</NextContinuationToken>\
             <Contents><Key>{next}</Key><Size>1</Size></Contents></ListBucketResult>"
        );
        Some(Action::Respond(Canned::new(200, body)))
    }));
    lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .arg("photos")
        .run()
        .code(7)
        .stderr(
            "do_bucket_list: cannot list s3://photos/: \
             the service repeats pages: the listing would never end\n",
        );
    assert_eq!(proxy.requests().len(), 3);
}

/// Runs a listing whose second page never comes: exit 7 names what cannot be listed, and a
/// thousand of `counted` came before, which the summary says.
pub(crate) fn breaks_off_after_1000(listed: Program, subject: &str, counted: &str) {
    let ended = listed.args(["--json", "--max-attempts=2"]).run();
    ended
        .code(7)
        .stderr_has(&format!("do_bucket_list: cannot list {subject}: "));
    let lines = ended.json_lines();
    assert_eq!(lines.len(), 1001);
    assert_eq!(lines[1000]["summary"]["exit_code"], 7);
    assert_eq!(lines[1000]["summary"][counted], 1000);
}
