//! Filters, dry runs, and the two forms of the output.

use serde_json::json;

use crate::{of_objects, prepared, uploader};

#[test]
fn filters_choose_and_exclude_wins() {
    let (endpoint, bucket) = prepared();
    let program = uploader(
        &endpoint,
        &["up/a.jpg", "up/d/b.jpg", "up/d/c.txt", "up/e/d.jpg"],
    )
    .args(["up", &format!("s3://{bucket}")]);
    program
        .clone()
        .args(["--exclude", "e/*", "--include", "*.jpg"])
        .run()
        .uploaded(2, 18, ", 2 left out by filters");
    assert_eq!(endpoint.s3().keys(&bucket, ""), ["a.jpg", "d/b.jpg"]);
    program
        .args(["--include", "*.png"])
        .run()
        .success()
        .stdout("")
        .told(
            "do_bucket_upload: warning: no file matches the filters, which are compared with paths such as `a.jpg`\n\
             do_bucket_upload: nothing to upload, 4 left out by filters\n",
        );
}

#[test]
fn sizes_times_and_files_of_patterns_choose_too() {
    let (endpoint, bucket) = prepared();
    let program = uploader(
        &endpoint,
        &["up/.git/x", "up/d/long.txt", "up/a.txt", "up/b.tmp"],
    );
    let home = program.home().to_owned();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(10 * 86_400);
    let file = std::fs::File::options()
        .write(true)
        .open(home.join("up/a.txt"))
        .unwrap();
    file.set_modified(old).unwrap();
    std::fs::write(home.join("patterns"), "# not these\n\n*.tmp\r\n.git  \n").unwrap();
    for (number, (flags, keys)) in [
        (
            &["--exclude-from", "patterns"][..],
            &["a.txt", "d/long.txt"][..],
        ),
        (&["--include-from", "patterns"], &["b.tmp"]),
        (&["--larger", "8"], &[".git/x", "d/long.txt"]),
        (&["--smaller", "9", "--exclude", "*.tmp"], &["a.txt"]),
        (&["--older", "9d"], &["a.txt"]),
        (&["--newer", "9d", "--larger", "9"], &["d/long.txt"]),
        (&["--newer", "2001-01-01", "--older", "2001-01-02"], &[]),
    ]
    .into_iter()
    .enumerate()
    {
        let target = format!("s3://{bucket}/{number}");
        program
            .clone()
            .args(flags)
            .args(["up", &target])
            .run()
            .success();
        let prefix = format!("{number}/");
        let found = endpoint.s3().keys(&bucket, &prefix);
        let found: Vec<_> = found
            .iter()
            .map(|key| key.trim_start_matches(&prefix))
            .collect();
        assert_eq!(found, keys, "{flags:?}");
    }
    for (flags, said) in [
        (
            ["--exclude-from", "no-such-file"],
            "--exclude-from no-such-file: no such file or directory\n",
        ),
        (["--older", "soon"], "--older: `soon` is no time\n"),
    ] {
        let ended = program.clone().args(flags).args(["up", "s3://b"]).run();
        ended
            .code(2)
            .stderr_has(&format!("do_bucket_upload: cannot start: {said}hint: "));
    }
}

#[test]
fn a_dry_run_tells_of_all_that_a_real_run_does_and_sends_nothing() {
    let (endpoint, bucket) = prepared();
    let program =
        uploader(&endpoint, &["up/a", "up/d/b"]).args(["up", &format!("s3://{bucket}/x")]);
    endpoint.s3().put(&bucket, "x/a", b"UP/A");
    endpoint.server().clear_requests();
    program
        .clone()
        .arg("--dry-run")
        .run()
        .success()
        .lines(&[
            &format!("would upload up/a -> s3://{bucket}/x/a (other content)"),
            &format!("would upload up/d/b -> s3://{bucket}/x/d/b (new)"),
        ])
        .told("do_bucket_upload: 2 files would be uploaded (10 bytes)\n");
    assert_eq!(
        of_objects(&endpoint, "PUT") + of_objects(&endpoint, "POST"),
        0
    );
    program
        .run()
        .lines(&[
            &format!("up/a -> s3://{bucket}/x/a"),
            &format!("up/d/b -> s3://{bucket}/x/d/b"),
        ])
        .uploaded(2, 10, "");
}

#[test]
fn quiet_says_nothing_unless_something_fails() {
    let (endpoint, bucket) = prepared();
    let program =
        uploader(&endpoint, &["up/a", "up/b"]).args(["-q", "up", &format!("s3://{bucket}")]);
    std::os::unix::net::UnixListener::bind(program.home().join("up/socket")).unwrap();
    for more in [&["--dry-run"][..], &[], &[], &["--include", "nothing"]] {
        program
            .clone()
            .args(more)
            .run()
            .success()
            .stdout("")
            .stderr("");
    }
    std::os::unix::fs::symlink("nowhere", program.home().join("up/dangling")).unwrap();
    program.run().code(1).stdout("").told(
        "do_bucket_upload: cannot upload up/dangling: it is a link to something that is not there\n\
         do_bucket_upload: 1 of 3 files failed (0 uploaded, 2 skipped, 0 bytes)\n\
         hint: when the cause is fixed, run the same command again: it retries only this file\n",
    );
}

#[test]
fn verbose_says_why_each_file_was_moved_or_left_alone() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a"]).args(["-v", "up", &format!("s3://{bucket}")]);
    let first = program.clone().run();
    first
        .success()
        .stderr_has("up/a is uploaded (new), checked by MD5\n");
    program
        .run()
        .success()
        .stderr_has("up/a is up to date by its MD5\n");
}

#[test]
fn json_is_a_line_for_every_result_and_a_summary() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a"]).args(["--json", "up", &format!("s3://{bucket}")]);
    let ended = program.clone().run();
    let lines = ended.success().json_lines();
    assert_eq!(
        lines[0],
        json!({
            "status": "uploaded", "Bucket": bucket, "Key": "a", "path": "up/a", "Size": 4, "reason": "new",
            "ETag": lines[0]["ETag"], "proof": lines[0]["proof"],
        })
    );
    let etag = endpoint.s3().head(&bucket, "a");
    let etag = etag.header("etag").unwrap().trim_matches('"');
    assert_eq!(lines[0]["ETag"], etag);
    assert_eq!(lines[1]["summary"]["exit_code"], 0);
    assert_eq!(lines[1]["summary"]["moved_files"], 1);
    assert_eq!(lines[1]["summary"]["moved_bytes"], 4);
    let again = program.run();
    assert_eq!(again.json_lines()[0]["status"], "skipped");
    assert_eq!(again.json_lines()[1]["summary"]["skipped_files"], 1);
}

#[test]
fn nobody_reading_stdout_is_said_once_and_stops_nothing() {
    let (endpoint, bucket) = prepared();
    let ended = uploader(&endpoint, &["up/a", "up/b", "up/c"])
        .args(["up", &format!("s3://{bucket}")])
        .stdout_closed()
        .run();
    ended.success().told(
        "do_bucket_upload: warning: standard output was closed; continuing without listing files\n\
         do_bucket_upload: 3 files uploaded (12 bytes in T s)\n",
    );
    assert_eq!(endpoint.s3().keys(&bucket, ""), ["a", "b", "c"]);
}
