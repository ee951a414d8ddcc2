//! Tab in real shells: what is typed, and the words that the program then gets.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use testkit::{Program, default_signals, path_of, tool};

const PROGRAMS: [&str; 5] = [
    "do_bucket_list",
    "do_bucket_download",
    "do_bucket_upload",
    "s3_restore",
    "bucket_demo",
];

/// Reads the completions of `program`, and puts a function in its place that shows its words.
fn setup(shell: &str, program: &str) -> String {
    match shell {
        "fish" => format!(
            "function {program}; echo \"got<$argv>\"; end; source ./{program}.fish; echo rea''dy\r"
        ),
        "zsh" => format!(
            "autoload -U compinit; compinit -u -D; {program}() {{ echo \"got<$*>\"; }}; . ./{program}.zsh; echo rea''dy\r"
        ),
        _ => format!("{program}() {{ echo \"got<$*>\"; }}; . ./{program}.bash; echo rea''dy\r"),
    }
}

/// What is on the screen after the line was typed, with Tab and Return after it.
fn typed(shell: &str, start: &str, program: &str, line: &str, expected: &str) -> String {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("certificates.pem"), "").unwrap();
    std::fs::create_dir(home.path().join("pictures")).unwrap();
    let script = Program::new(program).args(["--completions", shell]).run();
    let name = format!("{program}.{shell}");
    std::fs::write(home.path().join(name), script.success().stdout_bytes()).unwrap();
    default_signals();
    let mut child = Command::new("/usr/bin/script")
        .args(["-qec", start, "/dev/null"])
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .env("SHELL", "/bin/sh")
        .current_dir(home.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (sender, pieces) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = screen.read(&mut buffer) {
            let _gone = sender.send(buffer.iter().take(length).copied().collect::<Vec<u8>>());
        }
    });
    let mut seen = String::new();
    let mut wait_for = |expected: &str| {
        let began = Instant::now();
        while !seen.contains(expected) && began.elapsed() < Duration::from_secs(60) {
            if let Ok(piece) = pieces.recv_timeout(Duration::from_millis(100)) {
                seen += &String::from_utf8_lossy(&piece);
            }
        }
        seen.clone()
    };
    keys.write_all(setup(shell, program).as_bytes()).unwrap();
    wait_for("ready");
    keys.write_all(format!("{program} {line}\t\r").as_bytes())
        .unwrap();
    let seen = wait_for(expected);
    let _gone = keys.write_all(b"exit\r");
    drop(keys);
    let _ended = child.wait();
    seen
}

#[test]
fn tab_completes_flags_values_and_files_in_bash() {
    tab_completes("bash", "bash --noprofile --norc -i");
}

#[test]
fn tab_completes_flags_values_and_files_in_zsh() {
    tab_completes("zsh", "zsh -f -i");
}

#[test]
fn tab_completes_flags_values_and_files_in_fish() {
    tab_completes("fish", "fish --no-config -i");
}

/// `start` starts the shell without anybody's settings.
fn tab_completes(shell: &str, start: &str) {
    if tool(shell).is_none() {
        return;
    }
    for (program, line, expected) in [
        ("do_bucket_upload", "--no-fol", "got<--no-follow-symlinks>"),
        (
            "do_bucket_upload",
            "--acl auth",
            "got<--acl authenticated-read>",
        ),
        (
            "do_bucket_upload",
            "--storage-class STANDARD_",
            "got<--storage-class STANDARD_IA>",
        ),
        ("do_bucket_upload", "--sse a", "got<--sse aws:kms>"),
        (
            "do_bucket_upload",
            "--ca-bundle certif",
            "got<--ca-bundle certificates.pem>",
        ),
        ("do_bucket_upload", "--profi", "got<--profile>"),
        ("do_bucket_upload", "pict", "got<pictures"),
        ("s3_restore", "--thaw=exp", "got<--thaw=expedited>"),
        ("s3_restore", "-c certif", "got<-c certificates.pem>"),
        ("bucket_demo", "--log-format js", "got<--log-format json>"),
    ] {
        let seen = typed(shell, start, program, line, expected);
        assert!(seen.contains(expected), "{shell}: {program} {line}: {seen}");
    }
}

#[test]
fn every_script_is_one_of_its_shell_and_offers_no_placeholder() {
    for shell in ["bash", "zsh", "fish"] {
        for program in PROGRAMS {
            let made = Program::at(&path_of(program)).args(["--completions", shell]);
            let home = made.home().to_owned();
            let ended = made.run();
            ended.success().stderr("");
            let text = ended.stdout_text();
            for placeholder in ["<LOCAL>", "<TARGET>", "<NAME>", "<BUCKET>"] {
                assert!(
                    !text.contains(placeholder),
                    "{shell}: {program}: {placeholder}"
                );
            }
            if let Some(path) = tool(shell) {
                let script = home.join("script");
                std::fs::write(&script, text).unwrap();
                Program::at(&path).arg("-n").arg(&script).run().success();
            }
        }
    }
}
