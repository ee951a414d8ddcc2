//! What is sent of a local tree: links, special files, odd names, files that change.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use testkit::Program;
use testkit::tree::{noise, write};

use crate::{prepared, uploader};

#[test]
fn links_are_followed_or_left_out_as_asked() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a", "other/b"]);
    let up = program.home().join("up");
    symlink("a", up.join("file-link")).unwrap();
    symlink("../other", up.join("dir-link")).unwrap();
    let program = program.arg("up");
    program
        .clone()
        .args(["--no-follow-symlinks", &format!("s3://{bucket}/without")])
        .run()
        .success();
    assert_eq!(endpoint.s3().keys(&bucket, "without/"), ["without/a"]);
    program.arg(format!("s3://{bucket}/with")).run().success();
    assert_eq!(
        endpoint.s3().keys(&bucket, "with/"),
        ["with/a", "with/dir-link/b", "with/file-link"]
    );
    assert_eq!(endpoint.s3().get(&bucket, "with/dir-link/b"), b"other/b");
}

#[test]
fn what_cannot_be_sent_is_named_and_all_else_is_sent() {
    let (endpoint, bucket) = prepared();
    let program = uploader(
        &endpoint,
        &["up/a", "up/d/b", "up/.q.0123456789abcdef.s3part"],
    );
    let up = program.home().join("up");
    symlink("nowhere", up.join("dangling")).unwrap();
    symlink("..", up.join("d/loop")).unwrap();
    fs::write(up.join(OsStr::from_bytes(b"not\xffutf8")), "x").unwrap();
    Program::at(Path::new("/usr/bin/mkfifo"))
        .arg(up.join("fifo"))
        .run()
        .success();
    let program = program.args(["up", &format!("s3://{bucket}")]);
    let ended = program.clone().run();
    ended
        .code(1)
        .lines(&[&format!("up/a -> s3://{bucket}/a"), &format!("up/d/b -> s3://{bucket}/d/b")])
        .stderr_has("do_bucket_upload: warning: up/fifo is left out: it is a FIFO, socket or device\n")
        .stderr_has("do_bucket_upload: cannot upload up/dangling: it is a link to something that is not there\n")
        .stderr_has("do_bucket_upload: cannot upload up/d/loop: it is a link back to up, which it is below\n")
        .stderr_has("do_bucket_upload: cannot upload up/not\u{fffd}utf8: its name is not UTF-8, which keys must be\n");
    let text = ended.stderr_text();
    assert!(
        text.ends_with(
            "do_bucket_upload: 3 failed of 5 files (2 uploaded, 0 skipped, 10 bytes)\n\
             hint: run the same command again to try only these 3; what is complete is skipped\n"
        ),
        "{text}"
    );
    assert_eq!(endpoint.s3().keys(&bucket, ""), ["a", "d/b"]);
    program.arg("--no-follow-symlinks").run().code(1).told(
        "do_bucket_upload: warning: up/fifo is left out: it is a FIFO, socket or device\n\
         do_bucket_upload: cannot upload up/not\u{fffd}utf8: its name is not UTF-8, which keys must be\n\
         do_bucket_upload: 1 failed of 3 files (0 uploaded, 2 skipped, 0 bytes)\n\
         hint: run the same command again to try only this 1; what is complete is skipped\n",
    );
}

#[test]
fn a_source_that_is_not_there_is_exit_4_and_an_empty_word_exit_2() {
    let (endpoint, bucket) = prepared();
    let target = format!("s3://{bucket}");
    uploader(&endpoint, &[])
        .args(["nowhere", &target])
        .run()
        .code(4)
        .stdout("")
        .stderr("do_bucket_upload: cannot upload nowhere: there is no such file or directory\n");
    let program = uploader(&endpoint, &[]);
    symlink("nowhere", program.home().join("link")).unwrap();
    program
        .args(["link", &target])
        .run()
        .code(4)
        .stdout("")
        .stderr(
            "do_bucket_upload: cannot upload link: it is a link to something that is not there\n",
        );
    uploader(&endpoint, &[])
        .args(["", &target])
        .run()
        .code(2)
        .stdout("")
        .stderr(
            "do_bucket_upload: cannot start: LOCAL is empty\n\
             hint: name a directory or a file; `.` is the current directory\n",
        );
}

#[test]
fn an_empty_directory_is_no_failure() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &[]);
    fs::create_dir_all(program.home().join("up/empty/deeper")).unwrap();
    program
        .args(["up", &format!("s3://{bucket}")])
        .run()
        .success()
        .stdout("")
        .stderr("do_bucket_upload: nothing to be uploaded: there are no files in up\n");
}

#[test]
fn a_file_that_is_written_to_all_the_time_is_never_stored_as_a_mixture() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/calm"]);
    write(program.home(), "up/busy", noise(1 << 20, 1));
    let busy = program.home().join("up/busy");
    let (over, done) = (AtomicBool::new(false), &AtomicBool::new(false));
    let ended = thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = OpenOptions::new().append(true).open(&busy).unwrap();
            while !over.load(Ordering::Relaxed) {
                file.write_all(b"more").unwrap();
                done.store(true, Ordering::Relaxed);
            }
        });
        while !done.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        let ended = program.args(["up", &format!("s3://{bucket}")]).run();
        over.store(true, Ordering::Relaxed);
        ended
    });
    ended
        .code(1)
        .lines(&[&format!("up/calm -> s3://{bucket}/calm")])
        .stderr_has("do_bucket_upload: cannot upload up/busy");
    assert_eq!(endpoint.s3().head(&bucket, "calm").status, 200);
}
