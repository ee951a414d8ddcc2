//! The runner of programs, tried on the shell.

use std::panic;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::{Program, Signal};

fn shell(script: &str) -> Program {
    Program::at(Path::new("/bin/sh")).args(["-c", script])
}

#[test]
fn output_and_exit_code_are_judged_literally() {
    let finished = shell("echo out; echo err >&2; cat; exit 3")
        .stdin("in\n")
        .run();
    finished
        .code(3)
        .stdout("out\nin\n")
        .stderr("err\n")
        .nowhere("secret");
    assert_eq!(finished.stdout_lines(), ["out", "in"]);
}

#[test]
fn the_environment_is_clean_and_home_is_fresh() {
    let finished = shell("env | grep -v ^PATH= | sort; ls -A")
        .env("B", "1")
        .env("B", "2")
        .run();
    let home = finished.home().display().to_string();
    let text = finished.success().stdout_text();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with("PWD=") && !line.starts_with("_="))
        .collect();
    assert_eq!(lines, ["B=2", &format!("HOME={home}"), "TZ=UTC"]);
}

#[test]
fn a_failure_shows_the_command_and_both_streams() {
    let finished = shell("echo 'said this'; echo 'and that' >&2").run();
    let failure = panic::catch_unwind(|| {
        finished.code(1);
    });
    let text = failure.unwrap_err().downcast::<String>().unwrap();
    for part in [
        "exit code 1 was expected",
        "/bin/sh -c \"echo 'said this'",
        "    | said this",
        "    | and that",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn a_program_that_does_not_end_is_killed_with_its_children() {
    let program = shell("echo started; sleep 1000 & wait").timeout(Duration::from_millis(300));
    let failure = panic::catch_unwind(|| program.run());
    let text = failure.unwrap_err().downcast::<String>().unwrap();
    assert!(
        text.contains("still running after 300ms") && text.contains("    | started"),
        "{text}"
    );
}

#[test]
fn signals_reach_the_program_and_its_end_by_one_is_seen() {
    let running = shell("exec sleep 1000").start();
    running.signal(Signal::TERM);
    let finished = running.wait();
    assert_eq!((finished.exit_code(), finished.signal()), (143, Some(15)));
}

#[test]
fn a_closed_stdout_fails_the_first_write() {
    shell("trap '' PIPE; sleep 0.1; echo x || exit 9")
        .stdout_closed()
        .run()
        .code(9);
}

/// Set in the second run of [`programs_start_with_default_signals`], which finds signals ignored.
const AGAIN: &str = "TESTKIT_SIGNALS_ARE_IGNORED";

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "it tells the second run from the first"
)]
fn programs_start_with_default_signals() {
    let status = shell("cat /proc/self/status").run().stdout_text();
    for mask in ["SigIgn", "SigBlk"] {
        let bits = status.lines().find_map(|line| line.strip_prefix(mask));
        let bits = u64::from_str_radix(bits.unwrap().trim_matches([':', '\t']), 16).unwrap();
        // The C library keeps 32 and 33 for itself.
        assert_eq!(bits & 0x7fff_ffff, 0, "{mask}: {status}");
    }
    if std::env::var_os(AGAIN).is_some() {
        return;
    }
    // As `nohup cargo test &` in a script would have it.
    let name = concat!(module_path!(), "::programs_start_with_default_signals");
    let (_, name) = name.split_once("::").unwrap();
    let again = Command::new("/bin/sh")
        .args(["-c", "trap '' HUP INT QUIT TERM USR1; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(AGAIN, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(
        again.status.success() && said.contains("1 passed"),
        "{said}"
    );
}
