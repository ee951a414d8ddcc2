//! With one request at a time nothing waits for itself.

use testkit::tree::{assert_same, fill};
use testkit::{Endpoint, Program};

use crate::write_large;

fn one_at_a_time(program: &str, endpoint: &Endpoint) -> Program {
    Program::new(program).on(endpoint).args(["--jobs", "1"])
}

#[test]
fn small_files_parts_and_encrypted_objects_go_up_come_down_and_are_restored() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let files = tempfile::tempdir().unwrap();
    fill(files.path(), 30, 20_000, 1);
    // In parts of a size that nobody guesses, so that it has to be asked for.
    write_large(&files.path().join("large"), 70);
    let place = format!("s3://{bucket}/d");
    for (flags, how_many) in [
        (&["--part-size", "5244000"][..], "31 files uploaded"),
        (&[], "all 31 files are up to date"),
        (&["--force", "--sse", "aws:kms"], "31 files uploaded"),
    ] {
        let up = one_at_a_time("do_bucket_upload", &endpoint)
            .args(flags)
            .arg(files.path())
            .arg(&place)
            .run();
        up.success().stderr_has(how_many);
        let down = one_at_a_time("do_bucket_download", &endpoint).args([&place, "out"]);
        let ended = down.clone().run();
        assert_same(files.path(), &ended.success().home().join("out"));
        down.run().success();
        let ended = one_at_a_time("s3_restore", &endpoint)
            .args(["--bucket", &bucket, "-r", "d", "-c", "out"])
            .run();
        assert_same(files.path(), &ended.success().home().join("out"));
        one_at_a_time("s3_restore", &endpoint)
            .args(["--bucket", &bucket, "-c", "out/", "d/large"])
            .run()
            .success();
    }
}
