//! `--versions`.

use local_s3::Versioning;
use serde_json::json;
use testkit::Endpoint;
use testkit::faults::{Action, Canned, Fault, Plan};

use crate::incomplete_listings::breaks_off_after_1000;
use crate::{answered_with, lister, without_times};

/// A bucket with a past: `a` twice, `d/b` written and deleted.
fn with_a_past() -> (Endpoint, String) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let store = endpoint.server().store();
    store.put(&bucket, "a", "null");
    store.set_versioning(&bucket, Versioning::Enabled);
    store.put(&bucket, "a", "second");
    store.put(&bucket, "d/b", "xyz");
    store.remove(&bucket, "d/b");
    (endpoint, bucket)
}

/// The lines without time, and with `ID` for every version id but `null`.
fn steady(stdout: &str) -> Vec<String> {
    let lines = without_times(stdout).into_iter();
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let shown = words.iter().map(|word| match word.len() {
                32 => "ID",
                _ => word,
            });
            shown.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn every_version_and_delete_marker_is_listed_newest_first() {
    let (endpoint, bucket) = with_a_past();
    let ended = lister(&endpoint)
        .args(["-r", "--versions", "--summary", &bucket])
        .run();
    ended.success().stderr("");
    let text = ended.stdout_text();
    let (lines, summary) = text.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(
        steady(lines),
        [
            "6 latest ID a",
            "4 null a",
            "deleted latest ID d/b",
            "3 ID d/b"
        ]
    );
    assert_eq!(summary, "3 versions, 13 bytes, 1 delete marker");
}

#[test]
fn one_level_of_versions_has_directories() {
    let (endpoint, bucket) = with_a_past();
    let names = |place: &str| {
        let ended = lister(&endpoint).args(["--versions", place]).run();
        ended.success().stderr("");
        steady(&ended.stdout_text())
    };
    assert_eq!(names(&bucket), ["6 latest ID a", "4 null a", "DIR d/"]);
    assert_eq!(
        names(&format!("{bucket}/d/")),
        ["deleted latest ID d/b", "3 ID d/b"]
    );
}

#[test]
fn versions_have_their_columns() {
    let (endpoint, bucket) = with_a_past();
    let ended = lister(&endpoint)
        .args(["--versions", "--max-keys=2", "-q", &bucket])
        .run();
    let line = without_times(&ended.success().stdout_text()).pop().unwrap();
    assert_eq!(line, format!("  {:>15}  {:6}  {:32}  a", 4, "", "null"));
}

#[test]
fn json_of_versions_has_the_names_of_s3() {
    let (endpoint, bucket) = with_a_past();
    let ended = lister(&endpoint)
        .args(["-r", "--versions", "--json", &bucket])
        .run();
    let lines = ended.success().json_lines();
    let without = |line: usize, fields: &[&str]| {
        let mut line = lines[line].clone();
        for field in fields {
            assert!(line[field].is_string(), "{field} in {line}");
            line.as_object_mut().unwrap().remove(*field);
        }
        line
    };
    assert_eq!(
        without(1, &["LastModified", "ETag"]),
        json!({
            "Key": "a", "VersionId": "null", "IsLatest": false, "Size": 4,
            "StorageClass": "STANDARD",
        })
    );
    assert_eq!(
        without(2, &["LastModified", "VersionId"]),
        json!({ "Key": "d/b", "IsLatest": true, "DeleteMarker": true })
    );
    assert_eq!(
        lines[4]["summary"],
        json!({
            "exit_code": 0, "versions": 3, "delete_markers": 1, "bytes": 13, "common_prefixes": 0,
            "left_out": 0, "truncated": false,
            "storage_classes": { "STANDARD": { "versions": 3, "bytes": 13 } },
        })
    );
}

#[test]
fn nothing_there_is_told_as_for_objects() {
    let (endpoint, bucket) = with_a_past();
    lister(&endpoint)
        .args(["--versions", &format!("{bucket}/nope")])
        .run()
        .code(4)
        .stdout("")
        .stderr_has(&format!(
            "do_bucket_list: cannot list s3://{bucket}/nope: no key begins with this prefix\n"
        ));
    let empty = endpoint.new_bucket();
    lister(&endpoint)
        .args(["--versions", &empty])
        .run()
        .success()
        .stdout("")
        .stderr(&format!("do_bucket_list: s3://{empty}/ is empty\n"));
    lister(&endpoint)
        .args(["--versions", "not-mine"])
        .run()
        .code(4)
        .stdout("")
        .stderr_has("cannot list the versions of s3://not-mine/: there is no such bucket");
}

#[test]
fn a_long_list_of_versions_and_directories_is_read_page_by_page() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let store = endpoint.server().store();
    store.set_versioning(&bucket, Versioning::Enabled);
    for number in 0..1200 {
        store.put(&bucket, &format!("d{number:04}/x"), "");
        store.put(&bucket, "same/key", "");
    }
    let lines = |words: &[&str]| {
        let program = lister(&endpoint).args(["--versions", "--json", &bucket]);
        program.args(words).run().success().json_lines()
    };
    let level = lines(&[]);
    assert_eq!(level.len(), 1202);
    assert_eq!(level[1199], json!({ "Prefix": "d1199/" }));
    assert_eq!(level[1200], json!({ "Prefix": "same/" }));
    let all = lines(&["-r"]);
    assert_eq!(all.len(), 2401);
    assert_eq!(all[2400]["summary"]["versions"], 2400);
}

#[test]
fn a_list_of_versions_that_breaks_off_is_an_error_after_what_came() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for number in 0..1500 {
        endpoint
            .server()
            .store()
            .put(&bucket, &format!("{number:04}"), "");
    }
    for fault in [Fault::CutListing, Fault::HtmlListing, Fault::Reset] {
        let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
            request
                .has_param("key-marker")
                .then_some(Action::Fault(fault))
        }));
        let listed = lister(&endpoint)
            .envs(endpoint.settings_through(&proxy))
            .args(["--versions", &bucket]);
        let subject = format!("the versions of s3://{bucket}/");
        breaks_off_after_1000(listed, &subject, "versions");
    }
}

#[test]
fn a_service_without_versions_is_said_to_have_none() {
    let endpoint = Endpoint::local();
    let refusal = |canned| answered_with(&endpoint, canned, "--versions");
    refusal(Canned::error(501, "NotImplemented", "no")).code(1).stdout("").told(
        "do_bucket_list: cannot list the versions of s3://photos/: this service does not support this \
         (NotImplemented, HTTP 501, request ID)\n",
    );
    // One that does not hear the question lists the bucket, which may be empty.
    let listing = "<ListBucketResult><Name>photos</Name><Marker/><IsTruncated>false</IsTruncated></ListBucketResult>";
    refusal(Canned::new(200, listing))
        .code(7)
        .stdout("")
        .stderr(
            "do_bucket_list: cannot list the versions of s3://photos/: the response cannot be read: \
         it lists objects, not versions\n",
        );
}
