//! Any legal key goes in, is listed and comes out, byte by byte.

use crate::client::{get, put, request, server};

/// Keys that file systems, XML and URLs have trouble with.
fn awkward() -> Vec<String> {
    let mut keys: Vec<String> = [
        "a",
        "a/b",
        "a/b/c",
        "/lead",
        "//x",
        "/",
        "dir/",
        "a//b",
        ".",
        "..",
        "./a",
        "../x",
        "a/../../x",
        "...",
        "a b",
        " lead",
        "trail ",
        "a+b",
        "a%2Fb",
        "100%",
        "a?b",
        "a#b",
        "a&b=c;d",
        "a:b*c",
        "'q\"",
        "<t>",
        "a\\b|c",
        "a\nb",
        "a\tb",
        "a\rb",
        "a\u{1}b",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{85}",
        "\u{fffe}",
        "\u{feff}x",
        "\u{202e}rtl",
        "zero\u{200b}width",
        "é",
        "e\u{301}",
        "ключ/鍵/😀",
        "~(){}[]^`@!$,",
        "]]>",
        "<![CDATA[x]]>",
        "&amp;",
        "&#13;",
        "\u{d7ff}",
        "\u{e000}",
        "\u{10ffff}",
    ]
    .map(str::to_owned)
    .to_vec();
    keys.push("x".repeat(1024));
    keys.push("n".repeat(255));
    keys
}

fn encoded(key: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    key.bytes()
        .map(|byte| {
            if keep(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn decoded(name: &str) -> String {
    percent_encoding::percent_decode_str(&name.replace('+', " "))
        .decode_utf8()
        .unwrap()
        .into_owned()
}

#[test]
fn every_legal_key_is_stored_listed_and_read_back() {
    let server = server();
    let mut keys = awkward();
    for key in &keys {
        put(
            &server,
            &format!("/bucket/{}", encoded(key)),
            key.as_bytes(),
        )
        .expect(200);
    }
    for key in &keys {
        let response = get(&server, &format!("/bucket/{}", encoded(key))).expect(200);
        assert_eq!(response.body, key.as_bytes(), "{key:?}");
    }
    keys.sort();
    let mut listed = Vec::new();
    let mut token = String::new();
    loop {
        let page = get(
            &server,
            &format!("/bucket?encoding-type=url&list-type=2&max-keys=7{token}"),
        )
        .expect(200);
        listed.extend(page.elements("Key").iter().map(|name| decoded(name)));
        match page.element("NextContinuationToken") {
            Some(next) => {
                token = format!("&continuation-token={}", encoded(&next).replace('/', "%2F"))
            }
            None => break,
        }
    }
    assert_eq!(listed, keys);
}

#[test]
fn url_encoding_covers_everything_that_is_made_of_keys() {
    let server = server();
    let store = server.store();
    store.put("bucket", "p q/a+b/1", "");
    store.put("bucket", "p q/a+b/2", "");
    store.put("bucket", "p q/é\u{1}", "");
    let target =
        "/bucket?delimiter=%2B&encoding-type=url&list-type=2&prefix=p%20q%2F&start-after=p%20q";
    let page = get(&server, target).expect(200);
    assert_eq!(page.elements("Prefix"), ["p+q/", "p+q/a%2B"]);
    assert_eq!(page.element("Delimiter").as_deref(), Some("%2B"));
    assert_eq!(page.element("StartAfter").as_deref(), Some("p+q"));
    assert_eq!(page.elements("Key"), ["p+q/%C3%A9%01"]);
    assert_eq!(page.element("EncodingType").as_deref(), Some("url"));

    let first = get(
        &server,
        "/bucket?delimiter=%2B&encoding-type=url&max-keys=1&prefix=p%20q%2F",
    )
    .expect(200);
    assert_eq!(first.element("NextMarker").as_deref(), Some("p+q/a%2B"));
    let rest = get(
        &server,
        "/bucket?delimiter=%2B&encoding-type=url&marker=p%20q%2Fa%2B&prefix=p%20q%2F",
    )
    .expect(200);
    assert_eq!(rest.element("Marker").as_deref(), Some("p+q/a%2B"));
    assert_eq!(rest.elements("Key"), ["p+q/%C3%A9%01"]);
}

#[test]
fn a_listing_without_encoding_keeps_carriage_returns() {
    let server = server();
    server.store().put("bucket", "a\rb\u{1}", "");
    let page = get(&server, "/bucket?list-type=2").expect(200);
    assert_eq!(page.elements("Key"), ["a&#xd;b&#x1;"]);
    let delete = b"<Delete><Object><Key>a&#13;b\x01</Key></Object></Delete>";
    let request = || request(&server, "POST", "/bucket?delete").body(delete);
    request().send().expect_error(400, "InvalidRequest");
    let response = request().md5().send().expect(200);
    assert_eq!(response.elements("Key"), ["a&#xd;b&#x1;"]);
    assert!(server.store().keys("bucket").is_empty());
}

#[test]
fn a_key_of_more_than_1024_bytes_is_refused() {
    let server = server();
    put(&server, &format!("/bucket/{}", "x".repeat(1025)), b"")
        .expect_error(400, "KeyTooLongError");
}

#[test]
fn a_page_never_has_more_than_1000_keys() {
    let server = server();
    for number in 0..1001 {
        server.store().put("bucket", &format!("{number:05}"), "");
    }
    let page = get(&server, "/bucket?list-type=2&max-keys=5000").expect(200);
    assert_eq!(page.elements("Key").len(), 1000);
    assert_eq!(page.element("MaxKeys").as_deref(), Some("1000"));
    assert_eq!(page.element("KeyCount").as_deref(), Some("1000"));
    assert_eq!(page.element("IsTruncated").as_deref(), Some("true"));
}
