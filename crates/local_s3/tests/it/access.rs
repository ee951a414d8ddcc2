//! Who is let in, and the log of requests.

use testkit::S3;

use crate::client::{client, get, put, server};

#[test]
fn a_wrong_secret_and_an_unknown_key_id_are_told_apart() {
    let server = server();
    let code = |s3: S3| {
        let refused = s3.send_to("GET", "/bucket", &[], b"").unwrap();
        assert_eq!(refused.status, 403);
        refused.elements("Code")
    };
    let wrong = S3 {
        secret_key: "wrong".into(),
        ..client(&server)
    };
    assert_eq!(code(wrong), ["SignatureDoesNotMatch"]);
    let unknown = S3 {
        access_key: "unknown".into(),
        ..client(&server)
    };
    assert_eq!(code(unknown), ["InvalidAccessKeyId"]);
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
