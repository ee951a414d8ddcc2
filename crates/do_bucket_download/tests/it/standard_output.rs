//! `do_bucket_download s3://BUCKET/KEY -`: what was written cannot be taken back.

use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use testkit::faults::{Action, Canned, Fault, Operation, Plan};
use testkit::tree::noise;
use testkit::{Program, path_of};

use crate::{downloader, filled};

#[test]
fn stdout_has_the_bytes_and_nothing_else() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let large = noise((20 << 20) + 3, 1);
    endpoint
        .server()
        .store()
        .put(&bucket, "d/large", large.clone());
    endpoint.s3().put(&bucket, "d/empty", b"");
    for (key, content) in [("d/a", &b"d/a"[..]), ("d/large", &large), ("d/empty", b"")] {
        let program = downloader(&endpoint).args([&format!("s3://{bucket}/{key}"), "-"]);
        let ended = program.clone().run();
        ended.downloaded(1, content.len() as u64, "");
        assert!(ended.stdout_bytes() == content, "{key}");
        assert!(testkit::tree::files(ended.home()).is_empty());
        program.arg("-q").run().success().stderr("");
    }
}

#[test]
fn a_connection_that_breaks_goes_on_from_where_it_stopped() {
    let (endpoint, bucket) = filled(&[]);
    let content = noise(20 << 20, 1);
    endpoint.server().store().put(&bucket, "x", content.clone());
    for fault in [Fault::Reset, Fault::Truncated] {
        let count = AtomicU8::new(0);
        let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
            if request.header("range").is_some() && request.header("if-match").is_none() {
                return Some(Action::Respond(Canned::error(400, "NoIfMatch", "")));
            }
            let breaks =
                request.operation == Operation::Download && count.fetch_add(1, Relaxed) < 3;
            breaks.then_some(Action::Fault(fault))
        }));
        let ended = downloader(&endpoint)
            .envs(endpoint.settings_through(&proxy))
            .args([&format!("s3://{bucket}/x"), "-"])
            .run();
        ended.downloaded(1, content.len() as u64, "");
        assert!(ended.stdout_bytes() == content);
    }
}

#[test]
fn a_service_without_ranges_sends_the_known_bytes_again() {
    let (endpoint, bucket) = filled(&[]);
    let content = noise(5 << 20, 1);
    endpoint.server().store().put(&bucket, "x", content.clone());
    let whole = content.clone();
    let count = AtomicU8::new(0);
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        if request.operation != Operation::Download {
            return None;
        }
        let etag = request.header("if-match").unwrap_or("").to_owned();
        if count.fetch_add(1, Relaxed) == 0 {
            Some(Action::Fault(Fault::Truncated))
        } else {
            Some(Action::Respond(
                Canned::new(200, whole.clone()).header("etag", &etag),
            ))
        }
    }));
    let ended = downloader(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args([&format!("s3://{bucket}/x"), "-"])
        .run();
    ended.success();
    assert!(ended.stdout_bytes() == content);
}

#[test]
fn wrong_bytes_are_exit_6_after_they_were_written() {
    let (endpoint, bucket) = filled(&["x"]);
    endpoint
        .server()
        .store()
        .put(&bucket, "large", noise(20 << 20, 1));
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let damaged = request.operation == Operation::Download;
        damaged.then_some(Action::Fault(Fault::FlippedDown))
    }));
    for (key, length) in [("x", 1), ("large", 20 << 20)] {
        let ended = downloader(&endpoint)
            .envs(endpoint.settings_through(&proxy))
            .args([&format!("s3://{bucket}/{key}"), "-"])
            .run();
        ended
            .code(6)
            .stderr_has(&format!("do_bucket_download: cannot verify s3://{bucket}/{key}: its "))
            .stderr_has(
                " in what was written to standard output\n\
                 hint: do not use what was written; if it differs again, the stored object or the network is damaged\n",
            );
        assert_eq!(ended.stdout_bytes().len(), length);
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (endpoint, bucket) = filled(&[]);
    endpoint
        .server()
        .store()
        .put(&bucket, "x", noise(20 << 20, 1));
    Program::at(Path::new("/bin/bash"))
        .on(&endpoint)
        .arg("-c")
        .arg(r#"set -o pipefail; "$0" "$1" - | head -c 5 | wc -c"#)
        .arg(path_of("do_bucket_download"))
        .arg(format!("s3://{bucket}/x"))
        .run()
        .success()
        .stdout("5\n")
        .stderr("");
}

#[test]
fn a_full_disk_behind_it_is_exit_8() {
    let (endpoint, bucket) = filled(&["x"]);
    Program::at(Path::new("/bin/sh"))
        .on(&endpoint)
        .arg("-c")
        .arg(r#""$0" "$1" - > /dev/full"#)
        .arg(path_of("do_bucket_download"))
        .arg(format!("s3://{bucket}/x"))
        .run()
        .code(8)
        .told(
            "do_bucket_download: cannot write standard output: no space left on this disk\n\
             do_bucket_download: 1 of 1 file failed (0 downloaded, 0 skipped, 0 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n",
        );
}

#[test]
fn only_one_object_that_is_there_can_be_written() {
    let (endpoint, bucket) = filled(&["d/a"]);
    downloader(&endpoint)
        .args([&format!("s3://{bucket}/d"), "-"])
        .run()
        .code(4)
        .stdout("")
        .stderr(&format!(
            "do_bucket_download: cannot download s3://{bucket}/d: there is nothing under this name\n\
             hint: `do_bucket_list s3://{bucket}/` shows what is there\n"
        ));
    for (args, said) in [
        (
            ["s3://b/d/", "-", "-v"],
            "only one object can be written to standard output\nhint: ",
        ),
        (
            ["s3://b/d", "-", "--json"],
            "--json and `-` both need standard output\nhint: ",
        ),
        (
            ["s3://b/d", "-", "--dry-run"],
            "--dry-run and `-` both need standard output\nhint: ",
        ),
        (
            ["s3://b/d", "-", "--checksum"],
            "--checksum is about files and cannot be used with `-`\nhint: ",
        ),
    ] {
        let ended = downloader(&endpoint).args(args).run();
        ended.code(2).stderr_has(said);
    }
}
