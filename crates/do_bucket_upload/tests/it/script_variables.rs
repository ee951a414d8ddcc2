//! Driven by the variables of the Python script, and what differs from it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use testkit::{Endpoint, Program};

use crate::{prepared, uploader};

/// The program with a directory `downloads/site` and the variables that name it.
fn by_variables(endpoint: &Endpoint, bucket: &str) -> Program {
    uploader(endpoint, &["downloads/site/a", "downloads/site/d/b"])
        .env("SOURCE_LOCAL_DIR", "site")
        .env("TARGET_BUCKET", bucket)
        .env("TARGET_DIR", "www")
}

const REMARK: &str = "private (the Python script made them public: TARGET_ACL=public-read)";

#[test]
fn the_variables_name_a_directory_below_downloads() {
    let (endpoint, bucket) = prepared();
    by_variables(&endpoint, &bucket)
        .run()
        .success()
        .lines(&[
            &format!("downloads/site/a -> s3://{bucket}/www/a"),
            &format!("downloads/site/d/b -> s3://{bucket}/www/d/b"),
        ])
        .told(&format!(
            "do_bucket_upload: 2 files uploaded (34 bytes in T s); {REMARK}\n"
        ));
    let store = endpoint.server().store();
    assert_eq!(store.stat(&bucket, "www/a").unwrap().acl, "private");
}

#[test]
fn a_slash_is_the_root_and_a_dot_the_current_directory() {
    let (endpoint, bucket) = prepared();
    by_variables(&endpoint, &bucket)
        .env("TARGET_DIR", "/")
        .env("SOURCE_LOCAL_DIR", "./downloads/site")
        .run()
        .success();
    assert_eq!(endpoint.s3().keys(&bucket, ""), ["a", "d/b"]);
}

#[test]
fn target_acl_decides_and_silences_the_remark() {
    let (endpoint, bucket) = prepared();
    let url = endpoint.url();
    let program = by_variables(&endpoint, &bucket);
    program
        .clone()
        .env("TARGET_ACL", "private")
        .run()
        .uploaded(2, 34, "");
    program
        .clone()
        .env("TARGET_ACL", "public-read")
        .arg("--force")
        .run()
        .lines(&[
            &format!("downloads/site/a -> {url}/{bucket}/www/a"),
            &format!("downloads/site/d/b -> {url}/{bucket}/www/d/b"),
        ])
        .uploaded(2, 34, "");
    let store = endpoint.server().store();
    assert_eq!(store.stat(&bucket, "www/a").unwrap().acl, "public-read");
    program.env("TARGET_ACL", "everybody").run().code(3).stderr(
        "do_bucket_upload: cannot start: TARGET_ACL is `everybody`, which is no canned ACL\n\
         hint: use one of private, public-read, public-read-write, authenticated-read, aws-exec-read, \
         bucket-owner-read, bucket-owner-full-control\n",
    );
}

#[test]
fn the_public_url_is_one_that_a_browser_understands() {
    let (endpoint, bucket) = prepared();
    uploader(&endpoint, &["up/a b#\u{e9}?.html"])
        .args(["--acl", "public-read", "up", &format!("s3://{bucket}")])
        .run()
        .success()
        .stdout(&format!(
            "up/a b#\u{e9}?.html -> {}/{bucket}/a%20b%23%C3%A9%3F.html\n",
            endpoint.url()
        ));
}

#[test]
fn whoever_knows_the_public_url_reads_the_object_and_no_other() {
    let (endpoint, bucket) = prepared();
    let upload = |acl: &str, file: &str| {
        let printed = uploader(&endpoint, &[file])
            .args(["--acl", acl, "up", &format!("s3://{bucket}")])
            .run();
        printed.success().stdout_text()
    };
    let printed = upload("public-read", "up/a b#\u{e9}?.html");
    let url = printed.trim_end().split_once(" -> ").unwrap().1;
    let read = anonymously(url);
    assert!(read.starts_with("HTTP/1.1 200 "), "{read}");
    assert!(read.ends_with("\r\n\r\nup/a b#\u{e9}?.html"), "{read}");
    upload("private", "up/secret");
    let read = anonymously(&format!("{}/{bucket}/secret", endpoint.url()));
    assert!(read.starts_with("HTTP/1.1 403 "), "{read}");
}

/// The response to a GET without any signature, as a browser sends it.
fn anonymously(url: &str) -> String {
    let (host, path) = url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn command_line_users_see_no_remark() {
    let (endpoint, bucket) = prepared();
    uploader(&endpoint, &["up/a"])
        .args(["up", &format!("s3://{bucket}")])
        .run()
        .uploaded(1, 4, "");
}

#[test]
fn an_unset_variable_is_named() {
    let (endpoint, bucket) = prepared();
    for (name, what) in [
        ("SOURCE_LOCAL_DIR", "the directory to upload"),
        ("TARGET_BUCKET", "the bucket to upload to"),
        ("TARGET_DIR", "the directory to upload to, / for the root"),
    ] {
        by_variables(&endpoint, &bucket)
            .without_env(name)
            .run()
            .code(3)
            .stdout("")
            .stderr(&format!(
                "do_bucket_upload: cannot start: {name} is not set: {what}\n\
                 hint: export {name}, or name both: do_bucket_upload LOCAL s3://BUCKET/DIR\n"
            ));
    }
}

#[test]
fn a_directory_that_is_here_but_not_below_downloads_is_named_with_both_places() {
    let (endpoint, bucket) = prepared();
    let program = by_variables(&endpoint, &bucket).env("SOURCE_LOCAL_DIR", "here");
    fs::create_dir(program.home().join("here")).unwrap();
    program.run().code(3).stdout("").stderr(
        "do_bucket_upload: cannot start: SOURCE_LOCAL_DIR is `here`, which is looked up as downloads/here: that does \
         not exist, but ./here does\n\
         hint: to upload ./here set SOURCE_LOCAL_DIR=./here\n",
    );
}

#[test]
fn a_target_directory_with_dots_is_refused_before_anything_is_sent() {
    let (endpoint, bucket) = prepared();
    for directory in ["./www", "www/..", "../www"] {
        by_variables(&endpoint, &bucket).env("TARGET_DIR", directory).run().code(3).told(&format!(
            "do_bucket_upload: cannot start: TARGET_DIR is `{directory}`: \
             in a bucket `.` and `..` are no directories but part of each key\n\
             hint: write the directory from the root of the bucket, such as TARGET_DIR=photos/2024\n"
        ));
    }
    assert!(endpoint.s3().keys(&bucket, "").is_empty());
}
