//! Buckets: made, listed, looked at, removed.

use local_s3::{Options, Server};

use crate::client::{get, put, request, server};

fn located(region: &str) -> Vec<u8> {
    format!("<CreateBucketConfiguration><LocationConstraint>{region}</LocationConstraint></CreateBucketConfiguration>").into()
}

#[test]
fn a_bucket_can_be_made_once_and_removed_when_empty() {
    let server = server();
    put(&server, "/bucket", b"").expect_error(409, "BucketAlreadyOwnedByYou");
    server.store().put("bucket", "key", "");
    request(&server, "DELETE", "/bucket")
        .send()
        .expect_error(409, "BucketNotEmpty");
    request(&server, "DELETE", "/bucket/key").send().expect(204);
    request(&server, "DELETE", "/bucket/key").send().expect(204);
    request(&server, "DELETE", "/bucket").send().expect(204);
    request(&server, "DELETE", "/bucket")
        .send()
        .expect_error(404, "NoSuchBucket");
}

#[test]
fn every_operation_on_a_missing_bucket_says_so() {
    let server = server();
    for (method, target) in [
        ("GET", "/missing"),
        ("GET", "/missing?list-type=2"),
        ("GET", "/missing?versioning"),
        ("GET", "/missing?uploads"),
        ("GET", "/missing/key"),
        ("GET", "/missing/key?tagging"),
        ("GET", "/missing/key?uploadId=1"),
        ("PUT", "/missing/key"),
        ("PUT", "/missing/key?partNumber=1&uploadId=1"),
        ("DELETE", "/missing/key"),
        ("DELETE", "/missing/key?uploadId=1"),
        ("POST", "/missing/key?uploads"),
    ] {
        let response = request(&server, method, target).send();
        response.expect_error(404, "NoSuchBucket");
    }
    assert_eq!(
        request(&server, "HEAD", "/missing").send().expect(404).body,
        b""
    );
}

#[test]
fn the_classic_region_makes_buckets_anywhere() {
    let server = server();
    request(&server, "PUT", "/elsewhere")
        .body(&located("eu-west-1"))
        .send()
        .expect(200);
    let head = request(&server, "HEAD", "/elsewhere").send().expect(200);
    assert_eq!(head.header("x-amz-bucket-region"), Some("eu-west-1"));
    request(&server, "PUT", "/other")
        .body(&located("us-east-1"))
        .send()
        .expect_error(400, "InvalidLocationConstraint");
}

#[test]
fn any_other_region_wants_its_own_name() {
    let server = Server::start(Options {
        region: "ap-northeast-1".into(),
        ..Options::default()
    })
    .unwrap();
    request(&server, "PUT", "/mine")
        .body(&located("ap-northeast-1"))
        .send()
        .expect(200);
    put(&server, "/none", b"").expect_error(400, "IllegalLocationConstraintException");
    let wrong = request(&server, "PUT", "/wrong")
        .body(&located("eu-west-1"))
        .send();
    wrong.expect_error(400, "IllegalLocationConstraintException");
}

#[test]
fn buckets_are_listed_in_order_and_in_pages() {
    let server = server();
    for name in ["zebra", "alpha", "mid.dle"] {
        server.store().create_bucket(name);
    }
    assert_eq!(
        get(&server, "/").expect(200).elements("Name"),
        ["alpha", "bucket", "mid.dle", "zebra"]
    );
    let page = get(&server, "/?max-buckets=2").expect(200);
    assert_eq!(page.elements("Name"), ["alpha", "bucket"]);
    let token = page.element("ContinuationToken").unwrap();
    let rest = get(
        &server,
        &format!("/?continuation-token={token}&max-buckets=2"),
    )
    .expect(200);
    assert_eq!(rest.elements("Name"), ["mid.dle", "zebra"]);
    assert_eq!(rest.element("ContinuationToken"), None);
    for wrong in ["0", "10001"] {
        get(&server, &format!("/?max-buckets={wrong}")).expect_error(400, "InvalidArgument");
    }
}
