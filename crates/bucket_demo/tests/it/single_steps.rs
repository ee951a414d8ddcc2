//! The switches, one by one: what a step does without the ones before.

use testkit::Endpoint;

use crate::{SAMPLES, demo, said, screen, steps};

#[test]
fn what_is_to_be_kept_is_kept_and_the_run_says_how_to_delete_it() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint)
        .args(["--bucket-name", "kept", "--delete", "0"])
        .env("BUCKET_DELETE", "0")
        .run();
    ended.success();
    assert_eq!(
        said(&ended),
        "bucket_demo: s3://kept is left, with its objects: delete it in the provider's control panel, or by \
         `aws --endpoint-url http://127.0.0.1:PORT s3 rb --force s3://kept`\n\
         bucket_demo: the tour finished in SECONDS s; the log is log/bucket.log\n"
    );
    assert!(screen(&ended).ends_with(
        "  - delete             off (DELETE=0)\n  \
         - delete the bucket  off (BUCKET_DELETE=0)\nbuckets that are left:\n  kept\n"
    ));
    assert_eq!(endpoint.server().store().keys("kept"), SAMPLES);
}

#[test]
fn without_an_upload_there_is_nothing_to_download_and_the_new_bucket_goes_again() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint).args(["--upload", "0"]).run();
    ended.code(4);
    assert_eq!(
        said(&ended),
        "bucket_demo: cannot download s3://bucket-demo-RUN-ID: this run has sent nothing, and it downloads nothing else\n\
         hint: `--upload 1` sends something first; do_bucket_download brings what is in a bucket\n\
         bucket_demo: the tour ended early in SECONDS s; the log is log/bucket.log\n"
    );
    assert_eq!(
        steps(ended.home())[2..6],
        [
            "download run",
            "download 404",
            "bucket_delete run",
            "bucket_delete 204"
        ]
    );
    ended.stdout_has("No Buckets\n");
}

#[test]
fn without_a_download_nothing_is_brought() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint).env("DOWNLOAD", "0").run();
    ended.success();
    assert_eq!(testkit::tree::files(ended.home()), ["log/bucket.log"]);
}

#[test]
fn a_bucket_with_objects_in_it_is_not_deleted_and_the_409_is_explained() {
    let endpoint = Endpoint::local();
    let ended = demo(&endpoint)
        .args(["--bucket-name", "full", "--delete", "0"])
        .run();
    ended.code(1);
    ended.stderr_has(
        "hint: S3 deletes empty buckets only: `--delete 1` empties it first, `--bucket-delete 0` keeps both\n",
    );
    ended.stderr_has("bucket_demo: s3://full is left, with its objects: ");
    assert!(steps(ended.home()).contains(&"bucket_delete 409".to_owned()));
    assert_eq!(endpoint.server().store().keys("full"), SAMPLES);
}

#[test]
fn only_the_bucket_is_kept() {
    let endpoint = Endpoint::local();
    demo(&endpoint)
        .args(["--bucket-name", "empty", "--bucket-delete", "0"])
        .run()
        .success()
        .stdout_has("buckets that are left:\n  empty\n");
    assert!(endpoint.server().store().keys("empty").is_empty());
}

#[test]
fn without_create_a_bucket_has_to_be_named_and_to_be_there() {
    let endpoint = Endpoint::local();
    demo(&endpoint).env("BUCKET_CREATE", "0").run().code(3).told(
        "bucket_demo: cannot start: BUCKET_NAME is not set, and BUCKET_CREATE is 0: there is no bucket to use\n\
         hint: name one that is there: --bucket-name NAME\n",
    );
    let ended = demo(&endpoint)
        .args(["--bucket-create", "0", "--bucket-name", "missing"])
        .run();
    ended.code(4);
    assert_eq!(steps(ended.home())[..2], ["upload run", "upload 404"]);
}
