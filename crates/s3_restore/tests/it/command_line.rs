//! Wrong, missing and contradictory words and settings.

use testkit::Program;

use crate::{plain, restore};

#[track_caller]
fn wrong(words: &[&str], code: i32, stderr: &str) {
    let program = Program::new("s3_restore")
        .env("RESTORE_BUCKET", "b")
        .args(words);
    program.clone().run().code(code).stdout("").stderr(stderr);
}

#[test]
fn a_wrong_command_line_is_explained() {
    wrong(
        &["name"],
        2,
        "s3_restore: cannot start: no PATH is given to restore to\n\
         hint: say where the file is to go: s3_restore -c PATH NAME\n",
    );
    wrong(
        &["-c", "s3://b/x", "name"],
        2,
        "s3_restore: cannot start: PATH is an s3:// address, but must be on the local disk\n\
         hint: name a directory; to send files to a bucket use do_bucket_upload\n",
    );
    wrong(
        &["-c", "x", "-r", "reports", "name"],
        2,
        "s3_restore: cannot start: the argument '<NAME>...' cannot be used with '--recursive <PREFIX>'\n\
         hint: run `s3_restore --help` to see what it takes\n",
    );
    wrong(
        &["-c", "x", "a", "--days"],
        2,
        "s3_restore: cannot start: the argument '--days <N>' requires a value but none was supplied\n\
         hint: run `s3_restore --help` to see what it takes\n",
    );
    wrong(
        &["-c", "x", "--version-id", "1", "a", "b"],
        2,
        "s3_restore: cannot start: --version-id is one version of one object, and several names are given\n\
         hint: --at TIME takes any number of names\n",
    );
    wrong(
        &["-c", "x", "--at", "soon", "a"],
        2,
        "s3_restore: cannot start: --at: `soon` is no time\n\
         hint: write 2024-05-01T14:03:00Z, `2024-05-01 14:03` (local), 2024-05-01, or an age such as 7d or 36h\n",
    );
    wrong(
        &["-c", "x", "--thaw=soon", "a"],
        2,
        "s3_restore: cannot start: 'soon' isn't a valid value for '--thaw=<TIER>' [possible values: bulk, expedited, standard]\n\
         hint: run `s3_restore --help` to see what it takes\n",
    );
}

#[test]
fn the_future_is_refused() {
    let ended = Program::new("s3_restore")
        .args(["-c", "x", "--at", "2999-01-01", "a"])
        .run();
    ended
        .code(2)
        .stderr_has("s3_restore: cannot start: --at: `2999-01-01` is in the future (");
}

#[test]
fn no_bucket_and_no_names_are_exit_3() {
    let ended = Program::new("s3_restore").args(["-c", "x", "a"]).run();
    ended.code(3).stderr(
        "s3_restore: cannot start: RESTORE_BUCKET is not set: the bucket to restore from\n\
         hint: export it, or give it on the command line: --bucket BUCKET\n",
    );
    restore(&plain()).args(["-c", "x"]).run().code(3).stderr(
        "s3_restore: cannot start: no names, neither on the command line nor on standard input\n\
         hint: write `s3_restore -c PATH NAME`, or run it on a terminal, where it asks\n",
    );
}

#[test]
fn the_bucket_comes_from_the_flag_then_restore_bucket_then_source_bucket() {
    let endpoint = plain();
    let named = |program: Program| {
        let ended = program.on(&endpoint).args(["-c", "x", "a"]).run();
        ended.code(4).stderr_text()
    };
    let program = || Program::new("s3_restore").env("SOURCE_BUCKET", "third");
    assert!(named(program()).contains("s3://third/a"));
    let program = || program().env("RESTORE_BUCKET", "second");
    assert!(named(program()).contains("s3://second/a"));
    assert!(named(program().args(["--bucket", "first"])).contains("s3://first/a"));
}
