//! Two runs that write the same file where locks do not exist, or tell nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testkit::faults::Plan;
use testkit::tree::{files, noise};
use testkit::{Endpoint, Finished, Program, path_of};

/// Runs a program in which `flock` does nothing but return this errno; 0 is success, as on NFS
/// where only the same machine sees a lock. A program without libc's `flock` cannot tell either.
const WITHOUT_LOCKS: &str = r#"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **words) {
    if (count < 3) return 125;
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_flock, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | atoi(words[1])),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return 125;
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter)) return 125;
    execv(words[2], words + 2);
    return 125;
}
"#;

const ENOSYS: i32 = 38;
const EOPNOTSUPP: i32 = 95;

/// The launcher, compiled. The workspace needs a C compiler anyway.
fn launcher(directory: &Path) -> PathBuf {
    let (source, program) = (directory.join("launcher.c"), directory.join("launcher"));
    std::fs::write(&source, WITHOUT_LOCKS).unwrap();
    let compiled = Command::new("cc")
        .arg("-o")
        .args([&program, &source])
        .output();
    let compiled = compiled.unwrap();
    assert!(compiled.status.success(), "{compiled:?}");
    program
}

#[track_caller]
fn wait(until: impl Fn() -> bool) {
    let begun = Instant::now();
    while !until() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited in vain");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Two runs of the same download. The second begins when the first is in the middle; the first
/// ends when the second is in the middle.
fn two_runs(errno: i32) -> (Finished, Option<Vec<u8>>, Finished, Vec<u8>, Vec<u8>) {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let content = noise(12 << 20, 1);
    endpoint.s3().put(&bucket, "large", &content);
    // The last range of each run is held up until that run may end.
    let (met, may_end) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (seen, gate) = (Arc::clone(&met), Arc::clone(&may_end));
    let proxy = endpoint.behind(Plan::new(1).script(move |request, _| {
        let range = request.header("range").unwrap_or_default();
        if range.starts_with("bytes=8388608-") {
            let run = seen.fetch_add(1, Ordering::SeqCst);
            wait(|| gate.load(Ordering::SeqCst) > run);
        }
        None
    }));
    let holder = Program::new("do_bucket_download");
    let place = holder.home().to_owned();
    let out = place.join("out");
    let program = Program::at(&launcher(&place))
        .arg(errno.to_string())
        .arg(path_of("do_bucket_download"))
        .envs(endpoint.settings_through(&proxy))
        .args(["--part-size", "5M"])
        .arg(format!("s3://{bucket}"))
        .arg(&out);
    let start = |runs: usize| {
        let running = program.clone().start();
        wait(|| met.load(Ordering::SeqCst) == runs);
        running
    };
    let (first, second) = (start(1), start(2));
    may_end.store(1, Ordering::SeqCst);
    let first = first.wait();
    let between = std::fs::read(out.join("large")).ok();
    may_end.store(2, Ordering::SeqCst);
    let second = second.wait();
    assert_eq!(files(&out), ["large"], "{first:?} {second:?}");
    let after = std::fs::read(out.join("large")).unwrap();
    (first, between, second, after, content)
}

#[test]
fn where_no_lock_is_to_be_had_two_runs_keep_out_of_each_others_way() {
    for errno in [ENOSYS, EOPNOTSUPP] {
        let (first, between, second, after, content) = two_runs(errno);
        first.success();
        assert!(between.as_ref() == Some(&content), "after the first run");
        second.success();
        assert!(after == content, "after the second run");
    }
}

#[test]
fn a_run_whose_unfinished_file_was_replaced_says_so_and_renames_nothing() {
    let (first, between, second, after, content) = two_runs(0);
    first
        .code(1)
        .stdout("")
        .stderr_has("large: another run is writing this (");
    assert!(
        between.is_none(),
        "the first run made a file of the second's"
    );
    second.success();
    assert!(after == content);
}
