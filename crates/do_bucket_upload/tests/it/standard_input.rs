//! `do_bucket_upload - s3://BUCKET/KEY`: bytes that can be read only once, and nobody knows how many.

use std::path::Path;

use testkit::tree::{noise, write};
use testkit::{Endpoint, Program, Signal, path_of, wait_for};

use crate::{of_objects, prepared, uploader};

fn unfinished(endpoint: &Endpoint, bucket: &str) -> usize {
    endpoint.server().store().uploads(bucket).len()
}

#[test]
fn what_fits_into_one_part_is_one_put_under_this_key() {
    let (endpoint, bucket) = prepared();
    for (content, key) in [("", "empty.json"), ("{}", "d/x.json"), ("{}", "-")] {
        endpoint.server().clear_requests();
        uploader(&endpoint, &[])
            .args(["-", &format!("s3://{bucket}/{key}")])
            .stdin(content)
            .run()
            .lines(&[&format!("standard input -> s3://{bucket}/{key}")])
            .uploaded(1, content.len() as u64, "");
        assert_eq!(endpoint.s3().get(&bucket, key), content.as_bytes());
        assert_eq!(of_objects(&endpoint, "PUT"), 1);
        assert_eq!(of_objects(&endpoint, "POST"), 0);
    }
    let kind = |key: &str| {
        endpoint
            .s3()
            .head(&bucket, key)
            .header("content-type")
            .unwrap()
            .to_owned()
    };
    assert_eq!(kind("d/x.json"), "application/json");
    uploader(&endpoint, &[])
        .args([
            "--content-type",
            "text/x-own",
            "--json",
            "-",
            &format!("s3://{bucket}/d/x.json"),
        ])
        .stdin("[]")
        .run()
        .success();
    assert_eq!(kind("d/x.json"), "text/x-own");
}

#[test]
fn what_is_larger_goes_in_equal_parts() {
    let (endpoint, bucket) = prepared();
    let content = noise((20 << 20) + 7, 1);
    for (part_size, parts) in [("8M", 3), ("5M", 5), ("16M", 2)] {
        endpoint.server().clear_requests();
        let ended = uploader(&endpoint, &[])
            .args([
                "--part-size",
                part_size,
                "-",
                &format!("s3://{bucket}/large"),
            ])
            .env("TMPDIR", "/tmp")
            .stdin(content.clone())
            .run();
        ended.uploaded(1, content.len() as u64, "");
        assert!(endpoint.s3().get(&bucket, "large") == content);
        assert_eq!(of_objects(&endpoint, "PUT"), parts);
        assert_eq!(unfinished(&endpoint, &bucket), 0);
    }
    // Exactly one part: its end is only seen after it.
    let one = noise(8 << 20, 2);
    let program = uploader(&endpoint, &[]).args(["-", &format!("s3://{bucket}/one")]);
    program.stdin(one.clone()).run().success();
    assert!(endpoint.s3().get(&bucket, "one") == one);
}

#[test]
fn a_part_that_fails_is_sent_again() {
    let (endpoint, bucket) = prepared();
    let proxy = endpoint.behind(testkit::faults::Plan::new(1).script(|request, before| {
        let fails = request.query.contains("partNumber=2") && before < 2;
        let slow = testkit::faults::Canned::new(503, "<Error><Code>SlowDown</Code></Error>");
        fails.then_some(testkit::faults::Action::Respond(slow))
    }));
    let content = noise(20 << 20, 3);
    uploader(&endpoint, &[])
        .envs(endpoint.settings_through(&proxy))
        .args(["-", &format!("s3://{bucket}/large")])
        .stdin(content.clone())
        .run()
        .success();
    assert!(endpoint.s3().get(&bucket, "large") == content);
}

#[test]
fn a_signal_leaves_no_half_object_and_no_parts() {
    let (endpoint, bucket) = prepared();
    let program = Program::at(Path::new("/bin/sh")).on(&endpoint);
    write(program.home(), "large", noise(20 << 20, 1));
    let running = program
        .arg("-c")
        .arg(r#"mkfifo p; (cat large; sleep 60) > p 2> /dev/null & exec "$0" - "$1" < p"#)
        .arg(path_of("do_bucket_upload"))
        .arg(format!("s3://{bucket}/large"))
        .start();
    wait_for("two parts", || of_objects(&endpoint, "PUT") == 2);
    running.signal(Signal::TERM);
    let ended = running.wait();
    assert_eq!(ended.signal(), Some(15));
    assert_eq!(endpoint.s3().keys(&bucket, ""), Vec::<String>::new());
    assert_eq!(unfinished(&endpoint, &bucket), 0);
}

#[test]
fn what_cannot_be_read_is_no_empty_object() {
    let (endpoint, bucket) = prepared();
    Program::at(Path::new("/bin/sh"))
        .on(&endpoint)
        .arg("-c")
        .arg(r#""$0" - "$1" < /"#)
        .arg(path_of("do_bucket_upload"))
        .arg(format!("s3://{bucket}/x"))
        .run()
        .code(1)
        .stdout("")
        .told(
            "do_bucket_upload: cannot read standard input: is a directory\n\
             do_bucket_upload: 1 of 1 file failed (0 uploaded, 0 skipped, 0 bytes)\n\
             hint: when the cause is fixed, run the same command again: it retries only this file\n",
        );
    assert_eq!(endpoint.s3().keys(&bucket, ""), Vec::<String>::new());
}

#[test]
fn a_dry_run_reads_nothing_and_sends_nothing() {
    let (endpoint, bucket) = prepared();
    uploader(&endpoint, &[])
        .args(["--dry-run", "-", &format!("s3://{bucket}/x")])
        .stdin("x")
        .run()
        .success()
        .lines(&[&format!("would upload standard input -> s3://{bucket}/x")]);
    assert_eq!(of_objects(&endpoint, "PUT"), 0);
}

#[test]
fn it_needs_a_key_and_cannot_be_sent_beside_files() {
    let (endpoint, _) = prepared();
    for (args, said) in [
        (
            &["-"][..],
            "standard input has no name of its own\n\
             hint: name the object, not its directory: do_bucket_upload - s3://BUCKET/DIR/NAME\n",
        ),
        (
            &["-", "s3://b/d/"],
            "standard input has no name of its own\n\
             hint: name the object, not its directory: do_bucket_upload - s3://BUCKET/DIR/NAME\n",
        ),
        (
            &["-", "a", "s3://b/d"],
            "`-` is standard input and cannot be sent beside files\n\
             hint: send it by itself; a file that is called `-` is `./-`\n",
        ),
        (
            &["--exclude", "x", "-", "s3://b/d"],
            "--exclude is about files and cannot be used with `-`\nhint: leave out --exclude\n",
        ),
    ] {
        let ended = uploader(&endpoint, &["a"]).args(args).run();
        ended
            .code(2)
            .stderr(&format!("do_bucket_upload: cannot start: {said}"));
    }
}
