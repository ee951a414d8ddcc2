//! What must hold on every S3 server.

use testkit::Endpoint;
use testkit::tree::{noise, write};

use crate::uploader;

#[test]
fn a_directory_goes_up_identical_and_a_second_run_sends_nothing() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    let program =
        uploader(&endpoint, &[]).args(["--part-size", "8M", "up", &format!("s3://{bucket}/dir")]);
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
        "large",
    ];
    let content = |name: &str| match name {
        "empty" => Vec::new(),
        "large" => noise((8 << 20) + 1, 5),
        _ => noise(1000 * name.len(), 7),
    };
    for name in names {
        write(program.home(), &format!("up/{name}"), content(name));
    }
    program.clone().run().success();
    let mut expected = names.map(|name| format!("dir/{name}")).to_vec();
    expected.sort_unstable();
    assert_eq!(endpoint.s3().keys(&bucket, ""), expected);
    for name in names {
        let there = endpoint.s3().get(&bucket, &format!("dir/{name}"));
        assert!(there == content(name), "{name}");
    }
    program
        .run()
        .success()
        .stdout("")
        .told("do_bucket_upload: nothing to upload: all 15 files are up to date\n");
}

#[test]
fn a_missing_bucket_is_exit_4() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    uploader(&endpoint, &["up/a"])
        .args(["up", &format!("s3://{bucket}-not/d")])
        .run()
        .code(4)
        .stdout("")
        .stderr_has(&format!(
            "do_bucket_upload: cannot list s3://{bucket}-not/d/: there is no such bucket in region "
        ));
}
