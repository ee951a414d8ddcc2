//! Filters, dry runs, and the two forms of the output.

use serde_json::json;
use testkit::tree::files;

use crate::{downloader, filled, object_gets};

#[test]
fn filters_choose_and_exclude_wins() {
    let (endpoint, bucket) = filled(&["a.jpg", "d/b.jpg", "d/c.txt", "e/d.jpg"]);
    let program = downloader(&endpoint).arg(format!("s3://{bucket}"));
    let ended = program
        .clone()
        .args(["--exclude", "e/*", "--include", "*.jpg"])
        .run();
    ended
        .lines(&["downloads/a.jpg", "downloads/d/b.jpg"])
        .downloaded(2, 12, ", 2 left out by filters");
    program
        .clone()
        .args(["--include", "*.png"])
        .run()
        .success()
        .stdout("")
        .told(
            "do_bucket_download: warning: no file matches the filters, which are compared with paths such as `a.jpg`\n\
             do_bucket_download: nothing to download, 4 left out by filters\n",
        );
    program
        .args(["--exclude", "*", "--include", "*.jpg"])
        .run()
        .code(2)
        .stdout("")
        .stderr(
            "do_bucket_download: cannot start: --exclude '*' excludes every file that --include selects\n\
             hint: use --include alone: it selects only matching files\n",
        );
}

#[test]
fn quiet_says_nothing_unless_something_fails() {
    let (endpoint, bucket) = filled(&["d/a"]);
    endpoint.s3().put(&bucket, "d/b/", b"");
    let program = downloader(&endpoint).args(["-q", &format!("s3://{bucket}/d")]);
    for more in [&["--dry-run"][..], &[], &[], &["--include", "nothing"]] {
        program
            .clone()
            .args(more)
            .run()
            .success()
            .stdout("")
            .stderr("");
    }
    endpoint.s3().put(&bucket, "d/a/b", b"");
    program
        .run()
        .code(1)
        .stdout("")
        .stderr_has("cannot download ");
}

#[test]
fn sizes_and_times_of_objects_choose_too() {
    let (endpoint, bucket) = filled(&["a", "long"]);
    for (flags, files) in [
        (["--larger", "1"], &["downloads/long"][..]),
        (["--smaller", "4"], &["downloads/a"]),
        (["--newer", "1h"], &["downloads/a", "downloads/long"]),
        (["--older", "1h"], &[]),
    ] {
        let program = downloader(&endpoint)
            .args(flags)
            .arg(format!("s3://{bucket}"));
        program.run().success().lines(files);
    }
}

#[test]
fn a_dry_run_tells_of_all_that_a_real_run_does_and_does_none_of_it() {
    let (endpoint, bucket) = filled(&["d/a", "d/a/b", "d/c"]);
    let program = downloader(&endpoint).arg(format!("s3://{bucket}/d"));
    endpoint.server().clear_requests();
    let refused = format!(
        "do_bucket_download: cannot download s3://{bucket}/d/a/b: an earlier key needs a file where this one \
         needs a directory\n"
    );
    let dry = program.clone().arg("--dry-run").run();
    dry.code(1)
        .lines(&[
            "would download downloads/d/a (new)",
            "would download downloads/d/c (new)",
        ])
        .told(&format!(
            "{refused}do_bucket_download: 1 of 3 files refused (2 would be downloaded, 0 skipped, 6 bytes)\n"
        ));
    assert!(!dry.home().join("downloads").exists());
    assert_eq!(object_gets(&endpoint), 0);
    let real = program.run();
    real.code(1)
        .lines(&["downloads/d/a", "downloads/d/c"])
        .told(&format!(
            "{refused}do_bucket_download: 1 of 3 files refused (2 downloaded, 0 skipped, 6 bytes)\n"
        ));
    assert_eq!(files(real.home()), ["downloads/d/a", "downloads/d/c"]);
}

#[test]
fn json_is_a_line_for_every_result_and_a_summary() {
    let (endpoint, bucket) = filled(&["a", "a/b"]);
    let program = downloader(&endpoint).args(["--json", &format!("s3://{bucket}")]);
    let ended = program.clone().run();
    let mut lines = ended.code(1).json_lines();
    let mut summary = lines.pop().unwrap();
    lines.sort_by_key(|line| line["Key"].to_string());
    assert_eq!(
        lines,
        [
            json!({
                "status": "downloaded", "Bucket": bucket, "Key": "a", "path": "downloads/a", "Size": 1,
                "ETag": "0cc175b9c0f1b6a831c399e269772661", "proof": "MD5", "reason": "new",
            }),
            json!({
                "status": "refused", "Bucket": bucket, "Key": "a/b", "Size": 3,
                "error": format!("cannot download s3://{bucket}/a/b: an earlier key needs a file where this \
                                  one needs a directory"),
            }),
        ]
    );
    assert!(summary["summary"]["elapsed_seconds"].take().is_f64());
    assert_eq!(summary["summary"]["exit_code"], 1);
    assert_eq!(summary["summary"]["moved_files"], 1);
    assert_eq!(summary["summary"]["moved_bytes"], 1);
    assert_eq!(summary["summary"]["refused_files"], 1);
    let mut again = program.run().json_lines();
    again.sort_by_key(|line| line["Key"].to_string());
    assert_eq!(again[0]["status"], "skipped");
}

#[test]
fn nobody_reading_stdout_is_said_once_and_stops_nothing() {
    let (endpoint, bucket) = filled(&["a", "b", "c"]);
    let ended = downloader(&endpoint)
        .arg(format!("s3://{bucket}"))
        .stdout_closed()
        .run();
    ended.success().told(
        "do_bucket_download: warning: standard output was closed; continuing without listing files\n\
         do_bucket_download: 3 files downloaded (3 bytes in T s)\n",
    );
    assert_eq!(
        files(ended.home()),
        ["downloads/a", "downloads/b", "downloads/c"]
    );
}
