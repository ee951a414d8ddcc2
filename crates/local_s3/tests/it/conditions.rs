//! Ranges and conditional requests.

use crate::client::{get, request, server};

#[test]
fn ranges_are_answered_exactly_and_clipped_at_the_end() {
    let server = server();
    server.store().put("bucket", "key", "0123456789");
    for (range, body, content_range) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=8-", "89", "bytes 8-9/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
    ] {
        let response = request(&server, "GET", "/bucket/key")
            .header("range", range)
            .send()
            .expect(206);
        assert_eq!(response.text(), body);
        assert_eq!(response.header("content-range"), Some(content_range));
        let head = request(&server, "HEAD", "/bucket/key")
            .header("range", range)
            .send()
            .expect(206);
        assert_eq!(
            head.header("content-length"),
            Some(body.len().to_string().as_str())
        );
        assert_eq!(head.header("content-range"), Some(content_range));
    }
}

#[test]
fn a_range_outside_is_refused_with_the_size() {
    let server = server();
    server.store().put("bucket", "key", "0123456789");
    server.store().put("bucket", "empty", "");
    let response = request(&server, "GET", "/bucket/key")
        .header("range", "bytes=10-")
        .send();
    assert_eq!(
        response
            .expect_error(416, "InvalidRange")
            .header("content-range"),
        Some("bytes */10")
    );
    for range in ["bytes=0-0", "bytes=-1"] {
        request(&server, "GET", "/bucket/empty")
            .header("range", range)
            .send()
            .expect_error(416, "InvalidRange");
    }
}

#[test]
fn reading_obeys_conditions() {
    let server = server();
    server.store().put("bucket", "key", "body");
    let response = get(&server, "/bucket/key").expect(200);
    let etag = response.header("etag").unwrap();
    assert_eq!(etag, "\"841a2d689ad86bd1611447453c22c6fc\"");
    for (name, value, status) in [
        ("if-match", etag, 200),
        ("if-match", "*", 200),
        ("if-match", "\"other\"", 412),
    ] {
        for method in ["GET", "HEAD"] {
            request(&server, method, "/bucket/key")
                .header(name, value)
                .send()
                .expect(status);
        }
    }
}

#[test]
fn writing_obeys_conditions() {
    let server = server();
    let conditional = |key: &str, name: &str, value: &str| {
        request(&server, "PUT", &format!("/bucket/{key}"))
            .header(name, value)
            .body(b"new")
            .send()
    };
    conditional("key", "if-none-match", "*").expect(200);
    conditional("key", "if-none-match", "*").expect_error(412, "PreconditionFailed");
    conditional("key", "if-match", "\"other\"").expect_error(412, "PreconditionFailed");
    conditional("missing", "if-match", "\"other\"").expect_error(404, "NoSuchKey");
    let etag = get(&server, "/bucket/key")
        .header("etag")
        .unwrap()
        .to_owned();
    conditional("key", "if-match", &etag).expect(200);
}

#[test]
fn of_many_who_create_only_if_missing_one_succeeds() {
    let server = server();
    let created = std::thread::scope(|scope| {
        let one = || {
            request(&server, "PUT", "/bucket/lock")
                .header("if-none-match", "*")
                .body(b"me")
                .send()
                .status
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .filter(|status| *status == 200)
            .count()
    });
    assert_eq!(created, 1);
}
