//! What goes where, and what a file on the disk looks like afterwards.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use testkit::tree::{files, write};
use testkit::{Program, path_of};

use crate::{downloader, filled};

#[test]
fn without_a_destination_every_object_goes_to_downloads_and_its_whole_key() {
    let (endpoint, bucket) = filled(&["photos/2024/a.jpg", "photos/b.jpg", "other"]);
    let ended = downloader(&endpoint)
        .env("SOURCE_BUCKET", &bucket)
        .env("SOURCE_DIR", "photos")
        .run();
    ended
        .lines(&["downloads/photos/2024/a.jpg", "downloads/photos/b.jpg"])
        .downloaded(2, 29, "");
    let here = ended.home().join("downloads/photos/2024/a.jpg");
    assert_eq!(fs::read_to_string(here).unwrap(), "photos/2024/a.jpg");
}

#[test]
fn with_a_destination_paths_are_relative_to_the_directory_asked_for() {
    let (endpoint, bucket) = filled(&["photos/2024/a.jpg", "photos/b.jpg"]);
    for source in ["photos", "photos/"] {
        let ended = downloader(&endpoint)
            .args([&format!("s3://{bucket}/{source}"), "into/here"])
            .run();
        ended
            .success()
            .lines(&["into/here/2024/a.jpg", "into/here/b.jpg"]);
        assert_eq!(
            files(ended.home()),
            ["into/here/2024/a.jpg", "into/here/b.jpg"]
        );
    }
}

#[test]
fn a_directory_is_not_the_beginning_of_other_names() {
    let (endpoint, bucket) = filled(&["my-dir/a", "my-dir2/b", "my-dir", "my-dirt"]);
    let ended = downloader(&endpoint)
        .arg(format!("s3://{bucket}/my-dir"))
        .run();
    ended.success().lines(&["downloads/my-dir/a"]);
}

#[test]
fn a_slash_means_the_whole_bucket() {
    let (endpoint, bucket) = filled(&["a", "d/b"]);
    let whole = ["downloads/a", "downloads/d/b"];
    let variables = downloader(&endpoint)
        .env("SOURCE_BUCKET", &bucket)
        .env("SOURCE_DIR", "/");
    variables.run().success().lines(&whole);
    for source in [format!("s3://{bucket}"), format!("s3://{bucket}/")] {
        downloader(&endpoint)
            .arg(source)
            .run()
            .success()
            .lines(&whole);
    }
}

#[test]
fn a_name_that_is_no_directory_but_an_object_brings_that_object() {
    let (endpoint, bucket) = filled(&["docs/a.txt", "docs/a.txt2"]);
    let source = format!("s3://{bucket}/docs/a.txt");
    let brings = |into: &[&str], to: &str| {
        let program = downloader(&endpoint).arg(&source).args(into);
        fs::create_dir(program.home().join("there")).unwrap();
        let ended = program.run();
        ended.success().stdout(&format!("{to}\n"));
        assert_eq!(files(ended.home()), [to]);
        assert_eq!(
            fs::read_to_string(ended.home().join(to)).unwrap(),
            "docs/a.txt"
        );
    };
    brings(&[], "downloads/docs/a.txt");
    brings(&["name"], "name");
    brings(&["there"], "there/a.txt");
    brings(&["new/"], "new/a.txt");
    brings(&["new/name"], "new/name");
}

#[test]
fn keys_that_end_in_a_slash_become_directories_once() {
    let (endpoint, bucket) = filled(&["d/x"]);
    for key in ["d/", "d/empty/"] {
        endpoint.s3().put(&bucket, key, b"");
    }
    let program = downloader(&endpoint).arg(format!("s3://{bucket}/d"));
    program
        .clone()
        .arg("--dry-run")
        .run()
        .success()
        .lines(&[
            "would make downloads/d/",
            "would make downloads/d/empty/",
            "would download downloads/d/x (new)",
        ])
        .told("do_bucket_download: 1 file would be downloaded (3 bytes)\n");
    let ended = program.clone().run();
    ended
        .success()
        .lines(&["downloads/d/", "downloads/d/empty/", "downloads/d/x"]);
    assert!(ended.home().join("downloads/d/empty").is_dir());
    program.run().success().stdout("");
}

#[test]
fn a_file_has_the_time_of_its_object() {
    let (endpoint, bucket) = filled(&["a"]);
    let ended = downloader(&endpoint)
        .args([&format!("s3://{bucket}"), "."])
        .run();
    ended.success();
    let head = endpoint.s3().head(&bucket, "a");
    Program::at(Path::new("/bin/date"))
        .args(["-u", "+%a, %d %b %Y %H:%M:%S GMT", "-r"])
        .arg(ended.home().join("a"))
        .run()
        .success()
        .stdout(&format!("{}\n", head.header("last-modified").unwrap()));
}

#[test]
fn new_files_follow_the_umask_and_replaced_ones_keep_their_mode() {
    let (endpoint, bucket) = filled(&["new/file", "old"]);
    let program = Program::at(Path::new("/bin/sh")).on(&endpoint);
    write(program.home(), "out/old", "before");
    let old = program.home().join("out/old");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o751)).unwrap();
    let command = format!(
        "umask 027; exec {} s3://{bucket} out",
        path_of("do_bucket_download").display()
    );
    let ended = program.args(["-c", &command]).run();
    ended.success();
    let mode = |path: &str| {
        let found = fs::metadata(ended.home().join(path)).unwrap();
        found.permissions().mode() & 0o7777
    };
    assert_eq!(mode("out/new"), 0o750);
    assert_eq!(mode("out/new/file"), 0o640);
    assert_eq!(mode("out/old"), 0o751);
    assert_eq!(fs::read_to_string(old).unwrap(), "old");
}

#[test]
fn the_target_itself_may_be_a_link() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let program = downloader(&endpoint).args([&format!("s3://{bucket}"), "link"]);
    fs::create_dir(program.home().join("real")).unwrap();
    symlink("real", program.home().join("link")).unwrap();
    let ended = program.run();
    ended.success().stdout("link/d/a\n");
    assert_eq!(files(ended.home()), ["real/d/a"]);
}
