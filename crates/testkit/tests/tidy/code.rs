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

/// A rule that guards a file which does not exist is no rule.
fn all_are_there(places: &[&str]) {
    for place in places {
        let is_there = sources().iter().any(|source| source.is_in(&[place]));
        assert!(is_there, "{place} has moved: this rule has to follow it");
    }
}

/// Program code outside these places.
fn program_code_outside(places: &'static [&str]) -> impl Fn(&Source) -> bool {
    all_are_there(places);
    move |source| source.is_program_code() && !source.is_in(places)
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
fn only_progress_knows_the_progress_bar_crate() {
    let found = lines_with(
        &["indicatif"],
        program_code_outside(&["crates/transfer/src/progress.rs"]),
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
    let pure = [
        "crates/transfer/src/parts.rs",
        "crates/transfer/src/keypath.rs",
        "crates/transfer/src/keypath/",
        "crates/transfer/src/filter.rs",
        "crates/transfer/src/plan/mod.rs",
        "crates/transfer/src/content_type.rs",
    ];
    all_are_there(&pure);
    let io = [
        "std::fs",
        "fs::",
        "tokio",
        "std::net",
        "std::process",
        "rustix",
        ".await",
    ];
    let found = lines_with(&io, |source| {
        source.is_program_code() && source.is_in(&pure)
    });
    none(
        "deciding is pure and property-tested: leave the disk and the network to the callers",
        &found,
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
fn no_test_is_skipped() {
    let found = lines_with(&["#[ignore"], |source| {
        !source.path.starts_with("crates/testkit/tests/tidy/")
    });
    none("mend it, or leave it out whole", &found);
}
