//! What must hold on every S3 server.

use testkit::{Endpoint, Program, not_offered};

/// The program with the settings of this server.
fn lister(endpoint: &Endpoint) -> Program {
    Program::new("do_bucket_list").on(endpoint)
}

/// A bucket of these keys; each holds its own name.
fn filled(keys: &[&str]) -> (Endpoint, String) {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    for key in keys {
        endpoint.s3().put(&bucket, key, key.as_bytes());
    }
    (endpoint, bucket)
}

#[test]
fn the_buckets_are_listed() {
    let (endpoint, bucket) = filled(&[]);
    let ended = lister(&endpoint).arg("-0").run();
    let text = ended.success().stdout_text();
    assert!(text.split('\0').any(|name| name == bucket), "{text}");
}

#[test]
fn names_are_listed_exactly_and_in_byte_order() {
    let keys = [
        " lead", "%41", "'\"<>&;", "+", "a b+c%20", "d/e/f", "d/g", "e\u{301}", "\u{e9}",
        "\u{65e5}",
    ];
    let (endpoint, bucket) = filled(&keys);
    let names = |words: &[&str]| {
        let ended = lister(&endpoint).arg("-0").args(words).arg(&bucket).run();
        ended.success().stderr("");
        ended.stdout_text()
    };
    let all: String = keys.iter().map(|key| format!("{key}\0")).collect();
    assert_eq!(names(&["-r"]), all);
    assert_eq!(names(&[]), all.replace("d/e/f\0d/g\0", "d/\0"));
    assert_eq!(names(&["-r", "--include", "d/**"]), "d/e/f\0d/g\0");
}

#[test]
fn a_bucket_that_keeps_no_versions_shows_its_objects_as_null_versions() {
    let (endpoint, bucket) = filled(&["a b", "d/e"]);
    let ended = lister(&endpoint)
        .args(["-r", "--versions", "--json", &bucket])
        .run();
    if ended.exit_code() == 1 {
        // Not on every service.
        ended.stderr_has("this service does not support this");
        not_offered(&endpoint, "this server keeps no versions");
        return;
    }
    let lines = ended.success().json_lines();
    assert_eq!(lines.len(), 3);
    for (line, key) in lines.iter().zip(["a b", "d/e"]) {
        assert_eq!(line["Key"], key);
        assert_eq!(line["VersionId"], "null");
        assert_eq!(line["IsLatest"], true);
        assert_eq!(line["Size"], 3);
    }
}

#[test]
fn an_unfinished_upload_is_listed_with_its_size() {
    let (endpoint, bucket) = filled(&[]);
    let path = format!("/{bucket}/dir/big file");
    let send = |method: &str, query: &[(&str, &str)], body: &[u8]| {
        endpoint
            .s3()
            .send(method, &path, query, &[], body)
            .unwrap()
            .ok()
    };
    let text = send("POST", &[("uploads", "")], b"").text();
    let id = text.split("<UploadId>").nth(1).unwrap();
    let id = id.split("</UploadId>").next().unwrap();
    send(
        "PUT",
        &[("partNumber", "1"), ("uploadId", id)],
        &[b'x'; 1234],
    );
    let ended = lister(&endpoint)
        .args(["--uploads", "--json", &format!("{bucket}/dir/")])
        .run();
    let lines = ended.success().json_lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["Key"], "dir/big file");
    assert_eq!(lines[0]["UploadId"], id);
    assert_eq!(lines[0]["Size"], 1234);
    send("DELETE", &[("uploadId", id)], b"");
}
