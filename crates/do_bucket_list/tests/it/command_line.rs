//! Wrong, missing and informative words on the command line, and missing settings.

use testkit::{Endpoint, Program, SOON};

#[test]
fn the_version_is_one_line() {
    Program::new("do_bucket_list")
        .arg("--version")
        .run()
        .success()
        .stdout(concat!("do_bucket_list ", env!("CARGO_PKG_VERSION"), "\n"))
        .stderr("");
}

#[test]
fn help_names_purpose_variables_exit_codes_and_examples() {
    let ended = Program::new("do_bucket_list").arg("--help").run();
    ended
        .success()
        .stderr("")
        .stdout_has(concat!("\n", env!("CARGO_PKG_DESCRIPTION"), "\n"))
        .stdout_has("\nVARIABLES:\n")
        .stdout_has("\n    ENDPOINT_URL")
        .stdout_has(common::exit::EXIT_CODES)
        .stdout_has("\nEXAMPLES:\n");
}

#[test]
fn short_help_fits_a_screen() {
    for program in [
        "do_bucket_list",
        "do_bucket_download",
        "do_bucket_upload",
        "s3_restore",
        "bucket_demo",
    ] {
        let ended = Program::new(program).arg("-h").run();
        ended.success().stderr("").stdout_has("\nUSAGE: ");
        let text = ended.stdout_text();
        assert!(text.lines().count() <= 24, "{text}");
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{text}");
        let whole = Program::new(program).arg("--help").run().stdout_text();
        assert!(
            whole.lines().all(|line| line.chars().count() <= 80),
            "{whole}"
        );
    }
}

#[test]
fn a_wrong_word_is_exit_2() {
    let wrong = |words: &[&str], cause: &str| {
        Program::new("do_bucket_list").args(words).run().code(2).stdout("").stderr(&format!(
            "do_bucket_list: cannot start: {cause}\nhint: run `do_bucket_list --help` to see what it takes\n"
        ));
    };
    wrong(&["--bogus"], "there is no flag --bogus");
    wrong(&["a", "b"], "`b` is one argument too many");
    wrong(
        &["--max-keys", "0", "b"],
        "invalid value for '--max-keys <N>': `0` is not a whole number above zero",
    );
    wrong(
        &["https://host/b"],
        "invalid value for '<BUCKET>': `https://host/b` is not an s3:// address",
    );
    wrong(
        &["s3://"],
        "invalid value for '<BUCKET>': the bucket name is empty",
    );
}

#[test]
fn flags_that_do_not_go_together_are_exit_2_and_a_sentence() {
    let wrong = |words: &[&str], cause: &str, hint: &str| {
        let ended = Program::new("do_bucket_list").args(words).run();
        ended.code(2).stderr(&format!(
            "do_bucket_list: cannot start: {cause}\nhint: {hint}\n"
        ));
        if !words.contains(&"--json") {
            ended.stdout("");
        }
    };
    for flag in ["--recursive", "--versions", "--uploads"] {
        wrong(
            &[flag],
            &format!("{flag} needs a BUCKET"),
            &format!("do_bucket_list {flag} BUCKET"),
        );
    }
    for (flag, value) in [
        ("--include", "PATTERN"),
        ("--exclude", "PATTERN"),
        ("--max-keys", "N"),
    ] {
        wrong(
            &[flag, "1"],
            &format!("{flag} needs a BUCKET"),
            &format!("do_bucket_list {flag} {value} BUCKET"),
        );
    }
    wrong(
        &["--versions", "--uploads", "b"],
        "--versions and --uploads cannot be used together",
        "list one after the other",
    );
    for flag in ["--json", "--human", "--summary"] {
        wrong(
            &["-0", flag],
            &format!("-0 prints names only and cannot be used with {flag}"),
            &format!("leave out -0 or {flag}"),
        );
    }
    for flag in ["--versions", "--uploads"] {
        wrong(
            &["-0", flag, "b"],
            "-0 cannot be used with --versions or --uploads: a name alone does not identify them",
            "use --json, which prints names and ids",
        );
    }
    wrong(
        &["--include", "*.jpg", "--exclude", "*", "b"],
        "--exclude '*' excludes every file that --include selects",
        "use --include alone: it selects only matching files",
    );
    wrong(
        &["--exclude", "a[b", "b"],
        "--exclude 'a[b' is not a pattern: unclosed character class; missing ']'",
        "patterns know * ** ? [a-z] {a,b}",
    );
}

#[test]
fn without_settings_it_ends_at_once_and_sends_nothing() {
    let ended = Program::new("do_bucket_list")
        .without_env("PATH")
        .without_env("HOME")
        .run();
    ended
        .code(3)
        .stdout("")
        .stderr_has("do_bucket_list: cannot start: ");
    assert!(ended.elapsed() < SOON, "{ended:?}");
}

#[test]
fn variables_of_other_programs_and_a_strange_home_stop_nothing() {
    use std::os::unix::ffi::OsStrExt as _;
    let strange = std::ffi::OsStr::from_bytes(b"/nowhere/\xe9");
    let endpoint = Endpoint::local();
    for name in ["HOME", "XDG_STATE_HOME", "LOG_FILE", "UPLOAD", "SOURCE_DIR"] {
        crate::lister(&endpoint).env(name, strange).run().success();
    }
}
