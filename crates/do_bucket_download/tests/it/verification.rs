//! What shows that an object came as it is stored, and that a file need not come again.

use testkit::faults::{Action, Canned, Fault, Operation, Plan};
use testkit::tree::{files, noise};
use testkit::{Endpoint, Program};

use crate::{downloader, filled, object_gets};

const KMS: (&str, &str) = ("x-amz-server-side-encryption", "aws:kms");
const LARGE_BYTES: usize = 5 << 20;

/// The sums of `content` and of [`LARGE_BYTES`] times `x`, computed by other programs.
const SUMS: [(&str, &str, &str, &str); 2] = [
    ("crc32", "CRC32", "/sUwqQ==", "BwQzxA=="),
    (
        "sha256",
        "SHA256",
        "7XACtDnprIRfIjV9giusFERzD722AW0+yUMil7nsn3M=",
        "26Z6R2+niXOquwh/IUoQEPO+vKBTZ04K9Q3+WlghEr4=",
    ),
];

fn put(endpoint: &Endpoint, bucket: &str, key: &str, headers: &[(&str, &str)], body: &[u8]) {
    let path = format!("/{bucket}/{key}");
    let sent = endpoint.s3().send("PUT", &path, &[], headers, body);
    sent.unwrap().ok();
}

#[test]
fn an_object_is_checked_by_the_checksum_that_it_was_stored_with_and_then_skipped_by_it() {
    for (name, proof, of_small, of_large) in SUMS {
        let endpoint = Endpoint::local();
        let bucket = endpoint.new_bucket();
        let header = format!("x-amz-checksum-{name}");
        put(
            &endpoint,
            &bucket,
            "small",
            &[KMS, (&header, of_small)],
            b"content",
        );
        let large = vec![b'x'; LARGE_BYTES];
        put(
            &endpoint,
            &bucket,
            "large",
            &[KMS, (&header, of_large)],
            &large,
        );
        let program = downloader(&endpoint).args(["--json", &format!("s3://{bucket}"), "out"]);
        let first = program.clone().run();
        let lines = first.success().json_lines();
        for line in lines.iter().filter(|line| line["summary"].is_null()) {
            assert_eq!(
                (&line["status"], &line["proof"]),
                (&"downloaded".into(), &proof.into())
            );
        }
        endpoint.server().clear_requests();
        program
            .run()
            .success()
            .told("do_bucket_download: nothing to download: all 2 files are up to date\n");
        assert_eq!(object_gets(&endpoint), 0, "{name}");
    }
}

#[test]
fn a_checksum_that_does_not_match_is_damage_unless_nothing_is_to_be_verified() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let (name, _, sum, _) = SUMS[0];
    put(
        &endpoint,
        &bucket,
        "a",
        &[KMS, (&format!("x-amz-checksum-{name}"), sum)],
        b"content",
    );
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        (request.operation == Operation::Download).then_some(Action::Fault(Fault::FlippedDown))
    }));
    let program = Program::new("do_bucket_download")
        .envs(endpoint.settings_through(&proxy))
        .args([&format!("s3://{bucket}"), "out"]);
    program
        .clone()
        .run()
        .code(6)
        .stderr_has("cannot verify s3://");
    assert!(!program.home().join("out/a").exists());
    program
        .clone()
        .arg("--no-verify")
        .run()
        .downloaded(1, 7, ", 1 unverified");
    assert_ne!(
        std::fs::read(program.home().join("out/a")).unwrap(),
        b"content"
    );
}

#[test]
fn an_encrypted_object_without_a_checksum_comes_unverified_and_comes_again() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    put(&endpoint, &bucket, "a", &[KMS], b"content");
    let program = downloader(&endpoint).args([&format!("s3://{bucket}"), "out"]);
    for _ in 0..2 {
        program.clone().run().downloaded(1, 7, ", 1 unverified");
    }
}

#[test]
fn damage_that_differs_each_time_is_fetched_again_until_it_comes_right() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let content = noise(100_000, 1);
    endpoint.s3().put(&bucket, "a", &content);
    let proxy = endpoint.behind(Plan::new(1).script(|request, before| {
        let spoiled = request.operation == Operation::Download && before < 9;
        spoiled.then_some(Action::Fault(Fault::FlippedDown))
    }));
    let ended = Program::new("do_bucket_download")
        .envs(endpoint.settings_through(&proxy))
        .args([&format!("s3://{bucket}"), "out"])
        .run();
    ended.success();
    assert_eq!(std::fs::read(ended.home().join("out/a")).unwrap(), content);
    assert_eq!(proxy.hits(Fault::FlippedDown), 9);
}

#[test]
fn the_same_wrong_bytes_are_fetched_three_times_and_others_ten_times() {
    let (endpoint, bucket) = filled(&["a"]);
    let etag = endpoint.s3().head(&bucket, "a");
    let etag = etag.header("etag").unwrap().to_owned();
    let fetches = |always_the_same: bool| {
        let etag = etag.clone();
        let proxy = endpoint.behind(Plan::new(1).script(move |request, before| {
            let wrong = if always_the_same {
                b'0'
            } else {
                b'0' + before as u8
            };
            let response = Canned::new(200, vec![wrong]).header("etag", &etag);
            (request.operation == Operation::Download).then_some(Action::Respond(response))
        }));
        let ended = Program::new("do_bucket_download")
            .envs(endpoint.settings_through(&proxy))
            .args([&format!("s3://{bucket}"), "out"])
            .run();
        ended.code(6);
        assert_eq!(files(ended.home()), [""; 0]);
        let said_the_same = ended
            .stderr_text()
            .contains("the same bytes arrived each time");
        assert_eq!(said_the_same, always_the_same);
        let requests = proxy.requests();
        let gets = requests
            .iter()
            .filter(|seen| seen.request.operation == Operation::Download);
        gets.count()
    };
    assert_eq!(fetches(true), 3);
    assert_eq!(fetches(false), 10);
}
