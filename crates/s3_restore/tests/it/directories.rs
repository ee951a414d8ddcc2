//! Whole directories, now and then.

use std::collections::BTreeMap;

use testkit::faults::{Action, Canned, Plan};
use testkit::tree;

use crate::{BUCKET, after, pass, plain, restore, versioned};

#[test]
fn a_directory_comes_back_as_it_stood_at_every_moment() {
    let endpoint = versioned();
    let store = endpoint.server().store();
    let mut random = fastrand::Rng::with_seed(7);
    let mut now: BTreeMap<String, String> = BTreeMap::new();
    let mut then = Vec::new();
    for step in 0..300 {
        let key = format!("tree/{}/{}", random.u8(..4), random.u8(..6));
        if random.u8(..3) == 0 {
            endpoint.s3().delete(BUCKET, &key);
            now.remove(&key);
        } else {
            store.put(BUCKET, &key, format!("{step}"));
            now.insert(key, step.to_string());
        }
        if step % 60 == 59 {
            then.push((step, now.clone()));
        }
        pass(&endpoint, 1);
    }
    for (step, expected) in then {
        let program = restore(&endpoint).args(["-r", "tree", "-c", "out", "--at", &after(step)]);
        let out = program.home().join("out");
        program.clone().run().success();
        for (key, content) in &expected {
            let path = out.join(key.strip_prefix("tree/").unwrap());
            assert_eq!(
                std::fs::read_to_string(path).unwrap(),
                *content,
                "{key} at {step}"
            );
        }
        let files = tree::files(&out).len();
        assert_eq!(files, expected.len(), "at {step}");
    }
}

#[test]
fn without_a_moment_it_is_the_directory_of_now_and_what_is_equal_is_not_fetched() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "tree/a", b"1");
    endpoint.s3().put(BUCKET, "tree/b/c", b"2");
    endpoint.s3().put(BUCKET, "treetop", b"3");
    let program = restore(&endpoint).args(["-r", "tree", "-c", "out", "--jobs", "1"]);
    let ended = program.clone().run();
    ended.success();
    let mut lines: Vec<String> = ended.stdout_text().lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["out/a", "out/b/c"]);
    program
        .clone()
        .run()
        .success()
        .stdout("")
        .stderr("s3_restore: nothing to restore: all 2 files are up to date\n");
    endpoint.s3().put(BUCKET, "tree/a", b"other");
    let ended = program.clone().run();
    ended.code(1).stderr_has(
        "cannot restore s3://kept/tree/a: out/a already exists with different content\n",
    );
}

#[test]
fn filters_choose_among_what_comes_back() {
    let endpoint = plain();
    for key in ["tree/a.txt", "tree/b/c.txt", "tree/b/d.jpg"] {
        endpoint.s3().put(BUCKET, key, key.as_bytes());
    }
    let program = restore(&endpoint).args(["-r", "tree", "-c", "out"]);
    let out = program.home().join("out");
    let filters = ["--include", "*.txt", "--larger", "10"];
    program.clone().args(filters).run().success();
    assert_eq!(tree::files(&out), ["b/c.txt"]);
    program
        .args(["--exclude", "tree"])
        .args(["--include", "*.png"])
        .run()
        .success()
        .told(
            "s3_restore: warning: no object matches the filters, which are compared with paths such as `a.txt`\n\
             s3_restore: nothing to restore, 3 left out by filters\n",
        );
    restore(&endpoint)
        .args(["-c", "out", "--include", "*.txt", "tree/a.txt"])
        .run()
        .code(2)
        .stderr(
            "s3_restore: cannot start: --include chooses among the objects of a directory, and none is given\n\
             hint: add -r PREFIX: s3_restore -c PATH --include PATTERN -r PREFIX\n",
        );
}

#[test]
fn keys_that_are_no_paths_are_refused_by_name_and_the_rest_comes_back() {
    let endpoint = plain();
    let store = endpoint.server().store();
    store.put(BUCKET, "tree/../../escaped", "x");
    store.put(BUCKET, "tree/good", "y");
    let ended = restore(&endpoint).args(["-r", "tree/", "-c", "out"]).run();
    ended
        .code(1)
        .stdout("out/good\n")
        .stderr_has("s3_restore: cannot restore s3://kept/tree/../../escaped: ");
}

#[test]
fn a_key_outside_the_directory_asked_for_is_never_written() {
    let endpoint = plain();
    endpoint.s3().put(BUCKET, "tree/a", b"1");
    endpoint.s3().put(BUCKET, "other/b", b"2");
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let all = "<ListBucketResult><IsTruncated>false</IsTruncated>\
                   <Contents><Key>other/b</Key><Size>1</Size></Contents>\
                   <Contents><Key>tree/a</Key><Size>1</Size></Contents></ListBucketResult>";
        let ignored = request.has_param("list-type");
        ignored.then(|| Action::Respond(Canned::new(200, all)))
    }));
    let program = testkit::Program::new("s3_restore")
        .envs(endpoint.settings_through(&proxy))
        .env("RESTORE_BUCKET", BUCKET)
        .args(["--max-attempts", "2", "-r", "tree", "-c", "out"]);
    let ended = program.clone().run();
    assert_ne!(ended.exit_code(), 0, "{ended:?}");
    ended.stderr_has("other/b");
    let mut written = tree::files(&program.home().join("out"));
    written.retain(|name| name != "a");
    assert_eq!(written, [""; 0]);
}

#[test]
fn nothing_under_the_prefix_is_exit_4_and_makes_no_directory() {
    let endpoint = versioned();
    endpoint.s3().put(BUCKET, "tree/a", b"1");
    let program = restore(&endpoint).args(["-r", "tree", "-c", "out", "--at", &after(-5)]);
    let out = program.home().join("out");
    program.clone().run().code(4).stderr_has(
        "s3_restore: cannot restore s3://kept/tree/: nothing was there at 2023-11-14 22:13:15+00:00\n",
    );
    assert!(!out.exists());
}

#[test]
fn a_dry_run_of_a_directory_names_what_it_would_restore() {
    let endpoint = versioned();
    endpoint.s3().put(BUCKET, "tree/a", b"1");
    let program =
        restore(&endpoint).args(["-r", "tree", "-c", "out", "--dry-run", "--at", &after(5)]);
    let out = program.home().join("out");
    program
        .clone()
        .run()
        .success()
        .stdout("would restore out/a (new)\n");
    assert!(!out.exists());
}

#[test]
fn memory_does_not_grow_with_the_number_of_versions() {
    let peak = |versions: u32| {
        let endpoint = versioned();
        let store = endpoint.server().store();
        for version in 0..versions {
            for key in 0..100 {
                store.put(BUCKET, &format!("tree/{key:03}"), format!("{version}"));
            }
            pass(&endpoint, 1);
        }
        // The first versions stood then: all pages are gone through.
        let program = restore(&endpoint).args(["-r", "tree", "-c", "out", "--at", &after(0)]);
        let out = program.home().join("out");
        let ended = program.clone().run();
        ended.success();
        assert_eq!(tree::files(&out).len(), 100);
        assert_eq!(std::fs::read_to_string(out.join("099")).unwrap(), "0");
        ended.peak_rss_kib()
    };
    let (few, many) = (peak(20), peak(200));
    assert!(many < few + 8 * 1024, "{few} KiB, then {many} KiB");
}
