//! Flags and variables that cannot be.

use std::fs;

use testkit::Endpoint;
use testkit::tree::write;

use crate::demo;

#[test]
fn a_switch_is_0_or_1() {
    let endpoint = Endpoint::local();
    demo(&endpoint).args(["--upload", "yes"]).run().code(2);
    demo(&endpoint)
        .env("UPLOAD", "yes")
        .run()
        .code(3)
        .told("bucket_demo: cannot start: UPLOAD: `yes` is neither 0 nor 1\n");
    demo(&endpoint)
        .env("UPLOAD", "")
        .args(["--dry-run"])
        .run()
        .success();
    assert!(endpoint.server().requests().is_empty());
}

#[test]
fn a_flag_beats_its_variable() {
    let endpoint = Endpoint::local();
    demo(&endpoint)
        .env("BUCKET_NAME", "from-variable")
        .args(["--bucket-name", "from-flag", "--dry-run"])
        .run()
        .success()
        .nowhere("from-variable");
}

#[test]
fn wrong_words_are_exit_2_with_a_hint() {
    let endpoint = Endpoint::local();
    for (words, expected) in [
        (
            &["--bucket-name", "s3://b/x"][..],
            "bucket_demo: cannot start: `s3://b/x` is not a bucket name\n\
             hint: --bucket-name takes the name alone, without s3://\n",
        ),
        (
            &["--data", ""],
            "bucket_demo: cannot start: --data is empty\n\
             hint: name a directory; `.` is the current one\n",
        ),
        (
            &["--check", "--jobs", "32"],
            "bucket_demo: cannot start: the argument '--jobs <N>' cannot be used with '--check'\n\
             hint: run `bucket_demo --help` to see what it takes\n",
        ),
        (
            &["--check", "--list-jobs", "1"],
            "bucket_demo: cannot start: the argument '--list-jobs <N>' cannot be used with '--check'\n\
             hint: run `bucket_demo --help` to see what it takes\n",
        ),
        (
            &["--log-file", "log/x"],
            "bucket_demo: cannot start: --log-file takes a name, not a path\n\
             hint: --log-dir says where the log is\n",
        ),
    ] {
        demo(&endpoint).args(words).run().code(2).told(expected);
    }
}

#[test]
fn a_directory_to_send_is_there_and_has_files_and_neither_log_nor_downloads_in_it() {
    let endpoint = Endpoint::local();
    let program = demo(&endpoint);
    fs::create_dir(program.home().join("empty")).unwrap();
    write(program.home(), "file", "x");
    let with = |data: &str| program.clone().env("DATA_PATH", data).run();
    with("missing")
        .code(4)
        .stderr("bucket_demo: cannot upload missing: there is no such directory\n");
    with("empty")
        .code(4)
        .stderr("bucket_demo: cannot upload empty: there are no files in it\n");
    with("file").code(3);
    with(".").code(3).told(
        "bucket_demo: cannot start: the downloads, tmp, would be among the files to send\n\
         hint: --tmp puts them elsewhere\n",
    );
    assert!(endpoint.server().requests().is_empty());
}
