//! What is equal already is not sent again; everything else is.

use testkit::tree::{noise, write};

use crate::{of_objects, prepared, uploader};

#[test]
fn a_second_run_sends_nothing_not_even_a_file_of_parts() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a", "up/d/b"]).args([
        "--part-size",
        "6M",
        "up",
        &format!("s3://{bucket}/x"),
    ]);
    write(program.home(), "up/empty", "");
    write(program.home(), "up/large", noise((12 << 20) + 99, 2));
    program
        .clone()
        .run()
        .success()
        .stdout_has(&format!("up/large -> s3://{bucket}/x/large\n"));
    endpoint.server().clear_requests();
    program
        .run()
        .success()
        .stdout("")
        .told("do_bucket_upload: nothing to upload: all 4 files are up to date\n");
    for method in ["PUT", "POST", "GET", "DELETE"] {
        assert_eq!(of_objects(&endpoint, method), 0, "{method}");
    }
}

#[test]
fn force_sends_everything_again() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["up/a", "up/b"]).args(["up", &format!("s3://{bucket}")]);
    program.clone().run().success();
    endpoint.server().clear_requests();
    program.arg("--force").run().uploaded(2, 8, "");
    assert_eq!(of_objects(&endpoint, "PUT"), 2);
}

#[test]
fn one_equal_file_by_itself_is_not_sent_either() {
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &["a"]).args(["a", &format!("s3://{bucket}/d")]);
    program
        .clone()
        .run()
        .success()
        .stdout(&format!("a -> s3://{bucket}/d/a\n"));
    program
        .run()
        .success()
        .stderr("do_bucket_upload: nothing to upload: the 1 file is up to date\n");
}
