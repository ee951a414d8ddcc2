//! What must hold on every S3 server.

use testkit::Endpoint;
use testkit::tree::fill;

use crate::{demo, steps};

#[test]
fn the_whole_tour_leaves_nothing() {
    let endpoint = Endpoint::any();
    let ended = demo(&endpoint).run();
    ended.success();
    let name = ended.stdout_text();
    let name = name.split(' ').next().unwrap();
    assert!(name.starts_with("bucket-demo-"));
    let listed = endpoint
        .s3()
        .send("GET", "/", &[], &[], b"")
        .unwrap()
        .ok()
        .text();
    assert!(!listed.contains(name), "{listed}");
    assert_eq!(
        steps(ended.home())[..10],
        [
            "bucket_create run",
            "bucket_create 200",
            "upload run",
            "upload 200",
            "download run",
            "download 200",
            "delete run",
            "delete 200",
            "bucket_delete run",
            "bucket_delete 204"
        ]
    );
}

#[test]
fn more_than_a_page_goes_there_and_back_and_away() {
    let endpoint = Endpoint::any();
    let program = demo(&endpoint).args(["--data", "site"]);
    fill(&program.home().join("site"), 1100, 300, 8);
    let ended = program.run();
    ended.success().stdout_has("1100 objects\n");
}

#[test]
fn a_bucket_that_was_there_keeps_what_was_in_it() {
    let endpoint = Endpoint::any();
    let bucket = endpoint.new_bucket();
    for key in ["user.sql", "bucket_demo-00000000/user.sql", "z"] {
        endpoint.s3().put(&bucket, key, key.as_bytes());
    }
    let before = endpoint.s3().keys(&bucket, "");
    demo(&endpoint)
        .args(["--bucket-name", &bucket])
        .run()
        .code(1);
    demo(&endpoint)
        .args(["--bucket-name", &bucket, "--bucket-create", "0"])
        .run()
        .code(1);
    assert_eq!(endpoint.s3().keys(&bucket, ""), before);
    for key in &before {
        assert_eq!(endpoint.s3().get(&bucket, key), key.as_bytes());
    }
}
