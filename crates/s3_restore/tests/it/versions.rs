//! Versions, moments and deleted objects.

use crate::{BUCKET, after, content, pass, plain, restore, said, versioned};

/// One name: `one` at 0, `two` at 100, deleted at 200, `three` at 300.
fn eventful() -> testkit::Endpoint {
    let endpoint = versioned();
    endpoint.s3().put(BUCKET, "dir/a", b"one");
    pass(&endpoint, 100);
    endpoint.s3().put(BUCKET, "dir/a", b"two");
    pass(&endpoint, 100);
    endpoint.s3().delete(BUCKET, "dir/a");
    pass(&endpoint, 100);
    endpoint.s3().put(BUCKET, "dir/a", b"three");
    endpoint.s3().put(BUCKET, "dir/ab", b"neighbour");
    endpoint
}

/// The run, which keeps the file alive, and the file.
fn at(endpoint: &testkit::Endpoint, time: &str) -> (testkit::Finished, std::path::PathBuf) {
    let program = restore(endpoint).args(["-c", "x", "--at", time, "dir/a"]);
    let path = program.home().join("x");
    (program.run(), path)
}

#[test]
fn what_stood_at_a_moment_comes_back() {
    let endpoint = eventful();
    for (seconds, expected) in [
        (0, "one"),
        (99, "one"),
        (100, "two"),
        (300, "three"),
        (9_999, "three"),
    ] {
        let (ended, path) = at(&endpoint, &after(seconds));
        ended.success();
        assert_eq!(content(path), expected, "{seconds}");
    }
    let (ended, _) = at(&endpoint, &after(100));
    assert_eq!(
        said(&ended),
        "s3_restore: as it stood at 2023-11-14 22:15:00+00:00\n\
         s3_restore: restored s3://kept/dir/a as x: 3 bytes in TIME s (RATE/s), version ID, checked by MD5\n"
    );
}

#[test]
fn a_name_that_was_not_there_then_is_exit_4() {
    let endpoint = eventful();
    let (ended, _) = at(&endpoint, &after(-1));
    ended.code(4).stderr(
        "s3_restore: as it stood at 2023-11-14 22:13:19+00:00\n\
         s3_restore: cannot restore s3://kept/dir/a: it was not there at 2023-11-14 22:13:19+00:00\n",
    );
    let (ended, _) = at(&endpoint, &after(250));
    ended.code(4).stderr(
        "s3_restore: as it stood at 2023-11-14 22:17:30+00:00\n\
         s3_restore: cannot restore s3://kept/dir/a: it was not there at 2023-11-14 22:17:30+00:00: it had been deleted at 2023-11-14 22:16:40+00:00\n",
    );
}

#[test]
fn all_versions_are_shown_and_each_comes_back_by_its_id() {
    let endpoint = eventful();
    let shown = restore(&endpoint).args(["--versions", "dir/a"]).run();
    shown.success().stderr("");
    let text = shown.stdout_text();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let sizes: Vec<&str> = rows.iter().map(|row| row[2]).collect();
    assert_eq!(sizes, ["5", "deleted", "3", "3"]);
    assert_eq!(rows[0][4], "latest");
    let program = restore(&endpoint).args(["-c", "x", "--version-id", rows[3][3], "dir/a"]);
    let path = program.home().join("x");
    program.clone().run().success();
    assert_eq!(content(path), "one");
    let ended = restore(&endpoint)
        .args(["-c", "x", "--version-id", rows[1][3], "dir/a"])
        .run();
    ended.code(4).stderr(&format!(
        "s3_restore: cannot restore s3://kept/dir/a: version {} is a delete marker: the object was deleted at 2023-11-14 22:16:40+00:00\n",
        rows[1][3]
    ));
    let json = restore(&endpoint)
        .args(["--json", "--versions", "dir/a"])
        .run();
    json.success()
        .stdout_has("\"DeleteMarker\":true")
        .stdout_has("{\"summary\":{\"exit_code\":0,\"versions\":4}}\n");
}

#[test]
fn a_deleted_object_is_said_to_be_deleted_and_how_it_comes_back() {
    let endpoint = versioned();
    let put = endpoint.s3().put(BUCKET, "a", b"one");
    let id = put.header("x-amz-version-id").unwrap().to_owned();
    pass(&endpoint, 60);
    endpoint.s3().delete(BUCKET, "a");
    restore(&endpoint)
        .args(["-c", "x", "a"])
        .run()
        .code(4)
        .stderr(&format!(
            "s3_restore: cannot restore s3://kept/a: it was deleted at 2023-11-14 22:14:20+00:00\n\
         hint: its last version comes back with --version-id {id}\n"
        ));
    restore(&endpoint)
        .args(["-c", "x", "--version-id", &id, "a"])
        .run()
        .success();
}

#[test]
fn a_version_that_is_not_there_is_exit_4() {
    let endpoint = eventful();
    let ended = restore(&endpoint)
        .args(["-c", "x", "--version-id", "null", "dir/a"])
        .run();
    ended
        .code(4)
        .stderr("s3_restore: cannot restore s3://kept/dir/a: there is no version null of it\n");
    restore(&endpoint).args(["--versions", "nothing"]).run().code(4).stdout("").stderr(
        "s3_restore: cannot show the versions of s3://kept/nothing: there is no version of such an object\n",
    );
}

#[test]
fn a_bucket_that_keeps_no_versions_has_no_past() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "dir/a", b"one");
    let (ended, _) = at(&endpoint, "1h");
    ended.code(3).stderr_has(
        "s3_restore: cannot look back in s3://kept/: this bucket keeps no versions, so nothing is known of then\n\
         hint: without --at and --version-id you get what stands now\n",
    );
}

#[test]
fn a_name_of_thousands_of_versions_is_seen_as_it_was() {
    let endpoint = versioned();
    let store = endpoint.server().store();
    for number in 0..2_500 {
        store.put(BUCKET, "dir/a", format!("{number}"));
        pass(&endpoint, 1);
    }
    for seconds in [0, 999, 1_000, 2_499] {
        let (ended, path) = at(&endpoint, &after(seconds));
        ended.success();
        assert_eq!(content(path), seconds.to_string());
    }
}
