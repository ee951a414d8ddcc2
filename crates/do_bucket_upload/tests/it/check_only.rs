//! `--check-only`: what each side has.

use testkit::tree::write;

use crate::{of_objects, prepared, uploader};

#[test]
fn both_sides_are_compared_and_nothing_is_moved() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/d/same", "up/z/only"]);
    write(program.home(), "up/bytes", "aaa");
    write(program.home(), "up/size", "a");
    let program = program.args(["--check-only", "up", &format!("s3://{bucket}/x")]);
    for (key, content) in [
        ("x/a", "1"),
        ("x/bytes", "bbb"),
        ("x/d/", ""),
        ("x/d/same", "up/d/same"),
        ("x/size", "bb"),
        ("x/zz", "1"),
        ("xx", "outside"),
    ] {
        endpoint.s3().put(&bucket, key, content.as_bytes());
    }
    endpoint.server().clear_requests();
    let ended = program.clone().run();
    ended
        .code(1)
        .lines(&[
            "differs: up/bytes (other content)",
            "differs: up/size (other size)",
            "only here: up/z/only",
            &format!("only there: s3://{bucket}/x/a"),
            &format!("only there: s3://{bucket}/x/zz"),
        ])
        .told("do_bucket_upload: 1 same, 2 different, 1 only here, 2 only there\n");
    assert_eq!(
        of_objects(&endpoint, "PUT") + of_objects(&endpoint, "POST"),
        0
    );
    let filters = [
        "--exclude",
        "[az]*",
        "--exclude",
        "bytes",
        "--exclude",
        "size",
    ];
    program
        .clone()
        .args(filters)
        .run()
        .success()
        .stdout("")
        .told("do_bucket_upload: 1 same, 0 different, 0 only here, 0 only there, 7 left out by filters\n");
    let json = program.clone().arg("--json").run();
    let summary = &json.code(1).json_lines().pop().unwrap()["summary"];
    assert_eq!(summary["same_files"], 1);
    assert_eq!(summary["differing_files"], 2);
    assert_eq!(summary["only_here_files"], 1);
    assert_eq!(summary["only_there_files"], 2);
    assert_eq!(summary["exit_code"], 1);
    program.arg("-q").run().code(1).stdout("");
}

#[test]
fn one_file_and_an_empty_directory_are_compared_too() {
    let (endpoint, bucket) = prepared();
    let target = format!("s3://{bucket}/x");
    let program = uploader(&endpoint, &["a"]);
    std::fs::create_dir(program.home().join("empty")).unwrap();
    let check = |args: &[&str]| program.clone().arg("--check-only").args(args).run();
    check(&["empty", &target])
        .success()
        .told("do_bucket_upload: 0 same, 0 different, 0 only here, 0 only there\n");
    check(&["a", &target]).code(1).lines(&["only here: a"]);
    endpoint.s3().put(&bucket, "x/a", b"a");
    // Attributes are not compared: they are no content.
    check(&["--acl", "public-read", "a", &target])
        .success()
        .told("do_bucket_upload: 1 same, 0 different, 0 only here, 0 only there\n");
    check(&["empty", &target])
        .code(1)
        .lines(&[&format!("only there: {target}/a")]);
    check(&["nowhere", &target])
        .code(4)
        .stderr("do_bucket_upload: cannot compare nowhere: there is no such file or directory\n");
    check(&["--force", "a", &target]).code(2);
    check(&["-", &target]).code(2);
}
