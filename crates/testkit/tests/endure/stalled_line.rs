//! What a person sees on a terminal while nothing comes.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use testkit::faults::{Action, Fault, Operation, Plan};
use testkit::{Endpoint, path_of};

/// Silence is told after five seconds.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn a_stalled_line_says_for_how_long_and_which_attempt_it_is() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    endpoint
        .server()
        .store()
        .put(&bucket, "d/k", vec![0; 100_000]);
    let proxy = endpoint.behind(Plan::new(1).script(|request, before| {
        let is_download = request.operation == Operation::Download;
        match before {
            _ if !is_download => None,
            0 => Some(Action::Fault(Fault::SlowDown)),
            _ => Some(Action::Fault(Fault::Stall)),
        }
    }));
    let home = tempfile::tempdir().unwrap();
    let command = format!(
        "{} s3://{bucket}/d there",
        path_of("do_bucket_download").display()
    );
    let mut child = Command::new("/usr/bin/script")
        .args(["-qec", &command, "/dev/null"])
        .env_clear()
        .envs(endpoint.settings_through(&proxy))
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut terminal = child.stdout.take().unwrap();
    let (sender, pieces) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = terminal.read(&mut buffer) {
            let _gone = sender.send(String::from_utf8_lossy(&buffer[..length]).into_owned());
        }
    });
    let (began, mut seen) = (Instant::now(), String::new());
    while !seen.contains("; attempt 2 of 10") && began.elapsed() < PATIENCE {
        let piece = pieces.recv_timeout(Duration::from_secs(1));
        seen.push_str(&piece.unwrap_or_default());
    }
    let _ended = child.kill();
    let _ended = child.wait();
    assert!(seen.contains("no response for "), "{seen:?}");
    assert!(seen.contains(" s; attempt 2 of 10"), "{seen:?}");
}
