//! Ends in the middle, refusals, damage: the old file stays and the history tells the truth.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use testkit::faults::{Action, Fault, FaultProxy, Operation, Plan};
use testkit::tree::noise;
use testkit::{Endpoint, Program, Signal, with_tmpfs};

use crate::{BUCKET, content, plain, restore};

fn outcomes(home: &Path) -> Vec<String> {
    let text = fs::read_to_string(home.join(".local/state/s3_restore/history.jsonl"));
    let lines: Vec<serde_json::Value> = text
        .unwrap_or_default()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines
        .iter()
        .map(|line| line["outcome"].as_str().unwrap().to_owned())
        .collect()
}

/// A restore of this key to `x`, which holds `old` before.
fn over_an_old_file(endpoint: &Endpoint, proxy: &FaultProxy, key: &str) -> (Program, PathBuf) {
    let program = Program::new("s3_restore")
        .envs(endpoint.settings_through(proxy))
        .env("RESTORE_BUCKET", BUCKET)
        .args(["--force", "-c", "x", key]);
    let home = program.home().to_owned();
    fs::write(home.join("x"), "old").unwrap();
    (program, home)
}

/// A size that comes in ranges.
const LARGE: usize = 66 << 20;

/// A restore over a file that is there, whose second piece never comes.
fn ended_by(signal: Signal) -> (Vec<String>, String) {
    let endpoint = plain();
    endpoint
        .server()
        .store()
        .put(BUCKET, "large", noise(LARGE, 1));
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let range = request.header("range");
        let there = request.operation == Operation::Download
            && range.is_some_and(|range| range.contains("bytes=4194304-"));
        there.then_some(Action::Fault(Fault::Stall))
    }));
    let (program, home) = over_an_old_file(&endpoint, &proxy, "large");
    let running = program.start();
    let patience = Instant::now() + Duration::from_secs(60);
    while proxy.hits(Fault::Stall) == 0 {
        assert!(
            Instant::now() < patience,
            "the second piece was never asked for"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    running.signal(signal);
    let ended = running.wait();
    assert_eq!(ended.signal(), Some(signal.as_raw()));
    (outcomes(&home), content(home.join("x")))
}

#[test]
fn a_killed_restore_leaves_the_old_file_and_claims_nothing() {
    let (history, old) = ended_by(Signal::KILL);
    assert_eq!((history.as_slice(), old.as_str()), (&[][..], "old"));
}

#[test]
fn an_interrupted_restore_leaves_the_old_file_and_is_noted_as_interrupted() {
    let (history, old) = ended_by(Signal::TERM);
    assert_eq!(history, ["interrupted"]);
    assert_eq!(old, "old");
}

#[test]
fn a_wrong_secret_is_exit_5_and_noted() {
    let endpoint = plain();
    let program = restore(&endpoint)
        .env("AWS_SECRET_ACCESS_KEY", "wrong")
        .args(["-c", "x", "a"]);
    let home = program.home().to_owned();
    program
        .clone()
        .run()
        .code(5)
        .stderr_has("the secret does not belong to key ");
    assert_eq!(outcomes(&home), ["failed"]);
}

#[test]
fn damage_that_stays_is_exit_6_and_the_old_file_too() {
    let endpoint = plain();
    endpoint
        .server()
        .store()
        .put(BUCKET, "a", noise(100_000, 1));
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        (request.operation == Operation::Download).then_some(Action::Fault(Fault::FlippedDown))
    }));
    let (program, home) = over_an_old_file(&endpoint, &proxy, "a");
    program.clone().run().code(6);
    assert_eq!(content(home.join("x")), "old");
    assert_eq!(outcomes(&home), ["failed"]);
}

/// A restore over a file that is there, of an object that is replaced by each of these in turn
/// when its second piece is asked for.
fn replaced_by(contents: Vec<Vec<u8>>) -> (testkit::Finished, Vec<String>, Vec<u8>) {
    let endpoint = plain();
    let store = endpoint.server().store().clone();
    store.put(BUCKET, "large", noise(LARGE, 1));
    let next = AtomicUsize::new(0);
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        let range = request.header("range");
        if range.is_some_and(|range| range.contains("bytes=4194304-"))
            && let Some(content) = contents.get(next.fetch_add(1, Ordering::Relaxed))
        {
            store.put(BUCKET, "large", content.clone());
        }
        None
    }));
    let (program, home) = over_an_old_file(&endpoint, &proxy, "large");
    let ended = program.run();
    let came = fs::read(home.join("x")).unwrap();
    (ended, outcomes(&home), came)
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_comes_whole_as_it_is_then() {
    let later = noise(LARGE, 2);
    let (ended, history, came) = replaced_by(vec![later.clone()]);
    ended.success();
    assert!(came == later);
    assert_eq!(history, ["restored"]);
}

/// Writes that were begun when the change was seen go on for a moment, under the lock of the
/// unfinished file: the second fetch must not meet it.
#[test]
fn a_second_fetch_does_not_meet_the_lock_of_the_first() {
    for seed in 0..4 {
        let later = noise(LARGE + (4 << 20), 100 + seed);
        let (ended, _, came) = replaced_by(vec![later.clone()]);
        ended.success();
        assert!(came == later, "{seed}");
    }
}

#[test]
fn an_object_that_is_replaced_again_and_again_fails_by_name_and_the_old_file_stays() {
    let contents = (2..4).map(|seed| noise(LARGE, seed)).collect();
    let (ended, history, came) = replaced_by(contents);
    ended.code(1).stderr_has(&format!(
        "s3_restore: cannot restore s3://{BUCKET}/large: the object changed while it was read, twice\n\
         hint: run the same command again when nobody writes to it\n"
    ));
    assert_eq!(came, b"old");
    assert_eq!(history, ["failed"]);
}

#[test]
fn a_disk_that_is_too_small_is_exit_8_before_anything_is_written() {
    let endpoint = plain();
    let store = endpoint.server().store();
    store.put(BUCKET, "large", noise(3 << 20, 1));
    let words = format!("--bucket {BUCKET} -c disk/x large");
    let Some(ended) = with_tmpfs("s3_restore", &endpoint, "size=1m", &words) else {
        return;
    };
    ended.code(8).stdout("").stderr(
        "s3_restore: cannot write disk/x: no space left (needs 3.0 MiB, 1.0 MiB free)\n\
         hint: free space or choose another directory\n",
    );
}
