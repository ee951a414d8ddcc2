//! Runs that are ended in the middle: nothing half done shows, and the next run completes.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

use testkit::faults::{Action, Fault, FaultProxy, Operation, Plan};
use testkit::tree::{assert_same, entries, noise};
use testkit::{Endpoint, Program, Running, SOON, Signal, wait_for};

use crate::{through, write_large};

/// Some of an object, and then silence; a second request is answered.
fn stalls(operation: Operation, place: &'static str) -> Plan {
    Plan::new(1).script(move |request, before| {
        let there = before == 0
            && request.operation == operation
            && (request.query.contains(place)
                || request
                    .header("range")
                    .is_some_and(|range| range.contains(place)));
        there.then_some(Action::Fault(Fault::Stall))
    })
}

fn names(directory: &Path) -> Vec<String> {
    let Ok(found) = entries(directory) else {
        return Vec::new();
    };
    found
        .keys()
        .map(|path| path.display().to_string())
        .collect()
}

/// A download of 20 MiB whose second piece never comes.
struct Halfway {
    endpoint: Endpoint,
    bucket: String,
    proxy: FaultProxy,
    there: tempfile::TempDir,
}

impl Halfway {
    fn new() -> Self {
        let endpoint = Endpoint::local();
        let bucket = endpoint.new_bucket();
        let store = endpoint.server().store();
        store.put(&bucket, "d/large", noise(20 << 20, 1));
        store.put(&bucket, "d/small", noise(1000, 2));
        let proxy = endpoint.behind(stalls(Operation::Download, "bytes=4194304-"));
        let there = tempfile::tempdir().unwrap();
        Self {
            endpoint,
            bucket,
            proxy,
            there,
        }
    }

    /// Started, and seen to have a part of the large object and all of the small one.
    fn running(&self) -> Running {
        let running = through("do_bucket_download", &self.endpoint, &self.proxy)
            .args(["--part-size", "5M"])
            .arg(format!("s3://{}/d", self.bucket))
            .arg(self.there.path())
            .start();
        wait_for("an unfinished file and a stalled piece", || {
            let names = names(self.there.path());
            names.iter().any(|name| name.ends_with(".s3part"))
                && names.iter().any(|name| name == "small")
                && self.proxy.hits(Fault::Stall) > 0
        });
        running
    }

    fn completes(&self) {
        through("do_bucket_download", &self.endpoint, &self.proxy)
            .args(["--part-size", "5M"])
            .arg(format!("s3://{}/d", self.bucket))
            .arg(self.there.path())
            .run()
            .success();
        assert_eq!(names(self.there.path()), ["large", "small"]);
        let large = fs::read(self.there.path().join("large")).unwrap();
        assert!(large == noise(20 << 20, 1));
    }
}

#[test]
fn a_killed_download_leaves_no_final_name_and_the_next_run_completes_it() {
    let halfway = Halfway::new();
    let running = halfway.running();
    running.signal(Signal::KILL);
    assert_eq!(running.wait().signal(), Some(9));
    let left = names(halfway.there.path());
    assert!(!left.contains(&"large".to_owned()), "{left:?}");
    halfway.completes();
}

#[test]
fn an_interrupted_download_ends_by_its_signal_within_two_seconds() {
    for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15), (Signal::HUP, 1)] {
        let halfway = Halfway::new();
        let running = halfway.running();
        let began = Instant::now();
        running.signal(signal);
        let ended = running.wait();
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        assert_eq!(ended.signal(), Some(number));
        ended.stderr_has("interrupted");
        ended.nowhere("cannot");
        assert_eq!(names(halfway.there.path()), ["small"]);
        halfway.completes();
    }
}

#[test]
fn a_download_that_waits_to_try_again_is_interrupted_as_quickly() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "k", &b"x"[..]);
    let proxy = endpoint.behind(Plan::new(1).rate(Fault::SlowDown, 100.0));
    let there = tempfile::tempdir().unwrap();
    let running = through("do_bucket_download", &endpoint, &proxy)
        .arg(format!("s3://{bucket}"))
        .arg(there.path())
        .start();
    wait_for("several attempts", || proxy.hits(Fault::SlowDown) >= 4);
    let began = Instant::now();
    running.signal(Signal::INT);
    assert_eq!(running.wait().signal(), Some(2));
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
}

#[test]
fn an_interrupted_upload_takes_its_parts_back_and_a_killed_one_is_completed_by_the_next() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let here = tempfile::tempdir().unwrap();
    write_large(&here.path().join("large"), 20);
    let place = format!("s3://{bucket}/d");
    let store = endpoint.server().store();
    for signal in [Signal::INT, Signal::KILL] {
        let proxy = endpoint.behind(stalls(Operation::Upload, "partNumber=4"));
        let running = through("do_bucket_upload", &endpoint, &proxy)
            .args(["--part-size", "5M"])
            .arg(here.path())
            .arg(&place)
            .start();
        wait_for("a stalled part", || proxy.hits(Fault::Stall) > 0);
        let began = Instant::now();
        running.signal(signal);
        let ended = running.wait();
        assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
        assert_eq!(ended.signal(), Some(signal.as_raw()));
        assert_eq!(store.keys(&bucket), Vec::<String>::new());
        if signal == Signal::INT {
            ended.stderr_has("interrupted");
            assert_eq!(store.uploads(&bucket), vec![]);
        }
    }
    Program::new("do_bucket_upload")
        .on(&endpoint)
        .arg(here.path())
        .arg(&place)
        .run()
        .success();
    let there = tempfile::tempdir().unwrap();
    Program::new("do_bucket_download")
        .on(&endpoint)
        .arg(&place)
        .arg(there.path())
        .run()
        .success();
    assert_same(here.path(), there.path());
}

/// An upload in parts of one file; SIGINT comes while its beginning is under way.
fn interrupted_at_the_beginning(fault: Option<Fault>) -> (Endpoint, String, testkit::Finished) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let here = tempfile::tempdir().unwrap();
    write_large(&here.path().join("large"), 6);
    let (asked, seen) = std::sync::mpsc::channel();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        if request.method != "POST" || !request.has_param("uploads") {
            return None;
        }
        asked.send(()).unwrap();
        // The signal arrives long before the request does.
        sleep(Duration::from_millis(400));
        fault.map(Action::Fault)
    }));
    let running = through("do_bucket_upload", &endpoint, &proxy)
        .args(["--part-size", "5M"])
        .arg(here.path())
        .arg(format!("s3://{bucket}/d"))
        .start();
    seen.recv_timeout(Duration::from_secs(60)).unwrap();
    running.signal(Signal::INT);
    let ended = running.wait();
    assert_eq!(ended.signal(), Some(2));
    (endpoint, bucket, ended)
}

#[test]
fn an_upload_that_begins_while_the_run_is_interrupted_is_taken_back() {
    let (endpoint, bucket, ended) = interrupted_at_the_beginning(None);
    let requests = endpoint.server().requests();
    let began = requests.iter().any(|request| request.method == "POST");
    assert!(began, "{requests:?}");
    assert_eq!(endpoint.server().store().uploads(&bucket), vec![]);
    ended.nowhere("warning");
}

#[test]
fn an_upload_that_may_have_begun_when_the_run_was_interrupted_is_named() {
    let (_endpoint, bucket, ended) = interrupted_at_the_beginning(Some(Fault::Stall));
    ended.stderr_has(&format!(
        "do_bucket_upload: warning: s3://{bucket}/d/large: its unfinished upload may stay behind: \
         `do_bucket_list --uploads s3://{bucket}` shows it\n"
    ));
}
