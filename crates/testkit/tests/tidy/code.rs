//! Rules about what code may say, and where.

use crate::source::{Source, none, sources};

/// Every line of the chosen files that has one of these texts in it.
fn lines_with(texts: &[&str], chosen: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().into_iter().filter(chosen) {
        for (number, line) in source.code() {
            if texts.iter().any(|text| line.contains(text)) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    found
}

fn program_code_outside(places: &'static [&str]) -> impl Fn(&Source) -> bool {
    move |source| source.is_program_code() && !source.is_in(places)
}

#[test]
fn only_env_rs_reads_the_environment() {
    let reads = [
        "env::var",
        "env::set_var",
        "env::remove_var",
        "env::temp_dir",
        "env::home_dir",
        "use std::env::{",
    ];
    let found = lines_with(&reads, program_code_outside(&["crates/common/src/env.rs"]));
    none(
        "ask common::env::Env for a variable, so that one table knows them all",
        &found,
    );
}

#[test]
fn only_the_terminal_writers_print() {
    let prints = [
        "println!(",
        "print!(",
        "io::stdout()",
        "io::stderr()",
        "dbg!(",
    ];
    let writers = &[
        "crates/common/src/ui.rs",
        "crates/common/src/ui/",
        "crates/common/src/cli/",
        "crates/transfer/src/progress.rs",
    ];
    let found = lines_with(&prints, program_code_outside(writers));
    none(
        "print through common::ui::Ui, which escapes names and survives closed pipes",
        &found,
    );
}

#[test]
fn only_the_program_shell_ends_the_process() {
    let ends = ["process::exit", "process::abort"];
    let found = lines_with(
        &ends,
        program_code_outside(&["crates/common/src/cli.rs", "crates/common/src/cli/"]),
    );
    none(
        "return an error or an Outcome: common::cli turns it into an exit code",
        &found,
    );
}

#[test]
fn only_connect_builds_a_client_and_only_the_client_an_sdk_client() {
    let sdk = [
        "S3Client::new",
        "Client::new_with",
        "Client::new_not_signing",
    ];
    let mut found = lines_with(
        &sdk,
        program_code_outside(&[
            "crates/s3_client/src/client.rs",
            "crates/s3_client/src/operations/generated.rs",
        ]),
    );
    let client = [" Client::new(", "(Client::new(", "ClientOptions {"];
    found.extend(lines_with(
        &client,
        program_code_outside(&[
            "crates/common/src/connect.rs",
            "crates/s3_client/src/client.rs",
        ]),
    ));
    none("take the client that common::connect has built", &found);
}

#[test]
fn the_protocol_knows_no_settings_and_no_terminal() {
    let is_client = |source: &Source| source.krate == "s3_client" && !source.is_test;
    let found = lines_with(&["std::env", "common::", "structopt", "exit("], is_client);
    none(
        "s3_client gets options: common reads settings and talks",
        &found,
    );
}

#[test]
fn only_progress_knows_the_progress_bar_crate() {
    let found = lines_with(
        &["indicatif"],
        program_code_outside(&[
            "crates/transfer/src/progress.rs",
            "crates/transfer/src/progress/",
        ]),
    );
    none("report to the Monitor: transfer::progress draws", &found);
}

#[test]
fn programs_name_no_type_of_the_sdk_or_the_runtime() {
    let is_main =
        |source: &Source| source.is_program_code() && source.path.ends_with("/src/main.rs");
    none(
        "main is a sentence over common and transfer",
        &lines_with(&["rusoto", "tokio::"], is_main),
    );
}

#[test]
fn transfer_knows_no_environment_and_no_credentials() {
    let is_transfer = |source: &Source| source.krate == "transfer" && !source.is_test;
    let found = lines_with(
        &["common::env", "common::credentials", "common::config"],
        is_transfer,
    );
    none(
        "transfer gets a Client and knows nothing of where it came from",
        &found,
    );
}

#[test]
fn deciding_does_no_io() {
    let names = ["parts", "keypath", "filter", "plan/mod", "content_type"];
    let is_at = |source: &Source, name: &str| {
        let place = format!("crates/transfer/src/{name}");
        source.path == format!("{place}.rs") || source.path.starts_with(&format!("{place}/"))
    };
    for name in names {
        let is_there = sources().iter().any(|source| is_at(source, name));
        assert!(is_there, "{name} has moved: this rule has to follow it");
    }
    let pure =
        |source: &Source| source.is_program_code() && names.iter().any(|name| is_at(source, name));
    let io = [
        "std::fs",
        "fs::",
        "tokio",
        "std::net",
        "std::process",
        "rustix",
        ".await",
    ];
    none(
        "deciding is pure and property-tested: leave the disk and the network to the callers",
        &lines_with(&io, pure),
    );
}

#[test]
fn no_static_changes() {
    let changing = ["Mutex", "RwLock", "Atomic", "Cell", "OnceLock", "LazyLock"];
    let found: Vec<String> = lines_with(&["static ", "thread_local!"], Source::is_program_code)
        .into_iter()
        .filter(|line| {
            // A task-local has no value of its own: it lives and ends with one task.
            let is_static = (line.contains(" static ") && line.contains(" = "))
                || line.contains("thread_local!");
            is_static
                && (line.contains("static mut")
                    || line.contains("thread_local!")
                    || changing.iter().any(|word| line.contains(word)))
        })
        .collect();
    none("state has an owner that is passed along", &found);
}

#[test]
fn nothing_is_left_undone_or_skipped() {
    let marks = ["todo!(", "unimplemented!(", "#[ignore"];
    let found = lines_with(&marks, |source| {
        !source.path.starts_with("crates/testkit/tests/tidy/")
    });
    none("finish it, or leave it out whole", &found);
}
