//! Part of what is in a bucket: filters, so many lines, bare names, storage classes.

use serde_json::json;
use testkit::Endpoint;
use testkit::faults::{Action, Canned, Plan};

use crate::{lister, without_times};

/// A bucket with these keys; each holds its own name.
fn filled(keys: &[&str]) -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for key in keys {
        let body = key.as_bytes().to_vec();
        endpoint.server().store().put(&bucket, key, body);
    }
    (endpoint, bucket)
}

const PHOTOS: [&str; 6] = [
    "photos/2024/a.jpg",
    "photos/2024/b.txt",
    "photos/c.jpg",
    "photos/tmp/d.jpg",
    "photos/tmp/e.txt",
    "z.jpg",
];

#[test]
fn filters_are_held_against_what_follows_the_last_slash_of_the_prefix() {
    let (endpoint, bucket) = filled(&PHOTOS);
    let names = |words: &[&str], prefix: &str| {
        let ended = lister(&endpoint)
            .arg("-0")
            .args(words)
            .arg(format!("{bucket}/{prefix}"))
            .run();
        ended.success().stderr("");
        ended.stdout_text().replace('\0', " ")
    };
    assert_eq!(
        names(&["-r", "--include", "*.jpg"], ""),
        "photos/2024/a.jpg photos/c.jpg photos/tmp/d.jpg z.jpg "
    );
    assert_eq!(
        names(
            &["-r", "--include", "*.jpg", "--exclude", "tmp/"],
            "photos/"
        ),
        "photos/2024/a.jpg photos/c.jpg "
    );
    assert_eq!(
        names(&["-r", "--include", "2024/*"], "photos/2"),
        "photos/2024/a.jpg photos/2024/b.txt "
    );
    // On one level a directory is a name like others.
    assert_eq!(
        names(&["--exclude", "tmp"], "photos/"),
        "photos/2024/ photos/c.jpg "
    );
}

#[test]
fn filters_that_leave_nothing_are_a_warning_and_a_prefix_without_keys_is_not_there() {
    let (endpoint, bucket) = filled(&PHOTOS);
    let program = lister(&endpoint).args(["-r", "--include", "*.png", "--summary"]);
    program
        .clone()
        .arg(&bucket)
        .run()
        .success()
        .stdout("0 objects, 0 bytes, 6 left out by filters\n")
        .stderr("do_bucket_list: warning: no object matches the filters, which are compared with paths such as `photos/2024/a.jpg`\n");
    program
        .arg(format!("{bucket}/nope/"))
        .run()
        .code(4)
        .stderr_has("no key begins with this prefix");
}

#[test]
fn it_stops_after_so_many_lines_and_says_whether_there_is_more() {
    let (endpoint, bucket) = filled(&PHOTOS);
    let program = lister(&endpoint).args(["--summary", &format!("{bucket}/photos/")]);
    let ended = program.clone().args(["--max-keys", "2"]).run();
    ended
        .success()
        .stderr("do_bucket_list: stopped after 2 lines (--max-keys); there is more\n");
    let text = ended.stdout_text();
    let (lines, summary) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        without_times(lines),
        [
            "              DIR  photos/2024/",
            "               12  photos/c.jpg"
        ]
    );
    assert_eq!(summary, "1 object, 12 bytes, 1 directory");
    // Exactly as many as there are: nothing was left.
    program.args(["--max-keys=3"]).run().success().stderr("");
}

#[test]
fn in_json_a_listing_that_was_stopped_says_so() {
    let (endpoint, bucket) = filled(&PHOTOS);
    let summary = |most: &str| {
        let ended = lister(&endpoint)
            .args(["-r", "--json", "-q", "--max-keys", most, &bucket])
            .run();
        ended.success().stderr("");
        ended.json_lines().pop().unwrap()["summary"].take()
    };
    assert_eq!(
        summary("1"),
        json!({
            "exit_code": 0, "objects": 1, "bytes": 17, "common_prefixes": 0,
            "left_out": 0, "truncated": true,
            "storage_classes": { "STANDARD": { "objects": 1, "bytes": 17 } },
        })
    );
    assert_eq!(summary("6")["truncated"], false);
}

#[test]
fn a_listing_is_read_no_further_than_its_last_line_needs() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for number in 0..5000 {
        let key = format!("{number:04}");
        endpoint.server().store().put(&bucket, &key, "");
    }
    endpoint.server().clear_requests();
    let ended = lister(&endpoint)
        .args(["-r", "--max-keys=3", &bucket])
        .run();
    assert_eq!(ended.success().stdout_lines().len(), 3);
    // One page is read ahead, and a third may have been asked for.
    assert!(endpoint.server().requests().len() <= 3);
}

#[test]
fn bare_names_are_exact_and_ended_by_nul() {
    let keys = ["\x1b[2J", "a b", "dir/x", "new\nline", "\u{202e}rtl"];
    let (endpoint, bucket) = filled(&keys);
    let all = lister(&endpoint).args(["-r", "--null", &bucket]).run();
    all.success().stderr("");
    let expected: String = keys.iter().map(|key| format!("{key}\0")).collect();
    all.stdout(&expected);
    let level = lister(&endpoint).args(["-0", &bucket]).run();
    level.success().stdout(&expected.replace("dir/x", "dir/"));
}

#[test]
fn a_name_with_a_nul_in_it_is_refused_by_name_where_nul_ends_names() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|_, _| {
        let body = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
                    <Contents><Key>a%00b</Key><Size>1</Size></Contents>\
                    <Contents><Key>c</Key><Size>1</Size></Contents></ListBucketResult>";
        Some(Action::Respond(Canned::new(200, body)))
    }));
    let ended = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["-0", "photos"])
        .run();
    ended
        .code(1)
        .stdout("c\0")
        .stderr_has("its name has a NUL byte in it, where -0 ends a name\n");
}

#[test]
fn the_summary_is_by_storage_class_too() {
    let (endpoint, bucket) = filled(&["a", "b"]);
    let store = endpoint.server().store();
    store.put_in_class(&bucket, "c", "xyz", "GLACIER");
    let ended = lister(&endpoint).args(["--summary", &bucket]).run();
    let text = ended.success().stdout_text();
    assert!(
        text.ends_with(
            "\n3 objects, 5 bytes\nGLACIER: 1 object, 3 bytes\nSTANDARD: 2 objects, 2 bytes\n"
        ),
        "{text}"
    );
    let ended = lister(&endpoint).args(["--json", &bucket]).run();
    assert_eq!(
        ended.success().json_lines().pop().unwrap()["summary"]["storage_classes"],
        json!({ "GLACIER": { "objects": 1, "bytes": 3 }, "STANDARD": { "objects": 2, "bytes": 2 } })
    );
}
