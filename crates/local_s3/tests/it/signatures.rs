//! Who is let in, and what a wrong signature, region or clock is told.

use local_s3::{Options, Server};

use crate::client::{get, put, request, server};

#[test]
fn a_wrong_secret_and_an_unknown_key_id_are_told_apart() {
    let server = server();
    let mut wrong = request(&server, "GET", "/bucket");
    wrong.secret = "wrong".into();
    wrong.send().expect_error(403, "SignatureDoesNotMatch");
    let mut unknown = request(&server, "GET", "/bucket");
    unknown.access_key = "unknown".into();
    unknown.send().expect_error(403, "InvalidAccessKeyId");
}

#[test]
fn a_refusal_reaches_a_client_that_is_still_sending() {
    let server = server();
    let mut wrong = request(&server, "PUT", "/bucket/key").body(&vec![0; 30_000_000]);
    wrong.secret = "wrong".into();
    wrong.send().expect_error(403, "SignatureDoesNotMatch");
}

#[test]
fn a_strict_server_names_its_region() {
    let options = Options {
        region: "garage".into(),
        strict_region: true,
        ..Options::default()
    };
    let server = Server::start(options).unwrap();
    server.store().create_bucket("bucket");
    get(&server, "/bucket").expect(200);
    let mut other = request(&server, "GET", "/bucket");
    other.region = "us-east-1".into();
    let response = other
        .send()
        .expect_error(400, "AuthorizationHeaderMalformed");
    assert_eq!(response.element("Region").as_deref(), Some("garage"));
    let message = "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'garage'";
    assert_eq!(response.element("Message").as_deref(), Some(message));
}

#[test]
fn a_lenient_server_takes_any_region() {
    let server = server();
    let mut other = request(&server, "GET", "/bucket");
    other.region = "nowhere-1".into();
    other.send().expect(200);
}

#[test]
fn a_clock_that_is_off_by_twenty_minutes_is_refused() {
    let server = server();
    for clock_offset_seconds in [-1200, 1200] {
        let mut skewed = request(&server, "GET", "/bucket");
        skewed.clock_offset_seconds = clock_offset_seconds;
        skewed.send().expect_error(403, "RequestTimeTooSkewed");
    }
}

#[test]
fn a_payload_that_is_not_what_was_signed_is_not_stored() {
    let server = server();
    let other = "0".repeat(64);
    let response = request(&server, "PUT", "/bucket/key")
        .body(b"body")
        .sha256(&other)
        .send();
    response.expect_error(400, "XAmzContentSHA256Mismatch");
    let delete = request(&server, "POST", "/bucket?delete")
        .body(b"<Delete/>")
        .sha256(&other)
        .send();
    delete.expect_error(400, "XAmzContentSHA256Mismatch");
    get(&server, "/bucket/key").expect_error(404, "NoSuchKey");
}

#[test]
fn without_a_signature_only_what_is_public_can_be_read() {
    let server = server();
    put(&server, "/bucket/private", b"secret").expect(200);
    request(&server, "PUT", "/bucket/public")
        .header("x-amz-acl", "public-read")
        .body(b"open")
        .send()
        .expect(200);
    request(&server, "GET", "/bucket/private")
        .send_unsigned()
        .expect_error(403, "AccessDenied");
    request(&server, "GET", "/bucket")
        .send_unsigned()
        .expect_error(403, "AccessDenied");
    assert_eq!(
        request(&server, "GET", "/bucket/public")
            .send_unsigned()
            .expect(200)
            .body,
        b"open"
    );
    request(&server, "PUT", "/bucket/public")
        .body(b"x")
        .send_unsigned()
        .expect_error(403, "AccessDenied");
}

#[test]
fn every_answered_request_is_logged() {
    let server = server();
    put(&server, "/bucket/a%20b", b"").expect(200);
    get(&server, "/bucket?list-type=2").expect(200);
    let seen: Vec<String> = server
        .requests()
        .iter()
        .map(|logged| {
            format!(
                "{} {} {} {}",
                logged.method, logged.path, logged.query, logged.status
            )
        })
        .collect();
    assert_eq!(
        seen,
        ["PUT /bucket/a%20b  200", "GET /bucket list-type=2 200"]
    );
    server.clear_requests();
    assert!(server.requests().is_empty());
}
