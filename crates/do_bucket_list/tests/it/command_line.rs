//! Wrong, missing and informative words on the command line, and missing settings.

use std::time::Duration;

use testkit::Program;

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
fn a_wrong_word_is_exit_2() {
    let wrong = |words: &[&str], cause: &str| {
        Program::new("do_bucket_list").args(words).run().code(2).stdout("").stderr(&format!(
            "do_bucket_list: cannot start: {cause}\nhint: run `do_bucket_list --help` to see what it takes\n"
        ));
    };
    wrong(
        &["--bogus"],
        "found argument '--bogus' which wasn't expected, or isn't valid in this context",
    );
    wrong(
        &["a", "b"],
        "found argument 'b' which wasn't expected, or isn't valid in this context",
    );
    wrong(
        &["-r"],
        "the following required arguments were not provided: <BUCKET>",
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
fn without_settings_it_ends_at_once_and_sends_nothing() {
    let ended = Program::new("do_bucket_list")
        .without_env("PATH")
        .without_env("HOME")
        .run();
    ended
        .code(3)
        .stdout("")
        .stderr_has("do_bucket_list: cannot start: ");
    assert!(ended.elapsed() < Duration::from_millis(500), "{ended:?}");
}

#[test]
fn completions_are_printed_for_a_shell() {
    Program::new("do_bucket_list")
        .args(["--completions", "bash"])
        .run()
        .success()
        .stderr("")
        .stdout_has("complete -F _do_bucket_list");
}
