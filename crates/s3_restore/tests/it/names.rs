//! Objects by their names, on the command line and on stdin.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testkit::faults::Plan;
use testkit::{Program, TlsFront};

use crate::{BUCKET, content, plain, restore, said};

#[test]
fn an_object_comes_back_as_the_file_that_was_named_and_the_run_says_how() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "reports/a.txt", b"content");
    let program = restore(&endpoint).args(["-c", "mine.txt", "reports/a.txt"]);
    let home = program.home().to_owned();
    let ended = program.clone().run();
    ended.success().stdout("mine.txt\n");
    assert_eq!(
        said(&ended),
        "s3_restore: restored s3://kept/reports/a.txt as mine.txt: 7 bytes in TIME s (RATE/s), checked by MD5\n"
    );
    assert_eq!(content(home.join("mine.txt")), "content");
}

#[test]
fn a_path_that_is_a_directory_or_ends_in_a_slash_gets_the_last_component() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "reports/a.txt", b"content");
    let program = restore(&endpoint).args(["-c", "new/", "reports/a.txt"]);
    let home = program.home().to_owned();
    program.clone().run().success().stdout("new/a.txt\n");
    assert_eq!(content(home.join("new/a.txt")), "content");
    let program = restore(&endpoint).args(["-c", ".", "reports/a.txt"]);
    let home = program.home().to_owned();
    program.clone().run().success();
    assert_eq!(content(home.join("a.txt")), "content");
}

#[test]
fn several_names_go_into_a_directory_and_each_is_on_its_own() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a/one", b"1");
    endpoint.s3().put(BUCKET, "b/two", b"2");
    let program = restore(&endpoint)
        .stdin("a/one\nmissing\n\nb/two\n")
        .args(["-c", "out"]);
    let home = program.home().to_owned();
    let ended = program.clone().run();
    ended.code(1);
    ended.stderr_has("s3_restore: cannot restore s3://kept/missing: there is no such object\n");
    ended.stderr_has("s3_restore: 1 of 3 files failed (2 restored, 0 skipped, 2 bytes)\n");
    assert_eq!(
        content(home.join("out/one")) + &content(home.join("out/two")),
        "12"
    );
}

/// Names that wait to be thawed hold no connection, but each is looked for with one.
#[test]
fn many_names_are_looked_for_within_the_limit_of_requests() {
    let endpoint = plain();
    let names: Vec<String> = (0..40).map(|number| format!("{number:02}")).collect();
    for name in &names {
        endpoint.s3().put(BUCKET, name, b"1");
    }
    let (looks, may_go) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
    let (seen, gate) = (Arc::clone(&looks), Arc::clone(&may_go));
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        if request.method == "HEAD" {
            // One request alone makes the first contact.
            let is_first = seen.fetch_add(1, Ordering::SeqCst) == 0;
            let began = Instant::now();
            while !is_first
                && !gate.load(Ordering::SeqCst)
                && began.elapsed() < Duration::from_secs(60)
            {
                thread::sleep(Duration::from_millis(5));
            }
        }
        None
    }));
    let running = Program::new("s3_restore")
        .envs(endpoint.settings_through(&proxy))
        .env("RESTORE_BUCKET", BUCKET)
        .args(["--wait", "--jobs", "3", "-c", "out"])
        .args(&names)
        .start();
    let began = Instant::now();
    while looks.load(Ordering::SeqCst) < 4 && began.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(Duration::from_millis(500));
    assert_eq!(looks.load(Ordering::SeqCst), 4);
    may_go.store(true, Ordering::SeqCst);
    running.wait().success();
}

#[test]
fn two_names_that_need_one_file_are_refused_before_anything_is_sent() {
    let endpoint = plain();
    let ended = restore(&endpoint).args(["-c", "out", "a/x", "b/x"]).run();
    ended.code(1).stdout("").stderr(
        "s3_restore: cannot restore s3://kept/b/x: `a/x` would become x too\n\
         hint: restore them one after the other, each with its own -c\n",
    );
    assert_eq!(endpoint.server().requests().len(), 0);
}

#[test]
fn a_file_that_is_there_stays_unless_force_is_given() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"new content");
    let program = restore(&endpoint).args(["-c", "a", "a"]);
    let home = program.home().to_owned();
    fs::write(home.join("a"), "mine").unwrap();
    program.clone().run().code(1).stdout("").stderr(
        "s3_restore: cannot restore s3://kept/a: a already exists with different content\n\
         hint: use --force to replace it; it stays until the new file is complete and checked\n",
    );
    assert_eq!(content(home.join("a")), "mine");
    fs::write(home.join("a"), "old content").unwrap();
    program.clone().run().code(1);
    assert_eq!(content(home.join("a")), "old content");
    program.clone().arg("--force").run().success();
    assert_eq!(content(home.join("a")), "new content");
    program
        .clone()
        .run()
        .success()
        .stderr("s3_restore: a already exists with the same content\n");
}

