//! Settings that are missing, contradict each other or cannot be read: exit 3, and nothing is sent.

use testkit::tree::write;
use testkit::{Finished, Program, SOON};

use crate::{downloader, filled};

/// Runs with a server's settings changed as `change` says; asserts exit 3, these words, and that nothing was sent.
fn refused(change: impl Fn(Program) -> Program, told: &str) -> Finished {
    let (endpoint, bucket) = filled(&["d/a"]);
    endpoint.server().clear_requests();
    let program = downloader(&endpoint)
        .env("SOURCE_BUCKET", bucket)
        .env("SOURCE_DIR", "d");
    let ended = change(program).run();
    ended.code(3).stdout("").stderr(told);
    assert!(endpoint.server().requests().is_empty());
    ended
}

#[test]
fn an_unset_or_empty_variable_is_named() {
    let told = "do_bucket_download: cannot start: SOURCE_DIR is not set: the directory to download, / for all\n\
                hint: export SOURCE_DIR, or name the source: do_bucket_download s3://BUCKET/DIR [DEST]\n";
    refused(|program| program.without_env("SOURCE_DIR"), told);
    refused(|program| program.env("SOURCE_DIR", ""), told);
    refused(
        |program| program.without_env("SOURCE_BUCKET"),
        "do_bucket_download: cannot start: SOURCE_BUCKET is not set: the bucket to download from\n\
         hint: export SOURCE_BUCKET, or name the source: do_bucket_download s3://BUCKET/DIR [DEST]\n",
    );
}

#[test]
fn half_a_key_pair_is_no_key_pair() {
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        refused(
            |program| program.without_env(name),
            &format!(
                "do_bucket_download: cannot start: {name} is not set\n\
                 hint: export it, or fill in a copy of .env.example and load it with `set -a; . ./.env; set +a`\n"
            ),
        );
    }
}

#[test]
fn an_endpoint_without_scheme_is_shown_with_one() {
    refused(
        |program| program.env("ENDPOINT_URL", "nyc3.example.com"),
        "do_bucket_download: cannot start: ENDPOINT_URL is `nyc3.example.com`, which has no scheme\n\
         hint: write https://nyc3.example.com\n",
    );
}

#[test]
fn a_profile_that_does_not_exist_is_named_even_beside_a_key_pair() {
    let named = |program: Program| {
        write(program.home(), "credentials", "[other]\n");
        program
            .env("AWS_SHARED_CREDENTIALS_FILE", "credentials")
            .env("AWS_CONFIG_FILE", "config")
    };
    refused(
        |program| named(program).args(["--profile", "nope"]),
        "do_bucket_download: cannot start: --profile names the profile `nope`, which does not exist (looked in \
         credentials and config)\n\
         hint: use one of: other\n",
    );
    let without_keys = |program: Program| {
        program
            .without_env("AWS_ACCESS_KEY_ID")
            .without_env("AWS_SECRET_ACCESS_KEY")
    };
    refused(
        |program| without_keys(named(program)).env("AWS_PROFILE", "nope"),
        "do_bucket_download: cannot start: AWS_PROFILE names the profile `nope`, which does not exist (looked in \
         credentials and config)\n\
         hint: use one of: other\n",
    );
}

#[test]
fn a_value_file_that_cannot_be_read_is_named() {
    let without = |program: Program| program.without_env("AWS_SECRET_ACCESS_KEY");
    refused(
        |program| without(program).env("AWS_SECRET_ACCESS_KEY_FILE", "/nope/secret"),
        "do_bucket_download: cannot start: AWS_SECRET_ACCESS_KEY_FILE names /nope/secret, which cannot be read: no \
         such file or directory\n\
         hint: check the path and its permissions\n",
    );
    refused(
        |program| {
            write(program.home(), "secret", "value");
            program.env("AWS_SECRET_ACCESS_KEY_FILE", "secret")
        },
        "do_bucket_download: cannot start: AWS_SECRET_ACCESS_KEY and AWS_SECRET_ACCESS_KEY_FILE are both set\n\
         hint: unset one of them: AWS_SECRET_ACCESS_KEY_FILE names a file that holds the value\n",
    );
}

#[test]
fn settings_may_come_from_value_files() {
    let (endpoint, bucket) = filled(&["d/a"]);
    let program = downloader(&endpoint)
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env("AWS_SECRET_ACCESS_KEY_FILE", "secret")
        .args([&format!("s3://{bucket}/d"), "out"]);
    let secret = format!("{}\n", endpoint.s3().secret_key);
    write(program.home(), "secret", secret);
    program.run().success().stdout("out/a\n");
}

#[test]
fn with_no_settings_at_all_it_ends_at_once() {
    let ended = Program::new("do_bucket_download")
        .without_env("PATH")
        .without_env("HOME")
        .arg("s3://bucket/d")
        .run();
    ended.code(3).stdout("").stderr_has("AWS_ACCESS_KEY_ID");
    assert!(ended.elapsed() < SOON, "{ended:?}");
}

#[test]
fn a_wrong_command_line_is_exit_2() {
    let wrong = |words: &[&str], told: &str| {
        Program::new("do_bucket_download")
            .args(words)
            .run()
            .code(2)
            .stdout("")
            .stderr(told);
    };
    wrong(
        &["s3://"],
        "do_bucket_download: cannot start: the bucket name is empty\nhint: write s3://BUCKET/DIR\n",
    );
    wrong(
        &["--force", "--checksum", "s3://b"],
        "do_bucket_download: cannot start: the argument '--checksum' cannot be used with '--force'\n\
         hint: run `do_bucket_download --help` to see what it takes\n",
    );
    wrong(
        &["s3://b", "s3://c/d"],
        "do_bucket_download: cannot start: DEST is an s3:// address, but must be on the local disk\n\
         hint: name a directory; to send files to a bucket use do_bucket_upload\n",
    );
    wrong(
        &["s3://b", "-"],
        "do_bucket_download: cannot start: only one object can be written to standard output\n\
         hint: name the object: do_bucket_download s3://BUCKET/KEY -\n",
    );
    wrong(
        &["s3://b", "--max-memory", "31M"],
        "do_bucket_download: cannot start: invalid value for '--max-memory <SIZE>': `31M` is not a size of at least 32M, which a run needs\n\
         hint: run `do_bucket_download --help` to see what it takes\n",
    );
    for flag in [
        "--jobs <N>",
        "--list-jobs <N>",
        "--part-size <SIZE>",
        "--max-memory <SIZE>",
        "--include <PATTERN>...",
    ] {
        let name = flag.split(' ').next().unwrap();
        wrong(
            &["s3://b", name],
            &format!(
                "do_bucket_download: cannot start: the argument '{flag}' requires a value but none was supplied\n\
                 hint: run `do_bucket_download --help` to see what it takes\n"
            ),
        );
    }
}
