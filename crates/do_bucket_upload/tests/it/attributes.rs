//! What an object is given beside its content, in one request and in parts.

use testkit::Endpoint;
use testkit::TlsFront;
use testkit::tree::{noise, write};

use crate::{prepared, uploader};

const FLAGS: [&str; 20] = [
    "--acl",
    "public-read",
    "--storage-class",
    "STANDARD_IA",
    "--cache-control",
    "max-age=60, public",
    "--content-type",
    "text/x-own; charset=utf-8",
    "--content-disposition",
    "attachment; filename=\"a b\"",
    "--content-encoding",
    "gzip",
    "--metadata",
    "color=light blue",
    "--metadata",
    "eq=a=b",
    "--tags",
    "team=a&b c",
    "--tags",
    "x=",
];

#[track_caller]
fn assert_has_all(endpoint: &Endpoint, bucket: &str, key: &str) {
    let stat = endpoint.server().store().stat(bucket, key).unwrap();
    assert_eq!(stat.acl, "public-read");
    let tags = stat
        .tags
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    assert_eq!(tags.collect::<Vec<_>>(), [("team", "a&b c"), ("x", "")]);
    let head = endpoint.s3().head(bucket, key);
    for (name, value) in [
        ("x-amz-storage-class", "STANDARD_IA"),
        ("cache-control", "max-age=60, public"),
        ("content-type", "text/x-own; charset=utf-8"),
        ("content-disposition", "attachment; filename=\"a b\""),
        ("content-encoding", "gzip"),
        ("x-amz-meta-color", "light blue"),
        ("x-amz-meta-eq", "a=b"),
    ] {
        assert_eq!(head.header(name), Some(value), "{name} of {key}");
    }
}

#[test]
fn every_attribute_is_on_objects_sent_whole_and_in_parts() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/small"]);
    let large = noise((5 << 20) + 1, 1);
    write(program.home(), "up/large", &large);
    let ended = program
        .args(["--part-size", "5M", "up", &format!("s3://{bucket}/d")])
        .args(FLAGS)
        .run();
    let url = endpoint.url();
    ended.success().lines(&[
        &format!("up/large -> {url}/{bucket}/d/large"),
        &format!("up/small -> {url}/{bucket}/d/small"),
    ]);
    assert_has_all(&endpoint, &bucket, "d/small");
    assert_has_all(&endpoint, &bucket, "d/large");
    let store = endpoint.server().store();
    let stat = store.stat(&bucket, "d/large").unwrap();
    assert!(stat.part_sizes.len() > 1, "{stat:?}");
    assert!(store.read(&bucket, "d/large").unwrap() == large);
    assert!(store.uploads(&bucket).is_empty());
}

#[test]
fn attributes_cannot_be_compared_so_equal_content_is_sent_again_and_the_summary_says_so() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a"]).args(["up", &format!("s3://{bucket}")]);
    program.clone().run().success();
    program
        .args(["--cache-control", "no-store"])
        .run()
        .uploaded(1, 4, ", 1 sent again: attributes cannot be compared");
}

#[test]
fn content_types_follow_the_extension() {
    let (endpoint, bucket) = prepared();
    let types = [
        ("a.html", "text/html"),
        ("a.js", "text/javascript"),
        ("a.css", "text/css"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.wasm", "application/wasm"),
        ("a.woff2", "font/woff2"),
        ("A.JPG", "image/jpeg"),
        ("none", "application/octet-stream"),
    ];
    let program = uploader(&endpoint, &types.map(|(name, _)| name));
    program
        .args([".", &format!("s3://{bucket}")])
        .run()
        .success();
    for (name, kind) in types {
        let head = endpoint.s3().head(&bucket, name);
        assert_eq!(head.header("content-type"), Some(kind), "{name}");
    }
}

#[test]
fn encryption_by_the_service_is_asked_for() {
    let (endpoint, bucket) = prepared();
    uploader(&endpoint, &["up/a"])
        .args(["--sse", "AES256", "up", &format!("s3://{bucket}")])
        .run()
        .success();
    let requests = endpoint.server().requests();
    let put = requests.iter().find(|request| request.path.ends_with("/a"));
    let header = put.unwrap().headers.get("x-amz-server-side-encryption");
    assert_eq!(header.unwrap(), "AES256");
}

#[test]
fn a_customer_key_goes_over_https_only() {
    let (endpoint, bucket) = prepared();
    let front = TlsFront::of(&endpoint);
    let program = uploader(&endpoint, &["up/a"]).args([
        "--sse-c-key-file",
        "key",
        "up",
        &format!("s3://{bucket}"),
    ]);
    write(program.home(), "key", [7; 32]);
    program
        .clone()
        .env("ENDPOINT_URL", front.url())
        .env("AWS_CA_BUNDLE", front.authority())
        .run()
        .success();
    let head = endpoint.s3().head(&bucket, "a");
    assert_eq!(head.status, 400, "nobody reads it without the key");
    endpoint.server().clear_requests();
    let refused = program.run();
    assert_ne!(refused.exit_code(), 0);
    refused.stderr_has("https");
    let sent = endpoint.server().requests();
    let carries_key = |name: &str| name.contains("customer-key");
    assert!(sent.iter().all(|request| {
        !request
            .headers
            .keys()
            .any(|name| carries_key(name.as_str()))
    }));
}
