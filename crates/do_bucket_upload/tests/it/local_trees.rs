//! What is sent of a local tree: links, special files, odd names, files that change.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileExt as _, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};

use testkit::Program;
use testkit::faults::Plan;
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
            "do_bucket_upload: 3 of 5 files failed (2 uploaded, 0 skipped, 10 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only these 3 files\n"
        ),
        "{text}"
    );
    assert_eq!(endpoint.s3().keys(&bucket, ""), ["a", "d/b"]);
    program.arg("--no-follow-symlinks").run().code(1).told(
        "do_bucket_upload: warning: up/fifo is left out: it is a FIFO, socket or device\n\
         do_bucket_upload: cannot upload up/not\u{fffd}utf8: its name is not UTF-8, which keys must be\n\
         do_bucket_upload: 1 of 3 files failed (0 uploaded, 2 skipped, 0 bytes)\n\
         hint: when the cause is fixed, run the same command again: it retries only this file\n",
    );
}

#[test]
fn what_the_filters_leave_out_fails_nothing_and_warns_of_nothing() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a.txt", "up/d/b.txt", "up/e/c.txt"]);
    let up = program.home().join("up");
    symlink("nowhere", up.join("dangling")).unwrap();
    symlink("..", up.join("d/loop")).unwrap();
    symlink("self", up.join("self")).unwrap();
    fs::write(up.join(OsStr::from_bytes(b"not\xffutf8")), "x").unwrap();
    fs::create_dir(up.join(OsStr::from_bytes(b"directory\xff"))).unwrap();
    Program::at(Path::new("/usr/bin/mkfifo"))
        .arg(up.join("fifo"))
        .run()
        .success();
    let program = program.args(["up", &format!("s3://{bucket}/x")]);
    let excluded = [
        "dangling",
        "loop",
        "/self",
        "not?utf8",
        "directory*",
        "fifo",
    ];
    let excludes = excluded.iter().flat_map(|name| ["--exclude", name]);
    program
        .clone()
        .args(excludes)
        .run()
        .uploaded(3, 28, ", 6 left out by filters");
    // What is in a directory that cannot be read may be wanted: only --exclude leaves it out.
    let included = program.args(["--include", "*.txt"]);
    included
        .clone()
        .run()
        .code(1)
        .told(
            "do_bucket_upload: cannot upload up/directory\u{fffd}: its name is not UTF-8, which keys must be\n\
             do_bucket_upload: 1 of 4 files failed (0 uploaded, 3 skipped, 0 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n",
        );
    included.args(["--exclude", "directory?"]).run().success().told(
        "do_bucket_upload: nothing to upload: all 3 files are up to date, 6 left out by filters\n",
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
        .stderr("do_bucket_upload: nothing to upload: there are no files in up\n");
}

#[test]
fn a_file_that_changes_each_time_it_is_sent_fails_by_name_and_the_others_go_on() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/calm"]);
    // Too large to be held in memory: it is read once to hash it and once to send it. The request arrives after the
    // first, and before the file is looked at again.
    write(program.home(), "up/busy", noise(16 << 20, 1));
    let busy = program.home().join("up/busy");
    let count = AtomicU8::new(0);
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        if request.method == "PUT" && request.path.ends_with("/busy") {
            // The last byte: it cannot have been sent yet.
            let file = OpenOptions::new().write(true).open(&busy).unwrap();
            let marks = [count.fetch_add(1, Ordering::Relaxed)];
            file.write_all_at(&marks, (16 << 20) - 1).unwrap();
        }
        None
    }));
    program
        .envs(endpoint.settings_through(&proxy))
        .args(["--max-attempts", "1", "up", &format!("s3://{bucket}")])
        .run()
        .code(1)
        .lines(&[&format!("up/calm -> s3://{bucket}/calm")])
        .told(
            "do_bucket_upload: cannot upload up/busy: the file changed while it was read, twice\n\
             hint: run the same command again when nobody writes to it\n\
             do_bucket_upload: 1 of 2 files failed (1 uploaded, 0 skipped, 7 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n",
        );
    assert_eq!(endpoint.s3().keys(&bucket, ""), ["calm"]);
}

#[test]
fn a_directory_that_becomes_a_link_is_not_followed_where_links_are_left_out() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/z/deep/file", "outside/deep/file"]);
    for number in 0..6 {
        write(program.home(), &format!("up/{number}"), "x");
    }
    let home = program.home().to_owned();
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        // By now the walk has been there, and the file is not open yet.
        if request.method == "PUT" && request.path.ends_with("/0") {
            fs::rename(home.join("up/z"), home.join("moved")).unwrap();
            symlink("../outside", home.join("up/z")).unwrap();
        }
        None
    }));
    program
        .envs(endpoint.settings_through(&proxy))
        .args(["--no-follow-symlinks", "--jobs", "1", "up"])
        .arg(format!("s3://{bucket}"))
        .run()
        .code(1)
        .stderr_has(
            "do_bucket_upload: cannot upload up/z/deep/file: it was replaced by another file while this ran\n",
        );
    assert_eq!(endpoint.s3().keys(&bucket, "z/"), Vec::<String>::new());
}
