//! The program `local_s3`.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

fn program() -> Command {
    testkit::default_signals();
    let mut command = Command::new(env!("CARGO_BIN_EXE_local_s3"));
    command.stdin(Stdio::null());
    command
}

#[test]
fn a_command_gets_the_variables_and_its_exit_code_is_passed_on() {
    let script = "echo $ENDPOINT_URL $REGION_NAME $AWS_ACCESS_KEY_ID $AWS_PROFILE; exit 7";
    let output = program()
        .env("AWS_PROFILE", "other")
        .args(["sh", "-c", script])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("http://127.0.0.1:"), "{text}");
    assert!(text.ends_with(" us-east-1 local-s3-key-id\n"), "{text}");
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn a_command_that_dies_by_a_signal_takes_us_along() {
    let status = program()
        .args(["sh", "-c", "kill -TERM $$"])
        .status()
        .unwrap();
    assert_eq!(status.signal(), Some(15));
}

#[test]
fn a_command_that_is_not_there_is_127() {
    let output = program().arg("no-such-command-anywhere").output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    let message =
        "local_s3: cannot run no-such-command-anywhere: No such file or directory (os error 2)\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), message);
}

#[test]
fn a_signal_reaches_the_command() {
    let mut child = program()
        .args([
            "sh",
            "-c",
            "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.05; done",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ready");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "caught");
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn alone_it_prints_export_lines_and_serves_until_a_signal() {
    let mut child = program()
        .args(["--bucket", "photos"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(8).map(Result::unwrap).collect();
    assert_eq!(lines[0], "export REGION_NAME='us-east-1'");
    let endpoint = lines[1]
        .strip_prefix("export ENDPOINT_URL='http://")
        .unwrap()
        .trim_end_matches('\'');
    std::net::TcpStream::connect(endpoint).unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(2));
}

#[test]
fn help_says_what_it_is_not_for() {
    let output = program().arg("--help").output().unwrap();
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("NOT FOR PRODUCTION")
    );
    assert_eq!(
        program()
            .arg("--no-such-flag")
            .output()
            .unwrap()
            .status
            .code(),
        Some(2)
    );
}
