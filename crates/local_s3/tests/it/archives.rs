//! Archived objects and RestoreObject.

use std::time::{Duration, UNIX_EPOCH};

use local_s3::Server;

use crate::client::{Response, get, put, request, server};

const HOUR: Duration = Duration::from_secs(3600);

/// A server whose clock stands and whose restores take an hour, with an object in GLACIER.
fn frozen() -> Server {
    let server = server();
    let store = server.store();
    store.set_time(UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    store.set_thaw(HOUR);
    store.put_in_class("bucket", "key", "bytes", "GLACIER");
    server
}

fn restore(server: &Server, target: &str, inner: &str) -> Response {
    let body = format!(
        "<RestoreRequest xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inner}</RestoreRequest>"
    );
    request(server, "POST", target).body(body.as_bytes()).send()
}

fn state(server: &Server, target: &str) -> Option<String> {
    let head = request(server, "HEAD", target).send().expect(200);
    head.header("x-amz-restore").map(str::to_owned)
}

#[test]
fn an_archived_object_is_described_but_not_given_out() {
    let server = frozen();
    let head = request(&server, "HEAD", "/bucket/key").send().expect(200);
    assert_eq!(head.header("x-amz-storage-class"), Some("GLACIER"));
    assert_eq!(head.header("x-amz-restore"), None);
    get(&server, "/bucket/key").expect_error(403, "InvalidObjectState");
    let instant = request(&server, "PUT", "/bucket/instant")
        .header("x-amz-storage-class", "GLACIER_IR")
        .body(b"there")
        .send();
    instant.expect(200);
    assert_eq!(get(&server, "/bucket/instant").expect(200).text(), "there");
}

#[test]
fn a_restore_is_begun_goes_on_is_done_and_ends() {
    let server = frozen();
    let store = server.store();
    let ask = |days: u32| {
        restore(
            &server,
            "/bucket/key?restore",
            &format!("<Days>{days}</Days>"),
        )
    };
    ask(2).expect(202);
    ask(2).expect_error(409, "RestoreAlreadyInProgress");
    assert_eq!(
        state(&server, "/bucket/key").as_deref(),
        Some("ongoing-request=\"true\"")
    );
    get(&server, "/bucket/key").expect_error(403, "InvalidObjectState");

    store.advance(HOUR);
    assert_eq!(get(&server, "/bucket/key").expect(200).text(), "bytes");
    assert_eq!(
        state(&server, "/bucket/key").as_deref(),
        Some("ongoing-request=\"false\", expiry-date=\"Fri, 17 Nov 2023 00:00:00 GMT\"")
    );
    ask(5).expect(200);
    assert_eq!(
        state(&server, "/bucket/key").as_deref(),
        Some("ongoing-request=\"false\", expiry-date=\"Mon, 20 Nov 2023 00:00:00 GMT\"")
    );

    store.advance(HOUR * 24 * 6);
    get(&server, "/bucket/key").expect_error(403, "InvalidObjectState");
    assert_eq!(state(&server, "/bucket/key"), None);
    ask(1).expect(202);
}

#[test]
fn an_object_of_intelligent_tiering_moves_back_for_good() {
    let server = frozen();
    let store = server.store();
    put(&server, "/bucket/tiered", b"bytes").expect(200);
    assert!(store.archive("bucket", "tiered", "ARCHIVE_ACCESS"));
    assert!(!store.archive("bucket", "missing", "ARCHIVE_ACCESS"));
    let head = request(&server, "HEAD", "/bucket/tiered")
        .send()
        .expect(200);
    assert_eq!(head.header("x-amz-archive-status"), Some("ARCHIVE_ACCESS"));
    get(&server, "/bucket/tiered").expect_error(403, "InvalidObjectState");
    let target = "/bucket/tiered?restore";
    restore(&server, target, "<Days>1</Days>").expect_error(400, "MalformedXML");
    restore(&server, target, "").expect(202);
    store.advance(HOUR * 24 * 400);
    let there = get(&server, "/bucket/tiered").expect(200);
    assert_eq!(there.header("x-amz-archive-status"), None);
    assert_eq!(
        there.header("x-amz-restore"),
        Some("ongoing-request=\"false\"")
    );
}
