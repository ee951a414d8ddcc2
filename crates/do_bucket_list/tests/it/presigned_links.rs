//! `--presign`: links that work without credentials, for so long.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use testkit::{Endpoint, awkward_names};

use crate::lister;

/// The status and the body that curl gets by this link.
fn fetched(link: &str) -> (String, Vec<u8>) {
    let ended = Command::new("curl")
        .args([
            "-s",
            "-o",
            "-",
            "-w",
            "%{stderr}%{http_code}",
            "--path-as-is",
            link,
        ])
        .output()
        .unwrap();
    (String::from_utf8(ended.stderr).unwrap(), ended.stdout)
}

fn link(endpoint: &Endpoint, time: &str, place: &str) -> String {
    let ended = lister(endpoint).args(["--presign", time, place]).run();
    ended.success().stderr("");
    ended.stdout_text().trim_end().to_owned()
}

#[test]
fn a_link_works_for_any_key_without_credentials() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    let mut keys = awkward_names();
    keys.retain(|key| !key.contains('\n') && !key.contains('\r'));
    keys.extend(["d/e f/ü+%2F&=?#.txt".to_owned(), "a'b\"c".to_owned()]);
    let s3 = endpoint.s3();
    for key in keys {
        let stored = s3.put(&bucket, &key, key.as_bytes());
        if stored.status != 200 {
            continue;
        }
        let link = link(&endpoint, "1h", &format!("s3://{bucket}/{key}"));
        assert_eq!(
            fetched(&link),
            ("200".to_owned(), key.clone().into_bytes()),
            "{link}"
        );
    }
}

#[test]
fn a_link_is_refused_after_its_time_and_when_it_was_changed() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "k", &b"hello"[..]);
    endpoint
        .server()
        .store()
        .put(&bucket, "other", &b"secret"[..]);
    let place = format!("s3://{bucket}/k");
    let short = link(&endpoint, "1s", &place);
    let long = link(&endpoint, "7d", &place);
    assert_eq!(fetched(&long), ("200".to_owned(), b"hello".to_vec()));
    let changed = long.replace("/k?", "/other?");
    assert_eq!(fetched(&changed).0, "403");
    let longer = short.replace("X-Amz-Expires=1&", "X-Amz-Expires=1000&");
    assert_ne!(longer, short);
    assert_eq!(fetched(&longer).0, "403");
    sleep(Duration::from_millis(2500));
    assert_eq!(fetched(&short).0, "403");
}

#[test]
fn json_has_the_link_and_when_it_ends() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "k", &b"hello"[..]);
    let ended = lister(&endpoint)
        .args(["--json", "--presign", "15m", &format!("s3://{bucket}/k")])
        .run();
    let lines = ended.success().json_lines();
    assert_eq!(lines[0]["Key"], "k");
    assert_eq!(fetched(lines[0]["url"].as_str().unwrap()).0, "200");
    assert!(lines[0]["expires"].as_str().unwrap().ends_with('Z'));
    assert_eq!(lines[1]["summary"]["exit_code"], 0);
}

#[test]
fn the_link_is_only_on_stdout() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "k", &b"hello"[..]);
    let place = format!("s3://{bucket}/k");
    let ended = lister(&endpoint)
        .args(["-vv", "--presign", "1m", &place])
        .run();
    assert!(ended.success().stdout_text().contains("X-Amz-Signature="));
    let stderr = ended.stderr_text();
    assert!(!stderr.contains("Signature"), "{stderr}");
}

#[test]
fn what_no_link_can_be_made_to_is_named() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let place = format!("s3://{bucket}/k");
    lister(&endpoint)
        .args(["--presign", "1h", &place])
        .run()
        .code(4)
        .stdout("")
        .stderr_has(&format!(
            "cannot make a link to {place}: there is no such object"
        ));
    for time in ["0", "8d", "604801", "soon", "-1h"] {
        let presign = format!("--presign={time}");
        lister(&endpoint)
            .args([&presign, &place])
            .run()
            .code(2)
            .stdout("");
    }
    for place in [None, Some(bucket.as_str())] {
        let program = lister(&endpoint).args(["--presign", "1h"]);
        program
            .args(place)
            .run()
            .code(2)
            .stderr_has("--presign needs one object");
    }
    lister(&endpoint)
        .args(["--no-sign-request", "--presign", "1h", &place])
        .run()
        .stdout("");
}

#[test]
fn the_session_token_is_part_of_the_link() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "k", &b"hello"[..]);
    let ended = lister(&endpoint)
        .env("AWS_SESSION_TOKEN", "a+b/c=")
        .args(["--presign", "1h", &format!("s3://{bucket}/k")])
        .run();
    ended
        .success()
        .stdout_has("X-Amz-Security-Token=a%2Bb%2Fc%3D&");
    ended.stderr_has("the link ends earlier if the session of these credentials does");
}
