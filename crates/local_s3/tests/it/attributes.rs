//! What is kept beside the bytes: headers, metadata, ACLs, tags, encryption, checksums.

use crate::client::{get, put, request, server};

#[test]
fn headers_come_back_as_they_went_in() {
    let server = server();
    let sent = [
        ("cache-control", "max-age=3, public"),
        ("content-disposition", "attachment; filename=\"a b\""),
        ("content-encoding", "gzip"),
        ("content-language", "de"),
        ("content-type", "text/x; charset=utf-8"),
        ("expires", "Tue, 01 Jan 2030 00:00:00 GMT"),
        ("x-amz-meta-one", "1"),
        ("x-amz-meta-utf", "=?UTF-8?Q?=C3=A9?="),
        ("x-amz-server-side-encryption", "AES256"),
        ("x-amz-storage-class", "STANDARD_IA"),
    ];
    let mut request_ = request(&server, "PUT", "/bucket/key").body(b"body");
    for (name, value) in sent {
        request_ = request_.header(name, value);
    }
    request_.send().expect(200);
    for method in ["GET", "HEAD"] {
        let response = request(&server, method, "/bucket/key").send().expect(200);
        for (name, value) in sent {
            assert_eq!(response.header(name), Some(value), "{method}");
        }
    }
    assert_eq!(
        get(&server, "/bucket").element("StorageClass").as_deref(),
        Some("STANDARD_IA")
    );
    put(&server, "/bucket/plain", b"").expect(200);
    let plain = get(&server, "/bucket/plain").expect(200);
    assert_eq!(plain.header("content-type"), Some("binary/octet-stream"));
    assert_eq!(plain.header("x-amz-storage-class"), None);
}

#[test]
fn tags_are_kept_and_counted() {
    let server = server();
    request(&server, "PUT", "/bucket/key")
        .header("x-amz-tagging", "a=1&b=x%20y+z")
        .send()
        .expect(200);
    let response = get(&server, "/bucket/key?tagging").expect(200);
    assert_eq!(
        (response.elements("Key"), response.elements("Value")),
        (
            vec!["a".into(), "b".into()],
            vec!["1".into(), "x y z".into()]
        )
    );
    assert_eq!(
        get(&server, "/bucket/key").header("x-amz-tagging-count"),
        Some("2")
    );
}

/// A customer's key of 32 times this byte, as headers.
fn customer_key(letter: char) -> [(&'static str, String); 3] {
    let (key, md5) = match letter {
        'k' => (
            "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=",
            "mT2HRsMGJ5IX5C+0rreZ8Q==",
        ),
        _ => (
            "ampqampqampqampqampqampqampqampqampqampqamo=",
            "qYJPjhLZdqVEl0W6BD7EAw==",
        ),
    };
    [
        (
            "x-amz-server-side-encryption-customer-algorithm",
            "AES256".into(),
        ),
        ("x-amz-server-side-encryption-customer-key", key.into()),
        ("x-amz-server-side-encryption-customer-key-md5", md5.into()),
    ]
}

#[test]
fn what_a_customers_key_locked_only_that_key_opens() {
    let server = server();
    let with_key = |method, target: &str, letter: char| {
        let unlocked =
            request(&server, method, target).body(if method == "PUT" { b"body" } else { b"" });
        customer_key(letter)
            .iter()
            .fold(unlocked, |request, (name, value)| {
                request.header(name, value)
            })
    };
    let response = with_key("PUT", "/bucket/key", 'k').send().expect(200);
    assert_eq!(
        response.header("x-amz-server-side-encryption-customer-key-md5"),
        Some("mT2HRsMGJ5IX5C+0rreZ8Q==")
    );
    assert_ne!(
        response.header("etag"),
        Some("\"841a2d689ad86bd1611447453c22c6fc\""),
        "no MD5 of the content"
    );
    assert_eq!(
        with_key("GET", "/bucket/key", 'k').send().expect(200).body,
        b"body"
    );
    with_key("GET", "/bucket/key", 'j')
        .send()
        .expect_error(400, "InvalidArgument");
    get(&server, "/bucket/key").expect_error(400, "InvalidRequest");
    put(&server, "/bucket/plain", b"").expect(200);
    with_key("GET", "/bucket/plain", 'k')
        .send()
        .expect_error(400, "InvalidRequest");
}

#[test]
fn checksums_are_kept_and_answered_when_asked_for() {
    let server = server();
    // All of `123456789`.
    for (name, value) in [
        ("x-amz-checksum-crc32", "y/Q5Jg=="),
        ("x-amz-checksum-crc32c", "4waSgw=="),
        ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
        ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        (
            "x-amz-checksum-sha256",
            "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
        ),
    ] {
        request(&server, "PUT", "/bucket/key")
            .header(name, value)
            .body(b"123456789")
            .send()
            .expect(200);
        let asked = request(&server, "HEAD", "/bucket/key")
            .header("x-amz-checksum-mode", "ENABLED")
            .send()
            .expect(200);
        assert_eq!(
            (asked.header(name), asked.header("x-amz-checksum-type")),
            (Some(value), Some("FULL_OBJECT"))
        );
        assert_eq!(get(&server, "/bucket/key").header(name), None);
        let range = request(&server, "GET", "/bucket/key")
            .header("x-amz-checksum-mode", "ENABLED")
            .header("range", "bytes=0-1");
        assert_eq!(range.send().expect(206).header(name), None);
    }
}
