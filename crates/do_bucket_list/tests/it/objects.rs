//! What is in a bucket.

use serde_json::{Value, json};
use testkit::Endpoint;
use testkit::faults::{Action, Canned, Plan};

use crate::{lister, without_times};

/// A bucket with two files and a directory of two.
fn filled() -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for (key, size) in [("z", 0), ("dir/c", 2048), ("dir/b", 1), ("a.txt", 1536)] {
        endpoint
            .server()
            .store()
            .put(&bucket, key, vec![b'x'; size]);
    }
    (endpoint, bucket)
}

#[test]
fn one_level_shows_objects_and_directories_in_byte_order() {
    let (endpoint, bucket) = filled();
    let ended = lister(&endpoint).arg(&bucket).run();
    ended.success().stderr("");
    assert_eq!(
        without_times(&ended.stdout_text()),
        [
            "             1536  a.txt",
            "              DIR  dir/",
            "                0  z"
        ]
    );
}

#[test]
fn recursive_shows_every_key() {
    let (endpoint, bucket) = filled();
    let ended = lister(&endpoint)
        .args(["--recursive", &format!("s3://{bucket}")])
        .run();
    ended.success().stderr("");
    assert_eq!(
        without_times(&ended.stdout_text()),
        [
            "             1536  a.txt",
            "                1  dir/b",
            "             2048  dir/c",
            "                0  z"
        ]
    );
}

#[test]
fn a_prefix_is_taken_letter_by_letter() {
    let (endpoint, bucket) = filled();
    let names = |prefix: &str| {
        let ended = lister(&endpoint).arg(format!("{bucket}/{prefix}")).run();
        ended.success().stderr("");
        without_times(&ended.stdout_text())
    };
    assert_eq!(names("di"), ["              DIR  dir/"]);
    assert_eq!(
        names("dir/"),
        ["                1  dir/b", "             2048  dir/c"]
    );
    assert_eq!(names("dir/c"), ["             2048  dir/c"]);
}

#[test]
fn human_sizes_and_the_summary_come_when_asked_for() {
    let (endpoint, bucket) = filled();
    let ended = lister(&endpoint)
        .args(["--human", "--summary", &bucket])
        .run();
    ended.success().stderr("");
    let text = ended.stdout_text();
    let (lines, summary) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        without_times(lines),
        [
            "     1.5 KiB  a.txt",
            "         DIR  dir/",
            "         0 B  z"
        ]
    );
    assert_eq!(summary, "2 objects, 1.5 KiB, 1 directory");
    let bare = lister(&endpoint).args(["-r", "--summary", &bucket]).run();
    assert!(
        bare.stdout_text().ends_with("\n4 objects, 3585 bytes\n"),
        "{bare:?}"
    );
}

#[test]
fn json_names_the_fields_as_s3_does_and_ends_with_a_summary() {
    let (endpoint, bucket) = filled();
    let ended = lister(&endpoint).args(["--json", &bucket]).run();
    ended.success().stderr("");
    let mut lines = ended.json_lines();
    let time = lines[0]["LastModified"].take();
    assert!(
        time.as_str().is_some_and(|time| time.ends_with('Z')),
        "{time}"
    );
    assert_eq!(lines[0]["Key"], "a.txt");
    assert_eq!(lines[0]["Size"], 1536);
    assert_eq!(lines[0]["ETag"].as_str().map(str::len), Some(32));
    assert_eq!(lines[1], json!({ "Prefix": "dir/" }));
    assert_eq!(
        lines.pop().unwrap(),
        json!({ "summary": {
            "exit_code": 0, "objects": 2, "bytes": 1536, "common_prefixes": 1,
            "left_out": 0, "truncated": false,
            "storage_classes": { "STANDARD": { "objects": 2, "bytes": 1536 } },
        } })
    );
}

#[test]
fn times_are_local_with_their_offset_in_text() {
    let (endpoint, bucket) = filled();
    let ended = lister(&endpoint)
        .env("TZ", "IST-5:30")
        .arg(format!("{bucket}/z"))
        .run();
    ended.success();
    let line = ended.stdout_text();
    assert_eq!(&line[19..25], "+05:30", "{line}");
    assert_eq!(&line[10..11], " ", "{line}");
}

#[test]
fn awkward_keys_are_exact_in_json_and_in_a_pipe() {
    let keys = [
        " lead",
        "a b+c%20",
        "back\\slash",
        "new\nline",
        "tab\t",
        "\u{1}\u{fffe}",
        "e\u{301}",
        "\u{202e}rtl",
        "'\"<>&;",
        "....",
        "//",
    ];
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for key in keys {
        endpoint.server().store().put(&bucket, key, "");
    }
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    let json = lister(&endpoint).args(["-r", "--json", &bucket]).run();
    let lines = json.success().json_lines();
    let listed: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["Key"].as_str())
        .collect();
    assert_eq!(listed, sorted);
    let text = lister(&endpoint).args(["-r", &bucket]).run().stdout_text();
    for key in keys {
        assert!(text.contains(&format!("  {key}\n")), "{key:?} in {text}");
    }
}

#[test]
fn a_long_listing_is_read_page_by_page() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for number in 0..2500 {
        endpoint
            .server()
            .store()
            .put(&bucket, &format!("{number:04}"), "");
    }
    endpoint.server().clear_requests();
    let ended = lister(&endpoint).args(["--json", &bucket]).run();
    let lines: Vec<Value> = ended.success().json_lines();
    assert_eq!(lines.len(), 2501);
    assert_eq!(lines[2499]["Key"], "2499");
    assert_eq!(endpoint.server().requests().len(), 3);
}

#[test]
fn an_empty_bucket_is_no_failure() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    lister(&endpoint)
        .arg(&bucket)
        .run()
        .success()
        .stdout("")
        .stderr(&format!("do_bucket_list: s3://{bucket}/ is empty\n"));
}

#[test]
fn a_prefix_that_matches_nothing_is_not_there() {
    let (endpoint, bucket) = filled();
    lister(&endpoint)
        .arg(format!("{bucket}/nope/"))
        .run()
        .code(4)
        .stdout("")
        .stderr(&format!(
            "do_bucket_list: cannot list s3://{bucket}/nope/: no key begins with this prefix\n\
         hint: run `do_bucket_list {bucket}` to see what there is\n"
        ));
}

#[test]
fn a_key_that_is_not_utf8_is_refused_by_name_and_the_rest_is_listed() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1).script(|_, _| {
        let body = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\
                    <Contents><Key>a%FF</Key><Size>1</Size></Contents>\
                    <Contents><Key>b</Key><Size>1</Size></Contents></ListBucketResult>";
        Some(Action::Respond(Canned::new(200, body)))
    }));
    let program = testkit::Program::new("do_bucket_list")
        .envs(endpoint.settings_through(&proxy))
        .arg("photos");
    let without = program.clone().args(["--exclude", "a?"]).run();
    without.success().stderr("");
    let ended = program.run();
    ended
        .code(1)
        .stderr("do_bucket_list: cannot list s3://photos/a%FF: its name is not UTF-8\n");
    assert_eq!(
        without_times(&ended.stdout_text()),
        ["                1  b"]
    );
}
