//! What must hold on every S3 server.

use std::fs;

use testkit::tree::{files, noise};
use testkit::{Endpoint, not_offered};

use crate::downloader;

#[test]
fn a_directory_comes_down_identical_and_a_second_run_brings_nothing() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    let names = [
        "a b",
        "plus+",
        "pct%20",
        "hash#",
        "q?",
        "amp&",
        "nfc-\u{e9}",
        "nfd-e\u{301}",
        "\u{65e5}",
        "...",
        "d/e/leaf",
        "'\"",
        "[x]",
        "empty",
    ];
    let content = |name: &str| match name {
        "empty" => Vec::new(),
        _ => noise(1000 * name.len(), 7),
    };
    for name in names {
        endpoint
            .s3()
            .put(&bucket, &format!("dir/{name}"), &content(name));
    }
    endpoint.s3().put(&bucket, "dir2/not-this", b"");
    let program = downloader(&endpoint).args([&format!("s3://{bucket}/dir"), "out"]);
    let ended = program.clone().run();
    ended.success();
    let mut expected = names.to_vec();
    expected.sort_unstable();
    assert_eq!(files(&ended.home().join("out")), expected);
    for name in names {
        let came = fs::read(ended.home().join("out").join(name)).unwrap();
        assert!(came == content(name), "{name}");
    }
    program
        .run()
        .success()
        .stdout("")
        .told("do_bucket_download: nothing to download: all 14 files are up to date\n");
}

#[test]
fn what_is_not_there_is_exit_4() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    endpoint.s3().put(&bucket, "there/a", b"");
    downloader(&endpoint)
        .arg(format!("s3://{bucket}/nowhere"))
        .run()
        .code(4)
        .told(&format!(
            "do_bucket_download: cannot download s3://{bucket}/nowhere: there is nothing under this name\n\
             hint: `do_bucket_list s3://{bucket}/` shows what is there\n"
        ));
    downloader(&endpoint)
        .arg(format!("s3://{bucket}-not/nowhere"))
        .run()
        .code(4)
        .stderr_has(&format!(
            "do_bucket_download: cannot list s3://{bucket}-not/nowhere/: there is no such bucket in region "
        ));
}

#[test]
fn a_wrong_secret_is_exit_5() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    let mut other = endpoint.s3().clone();
    other.secret_key = "wrong-wrong-wrong-wrong".to_owned();
    let response = other.send("GET", &format!("/{bucket}"), &[], &[], b"");
    if response.unwrap().status == 200 {
        not_offered(&endpoint, "this server takes any secret");
        return;
    }
    downloader(&endpoint)
        .env("AWS_SECRET_ACCESS_KEY", "wrong-wrong-wrong-wrong")
        .arg(format!("s3://{bucket}"))
        .run()
        .code(5)
        .stderr_has(&format!("do_bucket_download: cannot list s3://{bucket}/: "))
        .nowhere("wrong-wrong");
}
