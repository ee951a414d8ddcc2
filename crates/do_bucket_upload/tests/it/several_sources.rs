//! Several files and directories in one run, and one file under another name.

use std::os::unix::fs::symlink;

use crate::{prepared, uploader};

#[test]
fn each_of_several_sources_keeps_its_name() {
    let (endpoint, bucket) = prepared();
    let program = uploader(
        &endpoint,
        &["x/a.jpg", "b.jpg", "b/c", "b/d/e", "b-", "not this"],
    );
    symlink("x", program.home().join("link")).unwrap();
    let program = program
        .args(["b/", "x/a.jpg", "b.jpg", "./b-", "link"])
        .arg(format!("s3://{bucket}/to"));
    for links in [&[][..], &["--no-follow-symlinks", "--force"]] {
        let ended = program.clone().args(links).run();
        ended
            .lines(&[
                &format!("./b- -> s3://{bucket}/to/b-"),
                &format!("b.jpg -> s3://{bucket}/to/b.jpg"),
                &format!("b/c -> s3://{bucket}/to/b/c"),
                &format!("b/d/e -> s3://{bucket}/to/b/d/e"),
                &format!("link/a.jpg -> s3://{bucket}/to/link/a.jpg"),
                &format!("x/a.jpg -> s3://{bucket}/to/a.jpg"),
            ])
            .uploaded(6, 29, "");
    }
    program
        .run()
        .success()
        .told("do_bucket_upload: nothing to upload: all 6 files are up to date\n");
    assert_eq!(
        endpoint.s3().keys(&bucket, ""),
        [
            "to/a.jpg",
            "to/b-",
            "to/b.jpg",
            "to/b/c",
            "to/b/d/e",
            "to/link/a.jpg"
        ]
    );
}

#[test]
fn files_alone_are_asked_for_one_by_one() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["a.jpg", "b.jpg"]);
    let program = program.args(["a.jpg", "b.jpg", &format!("s3://{bucket}")]);
    program.clone().run().uploaded(2, 10, "");
    endpoint.server().clear_requests();
    program.clone().run().success();
    let requests = endpoint.server().requests();
    assert!(requests.iter().all(|request| request.method == "HEAD"));
    program.args(["--exclude", "a*"]).run().success().told(
        "do_bucket_upload: nothing to upload: the 1 file is up to date, 1 left out by filters\n",
    );
}

#[test]
fn many_files_are_compared_with_one_listing() {
    let (endpoint, bucket) = prepared();
    let names: Vec<String> = (0..150).map(|number| format!("{number}.txt")).collect();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let program = uploader(&endpoint, &files)
        .args(&files)
        .arg(format!("s3://{bucket}"));
    program.clone().run().success();
    endpoint.server().clear_requests();
    program
        .run()
        .success()
        .told("do_bucket_upload: nothing to upload: all 150 files are up to date\n");
    assert!(endpoint.server().requests().len() < 50);
}

#[test]
fn one_that_is_not_there_is_named_and_the_others_are_sent() {
    let (endpoint, bucket) = prepared();
    uploader(&endpoint, &["a", "c"])
        .args(["a", "b", "c", &format!("s3://{bucket}")])
        .run()
        .code(1)
        .told(
            "do_bucket_upload: cannot read b: no such file or directory\n\
             do_bucket_upload: 1 of 3 files failed (2 uploaded, 0 skipped, 2 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n",
        );
    assert_eq!(endpoint.s3().keys(&bucket, ""), ["a", "c"]);
}

#[test]
fn two_of_one_name_are_refused_before_anything_is_sent() {
    let (endpoint, bucket) = prepared();
    let target = format!("s3://{bucket}");
    for (args, said) in [
        (
            ["x/a", "y/a", &target],
            "x/a and y/a would both become a\n\
             hint: send them one after the other, to different directories\n",
        ),
        (
            ["x", "..", &target],
            ".. has no name that it could keep in the bucket\n\
             hint: write its name, or send its contents by itself\n",
        ),
        (
            ["x/a", "y", "y/a"],
            "the last of several names is no s3:// address\n\
             hint: say at the end where to send them: s3://BUCKET/DIR\n",
        ),
    ] {
        let ended = uploader(&endpoint, &["x/a", "y/a"]).args(args).run();
        ended
            .code(2)
            .stderr(&format!("do_bucket_upload: cannot start: {said}"));
    }
    assert_eq!(endpoint.s3().keys(&bucket, ""), Vec::<String>::new());
}

#[test]
fn one_file_may_get_another_name() {
    let (endpoint, bucket) = prepared();
    let target = format!("s3://{bucket}/one");
    let program = uploader(&endpoint, &["x/a.txt"]);
    program
        .clone()
        .args(["--name", "b.html", "x/a.txt", &target])
        .run()
        .lines(&[&format!("x/a.txt -> s3://{bucket}/one/b.html")])
        .uploaded(1, 7, "");
    let head = endpoint.s3().head(&bucket, "one/b.html");
    assert_eq!(head.header("content-type"), Some("text/html"));
    for (args, said) in [
        (
            &["--name", "b", "x", &target][..],
            "--name is the name of one file\n",
        ),
        (
            &["--name", "b", "x/a.txt", "y", &target],
            "--name is the name of one file\n",
        ),
        (
            &["--name", "b/c", "x/a.txt", &target],
            "--name: `b/c` cannot be the name of a file\n",
        ),
        (
            &["--name", "..", "x/a.txt", &target],
            "--name: `..` cannot be the name of a file\n",
        ),
    ] {
        let ended = program.clone().args(args).run();
        ended
            .code(2)
            .stderr_has(&format!("do_bucket_upload: cannot start: {said}hint: "));
    }
}

#[test]
fn a_target_that_looks_like_a_file_stays_a_directory_with_a_word_about_it() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["a.txt", "d/x"]);
    for (local, target, said) in [
        (
            "a.txt",
            "one/b.txt",
            "b.txt is taken as a directory; for an object of this name: do_bucket_upload --name b.txt a.txt s3://BUCKET/one\n",
        ),
        (
            "a.txt",
            "a.txt",
            "a.txt is taken as a directory; for an object of this name: do_bucket_upload a.txt s3://BUCKET/\n",
        ),
        ("a.txt", "one/b.txt/", ""),
        ("a.txt", "v1.2", ""),
        ("d", "one/b.txt", ""),
    ] {
        let ended = program
            .clone()
            .args([local, &format!("s3://{bucket}/{target}")])
            .run();
        let said = said.replace("BUCKET", &bucket);
        let said = if said.is_empty() {
            said
        } else {
            format!("do_bucket_upload: warning: {said}")
        };
        let all = ended.success().stderr_text();
        let (first, _) = all
            .split_once("do_bucket_upload: 1 file ")
            .unwrap_or((all.as_str(), ""));
        assert!(
            first == said || first.starts_with("do_bucket_upload: nothing"),
            "{all}"
        );
    }
    assert_eq!(
        endpoint.s3().keys(&bucket, ""),
        [
            "a.txt/a.txt",
            "one/b.txt/a.txt",
            "one/b.txt/x",
            "v1.2/a.txt"
        ]
    );
}
