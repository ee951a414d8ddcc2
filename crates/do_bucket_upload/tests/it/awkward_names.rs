//! Names as awkward as a disk allows: each becomes exactly that key.

use testkit::awkward_names;
use testkit::tree::write;

use crate::{of_objects, prepared, uploader};

#[test]
fn awkward_names_become_exactly_these_keys() {
    let names = awkward_names();
    assert!(names.len() >= 60);
    let (endpoint, bucket) = prepared();
    let program = uploader(&endpoint, &[]).args(["up", &format!("s3://{bucket}/k")]);
    for name in &names {
        write(
            program.home(),
            &format!("up/{name}"),
            format!("content of {name:?}"),
        );
    }
    program.clone().run().success();
    let mut expected: Vec<String> = names.iter().map(|name| format!("k/{name}")).collect();
    expected.sort_unstable();
    assert_eq!(endpoint.s3().keys(&bucket, ""), expected);
    for name in &names {
        let content = endpoint.s3().get(&bucket, &format!("k/{name}"));
        assert_eq!(content, format!("content of {name:?}").as_bytes());
    }
    endpoint.server().clear_requests();
    program.run().success().stdout("").told(&format!(
        "do_bucket_upload: nothing to upload: all {} files are up to date\n",
        names.len()
    ));
    assert_eq!(of_objects(&endpoint, "PUT"), 0);
}

#[test]
fn a_key_that_would_be_too_long_is_refused_by_name_and_all_others_are_sent() {
    let (endpoint, bucket) = prepared();
    let long = [
        "n".repeat(250),
        "n".repeat(250),
        "n".repeat(250),
        "n".repeat(250),
    ]
    .join("/");
    let prefix = "p".repeat(30);
    uploader(&endpoint, &["up/a", &format!("up/{long}")])
        .args(["up", &format!("s3://{bucket}/{prefix}")])
        .run()
        .code(1)
        .stdout(&format!("up/a -> s3://{bucket}/{prefix}/a\n"))
        .stderr_has(&format!(
            "do_bucket_upload: cannot upload up/{long}: its key would be 1034 bytes long, S3 takes 1,024\n"
        ));
}
