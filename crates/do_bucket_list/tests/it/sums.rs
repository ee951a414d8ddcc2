//! `--summary-only`, `--depth` and `--long`.

use serde_json::json;
use testkit::Endpoint;

use crate::lister;

fn tree() -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for (key, bytes) in [
        ("a/b/c/deep", 1000),
        ("a/b/x", 200),
        ("a/y", 30),
        ("a-b", 4),
        ("z/z", 5),
    ] {
        endpoint.server().store().put(&bucket, key, vec![0; bytes]);
    }
    (endpoint, bucket)
}

#[test]
fn only_the_sum_of_all_that_begins_with_the_prefix_is_printed() {
    let (endpoint, bucket) = tree();
    let sum = |words: &[&str]| {
        let ended = lister(&endpoint).args(words).run();
        ended.success().stderr("");
        ended.stdout_text()
    };
    assert_eq!(sum(&["--summary-only", &bucket]), "5 objects, 1239 bytes\n");
    let below = format!("{bucket}/a/");
    assert_eq!(sum(&["--summary-only", &below]), "3 objects, 1230 bytes\n");
    assert_eq!(
        sum(&["--summary-only", "--human", &below]),
        "3 objects, 1.2 KiB\n"
    );
}

#[test]
fn directories_are_summed_up_to_the_depth_that_is_asked_for() {
    let (endpoint, bucket) = tree();
    let sum = |depth: &str, place: &str| {
        let ended = lister(&endpoint)
            .args(["--summary-only", "--depth", depth, place])
            .run();
        ended.success();
        let lines = ended.stdout_lines();
        let words = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.iter().map(words).collect::<Vec<_>>()
    };
    let total = "5 objects, 1239 bytes";
    assert_eq!(sum("1", &bucket), ["1230 3 a/", "5 1 z/", total]);
    assert_eq!(
        sum("2", &bucket),
        ["1200 2 a/b/", "1230 3 a/", "5 1 z/", total]
    );
    assert_eq!(
        sum("9", &format!("{bucket}/a/")),
        ["1000 1 a/b/c/", "1200 2 a/b/", "3 objects, 1230 bytes"]
    );
    let ended = lister(&endpoint)
        .args(["--summary-only", "--depth=1", "--json", &bucket])
        .run();
    let lines = ended.success().json_lines();
    assert_eq!(
        lines[0],
        json!({"Prefix": "a/", "objects": 3, "bytes": 1230})
    );
    assert_eq!(lines[1]["Prefix"], "z/");
    assert_eq!(lines[2]["summary"]["objects"], 5);
}

#[test]
fn the_filters_apply_to_sums_and_nothing_below_a_prefix_is_exit_4() {
    let (endpoint, bucket) = tree();
    let sum = lister(&endpoint).args(["--summary-only", "--exclude", "x", &bucket]);
    sum.run()
        .success()
        .stdout("4 objects, 1039 bytes, 1 left out by filters\n");
    let place = format!("{bucket}/nothing/");
    lister(&endpoint)
        .args(["--summary-only", &place])
        .run()
        .code(4);
    for flags in [
        &["--depth", "1"][..],
        &["--summary-only", "-0"],
        &["--summary-only", "--max-keys=1"],
    ] {
        lister(&endpoint)
            .args(flags)
            .arg(&bucket)
            .run()
            .code(2)
            .stdout("");
    }
}

#[test]
fn etags_and_storage_classes_are_columns_if_asked_for() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint.server().store().put(&bucket, "a", &b"a"[..]);
    endpoint.server().store().put(&bucket, "d/a", &b"a"[..]);
    let ended = lister(&endpoint).args(["--long", &bucket]).run();
    let lines = ended.success().stdout_lines();
    let words: Vec<&str> = lines[0].split_whitespace().skip(2).collect();
    assert_eq!(
        words,
        ["1", "0cc175b9c0f1b6a831c399e269772661", "STANDARD", "a"]
    );
    // The names stand below each other.
    assert_eq!(lines[0].rfind('a'), lines[1].rfind("d/"));
    lister(&endpoint)
        .arg("--long")
        .run()
        .code(2)
        .stderr_has("--long needs a BUCKET");
}
