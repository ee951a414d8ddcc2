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
fn what_cannot_be_restored_is_refused() {
    let server = frozen();
    let store = server.store();
    put(&server, "/bucket/plain", b"x").expect(200);
    store.put_in_class("bucket", "deep", "bytes", "DEEP_ARCHIVE");
    let days = "<Days>1</Days>";
    let tier = |name: &str| {
        format!("{days}<GlacierJobParameters><Tier>{name}</Tier></GlacierJobParameters>")
    };
    restore(&server, "/bucket/plain?restore", days).expect_error(403, "InvalidObjectState");
    restore(&server, "/bucket/missing?restore", days).expect_error(404, "NoSuchKey");
    restore(&server, "/bucket/key?restore", "").expect_error(400, "MalformedXML");
    restore(&server, "/bucket/key?restore", "<Days>0</Days>").expect_error(400, "MalformedXML");
    restore(&server, "/bucket/key?restore", &tier("Slow")).expect_error(400, "MalformedXML");
    restore(&server, "/bucket/deep?restore", &tier("Expedited"))
        .expect_error(400, "InvalidArgument");
    restore(&server, "/bucket/deep?restore", &tier("Bulk")).expect(202);
    restore(&server, "/bucket/key?restore", &tier("Expedited")).expect(202);
}

#[test]
fn one_version_is_restored_and_the_others_stay_archived() {
    let server = frozen();
    let store = server.store();
    store.set_versioning("bucket", local_s3::Versioning::Enabled);
    let newer = store.put_in_class("bucket", "key", "newer", "DEEP_ARCHIVE");
    let target = "/bucket/key?restore&versionId=null";
    restore(&server, target, "<Days>1</Days>").expect(202);
    store.advance(HOUR);
    let null = get(&server, "/bucket/key?versionId=null").expect(200);
    assert_eq!(null.text(), "bytes");
    get(&server, "/bucket/key").expect_error(403, "InvalidObjectState");
    assert_eq!(
        state(&server, &format!("/bucket/key?versionId={newer}")),
        None
    );
    store.remove("bucket", "key");
    restore(&server, "/bucket/key?restore", "<Days>1</Days>").expect_error(404, "NoSuchKey");
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

#[test]
fn a_new_object_of_the_same_name_starts_frozen() {
    let server = frozen();
    let store = server.store();
    restore(&server, "/bucket/key?restore", "<Days>1</Days>").expect(202);
    store.advance(HOUR);
    store.put_in_class("bucket", "key", "again", "GLACIER");
    get(&server, "/bucket/key").expect_error(403, "InvalidObjectState");
    assert_eq!(state(&server, "/bucket/key"), None);
}
