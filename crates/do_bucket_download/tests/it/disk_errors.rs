//! Targets that cannot be written to, and disks that are full.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use testkit::tree::{files, write};
use testkit::{Program, with_tmpfs};

use crate::{downloader, filled};

#[test]
fn a_full_disk_stops_the_run_and_leaves_nothing_half_written() {
    let (endpoint, bucket) = filled(&[]);
    endpoint.s3().put(&bucket, "b", &[1; 3_000_000]);
    let words = format!("s3://{bucket} disk");
    let Some(ended) = with_tmpfs("do_bucket_download", &endpoint, "size=1m", &words) else {
        return;
    };
    ended.code(8).stdout("").told(
        "do_bucket_download: cannot write disk/b: no space left on this disk\n\
         hint: free space or choose another directory; finished files are kept and will be skipped\n\
         do_bucket_download: stopped: 1 of 1 file failed (0 downloaded, 0 skipped, 0 bytes)\n",
    );
}

#[test]
fn a_full_disk_ends_in_a_summary_of_what_stands_there_and_what_does_not() {
    let endpoint = testkit::Endpoint::local();
    let bucket = endpoint.new_bucket();
    for number in 0..300 {
        let key = format!("{number:03}");
        endpoint.s3().put(&bucket, &key, &[1; 12_000]);
    }
    let words = format!("--json s3://{bucket} disk");
    let Some(ended) = with_tmpfs("do_bucket_download", &endpoint, "size=1m", &words) else {
        return;
    };
    ended.code(8);
    let lines = ended.json_lines();
    let summary = &lines.last().unwrap()["summary"];
    let told = lines.iter().filter(|line| line["status"] == "downloaded");
    let stderr = ended.stderr_text();
    let there = stderr.lines().filter(|line| line.starts_with("disk/"));
    let there = there.count();
    assert!(there > 0, "{stderr}");
    assert_eq!(summary["moved_files"], there, "{stderr}");
    assert_eq!(told.count(), there);
    let count = |name: &str| summary[name].as_u64().unwrap();
    let all = count("moved_files") + count("failed_files") + count("undone_files");
    assert_eq!(all, 300, "{summary}");
    let undone = count("undone_files");
    ended.stderr_has(&format!(" skipped, {undone} not done, "));
}

#[test]
fn a_read_only_target_is_exit_8() {
    let (endpoint, bucket) = filled(&["a"]);
    for (into, told) in [
        ("disk", "cannot write into disk"),
        ("disk/new", "cannot create the directory disk/new"),
    ] {
        let Some(ended) = with_tmpfs(
            "do_bucket_download",
            &endpoint,
            "ro",
            &format!("s3://{bucket} {into}"),
        ) else {
            return;
        };
        ended.code(8).stdout("").told(&format!(
            "do_bucket_download: {told}: this file system is read-only\n\
             hint: choose a directory that can be written to\n"
        ));
    }
}

#[test]
fn a_target_that_is_a_file_is_exit_8() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let program = downloader(&endpoint).args([&format!("s3://{bucket}/d"), "taken"]);
    write(program.home(), "taken", "mine");
    let ended = program.run();
    ended.code(8).stdout("").told(
        "do_bucket_download: cannot write to taken: it is not a directory\n\
         hint: name another directory\n",
    );
    assert_eq!(files(ended.home()), ["taken"]);
}

#[test]
fn something_else_in_the_place_of_a_file_or_directory_is_refused() {
    let (endpoint, bucket) = filled(&["dir", "file/x", "ok"]);
    endpoint.s3().put(&bucket, "marker/", b"");
    let program = downloader(&endpoint).args([&format!("s3://{bucket}"), "out"]);
    fs::create_dir_all(program.home().join("out/dir/full")).unwrap();
    write(program.home(), "out/file", "mine");
    write(program.home(), "out/marker", "mine");
    let ended = program.arg("--force").run();
    ended.code(1).lines(&["out/ok"]);
    for told in [
        "dir: a directory already has this name\n",
        "file/x: out/file is a file, and a directory is needed\n",
        "marker/: a file already has this name\n",
    ] {
        ended.stderr_has(&format!(
            "do_bucket_download: cannot download s3://{bucket}/{told}"
        ));
    }
    assert_eq!(files(ended.home()), ["out/file", "out/marker", "out/ok"]);
}

#[test]
fn a_file_name_that_is_not_utf_8_is_refused_and_becomes_no_directory() {
    let (endpoint, bucket) = filled(&["a"]);
    let name = OsStr::from_bytes(b"caf\xe9");
    for program in [
        downloader(&endpoint)
            .arg(format!("s3://{bucket}/a"))
            .arg(name),
        Program::new("s3_restore")
            .on(&endpoint)
            .args(["--bucket", &bucket, "a", "-c"])
            .arg(name),
    ] {
        let ended = program.run();
        ended
            .code(3)
            .stdout("")
            .stderr_has(": its name is not UTF-8\nhint: name another file");
        assert!(!ended.home().join(name).exists());
    }
    let below = downloader(&endpoint)
        .arg(format!("s3://{bucket}"))
        .arg(name);
    let ended = below.run();
    ended.success();
    let brought = fs::read(ended.home().join(name).join("a"));
    assert_eq!(brought.unwrap(), b"a");
}

#[test]
fn an_empty_destination_is_no_directory() {
    let (endpoint, bucket) = filled(&["a"]);
    downloader(&endpoint)
        .args([&format!("s3://{bucket}"), ""])
        .run()
        .code(2)
        .stdout("")
        .told(
            "do_bucket_download: cannot start: DEST is empty\n\
             hint: name a directory; `.` is the current one\n",
        );
    assert!(
        endpoint
            .server()
            .requests()
            .iter()
            .all(|request| request.method == "PUT")
    );
}