/// The ETag of an encrypted object looks like an MD5 and is none.
#[test]
fn an_encrypted_object_is_equal_or_not_by_its_content() {
    let endpoint = plain();
    let kms = [("x-amz-server-side-encryption", "aws:kms")];
    let path = format!("/{BUCKET}/dir/a");
    for body in [b"content".to_vec(), vec![b'x'; 5 << 20]] {
        endpoint
            .s3()
            .send("PUT", &path, &[], &kms, &body)
            .unwrap()
            .ok();
        let by_name = restore(&endpoint).args(["-c", "a", "dir/a"]);
        let by_directory = restore(&endpoint).args(["-r", "dir", "-c", "."]);
        let mut other = body.clone();
        *other.last_mut().unwrap() ^= 1;
        for program in [by_name, by_directory] {
            let file = program.home().join("a");
            fs::write(&file, &body).unwrap();
            program.clone().run().success().stdout("");
            fs::write(&file, &other).unwrap();
            program
                .clone()
                .run()
                .code(1)
                .stdout("")
                .stderr_has("s3_restore: cannot restore s3://kept/dir/a: ")
                .stderr_has(
                    "a already exists with different content\n\
                 hint: use --force to replace it; it stays until the new file is complete and checked\n",
                );
            assert!(fs::read(&file).unwrap() == other);
            assert_eq!(
                testkit::tree::files(program.home())
                    .iter()
                    .filter(|name| !name.contains(".local"))
                    .count(),
                1
            );
            program.clone().arg("--force").run().success();
            assert!(fs::read(&file).unwrap() == body);
        }
    }
}

#[test]
fn a_dry_run_says_what_it_would_do_and_leaves_no_trace() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"content");
    let program = restore(&endpoint).args(["--dry-run", "-c", "new/", "a"]);
    let home = program.home().to_owned();
    program
        .clone()
        .run()
        .success()
        .stdout("would restore new/a (new)\n");
    assert_eq!(fs::read_dir(home).unwrap().count(), 0);
}

#[test]
fn a_name_that_is_a_directory_or_not_there_is_exit_4() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "reports/a.txt", b"content");
    restore(&endpoint)
        .args(["-c", "x", "reports"])
        .run()
        .code(4)
        .stderr(
            "s3_restore: cannot restore s3://kept/reports: this is a directory, not an object\n\
         hint: `-r reports` restores all that is in it\n",
        );
    restore(&endpoint)
        .args(["-c", "x/", "report"])
        .run()
        .code(4)
        .stderr("s3_restore: cannot restore s3://kept/report: there is no such object\n");
}

#[test]
fn quiet_says_nothing_of_what_succeeds() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "d/a", b"content");
    for args in [
        &["-c", "b", "d/a"][..],
        &["-c", "b", "d/a"],
        &["-c", "c", "-r", "d"],
    ] {
        let ended = restore(&endpoint).arg("-q").args(args).run();
        ended.success().stdout("").stderr("");
    }
}

#[test]
fn json_has_one_object_a_line_and_a_summary() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"content");
    let ended = restore(&endpoint)
        .args(["--json", "-q", "-c", "b", "a"])
        .run();
    ended.success().stderr("");
    let text = ended.stdout_text();
    let (first, rest) = text.split_once('\n').unwrap();
    assert_eq!(
        first,
        "{\"Bucket\":\"kept\",\"ETag\":\"9a0364b9e99bb480dd25e1f0284c8555\",\"Key\":\"a\",\"Size\":7,\
         \"path\":\"b\",\"proof\":\"MD5\",\"reason\":\"new\",\"status\":\"restored\"}"
    );
    assert!(rest.starts_with("{\"summary\":{"), "{rest}");
}

#[test]
fn a_closed_stdout_loses_lines_and_no_file() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"content");
    let program = restore(&endpoint).args(["-c", "b", "a"]).stdout_closed();
    let home = program.home().to_owned();
    program.clone().run().success();
    assert_eq!(content(home.join("b")), "content");
}

#[test]
fn an_object_under_a_customer_key_comes_back_with_that_key_only() {
    let endpoint = plain();
    let front = TlsFront::of(&endpoint);
    let keys = tempfile::tempdir().unwrap();
    for (name, byte) in [("right", "1"), ("wrong", "2")] {
        std::fs::write(keys.path().join(name), byte.repeat(32)).unwrap();
    }
    let over_tls = |program: Program, key: &str| {
        program
            .on(&endpoint)
            .env("ENDPOINT_URL", front.url())
            .env("AWS_CA_BUNDLE", front.authority())
            .arg("--sse-c-key-file")
            .arg(keys.path().join(key))
    };
    let file = keys.path().join("right");
    over_tls(Program::new("do_bucket_upload"), "right")
        .arg(&file)
        .arg(format!("s3://{BUCKET}"))
        .run()
        .success();
    let wrong = over_tls(restore(&endpoint), "wrong").args(["-c", "x", "right"]);
    let ended = wrong.run();
    ended.code(5);
    assert!(!ended.home().join("x").exists());
    let right = over_tls(restore(&endpoint), "right").args(["-c", "x", "right"]);
    let ended = right.run();
    ended.success();
    assert_eq!(content(ended.home().join("x")), "1".repeat(32));
    restore(&endpoint).args(["-c", "x", "right"]).run().code(1);
}

#[test]
fn a_customer_key_is_not_sent_over_plain_http() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "a", b"content");
    let keys = tempfile::tempdir().unwrap();
    let key = keys.path().join("key");
    std::fs::write(&key, "1".repeat(32)).unwrap();
    endpoint.server().clear_requests();
    restore(&endpoint)
        .args(["-c", "x", "a", "--sse-c-key-file"])
        .arg(&key)
        .run()
        .code(3)
        .stderr_has("https");
    assert!(endpoint.server().requests().is_empty());
}
