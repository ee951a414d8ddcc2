//! What is equal already is not brought again; everything else is.

use std::fs;

use testkit::tree::{noise, write};
use testkit::{Endpoint, S3};

use crate::{downloader, filled, object_gets};

/// Stores an object in parts of these bytes, as uploaders of large files do.
fn put_in_parts(s3: &S3, bucket: &str, key: &str, parts: &[Vec<u8>]) {
    let path = format!("/{bucket}/{key}");
    let begun = s3.send("POST", &path, &[("uploads", "")], &[], b"");
    let begun = begun.unwrap().ok().text();
    let id = begun.split("<UploadId>").nth(1).unwrap();
    let id = id.split('<').next().unwrap();
    let mut list = String::new();
    for (number, part) in (1..).zip(parts) {
        let number = i32::to_string(&number);
        let query = [("partNumber", number.as_str()), ("uploadId", id)];
        let sent = s3.send("PUT", &path, &query, &[], part).unwrap().ok();
        let etag = sent.header("etag").unwrap();
        list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    let list = format!("<CompleteMultipartUpload>{list}</CompleteMultipartUpload>");
    s3.send("POST", &path, &[("uploadId", id)], &[], list.as_bytes())
        .unwrap()
        .ok();
}

#[test]
fn a_second_run_gets_no_object_not_even_one_of_parts() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let s3 = endpoint.s3();
    s3.put(&bucket, "d/small", b"small");
    s3.put(&bucket, "d/empty", b"");
    let parts = [noise(5 << 20, 1), noise(5 << 20, 2), noise(1234, 3)];
    put_in_parts(s3, &bucket, "d/parts", &parts);
    let program = downloader(&endpoint).args([&format!("s3://{bucket}/d"), "out"]);
    let first = program.clone().run();
    first
        .success()
        .lines(&["out/empty", "out/parts", "out/small"]);
    let came = fs::read(first.home().join("out/parts")).unwrap();
    assert_eq!(came, parts.concat());

    endpoint.server().clear_requests();
    program
        .run()
        .success()
        .stdout("")
        .told("do_bucket_download: nothing to download: all 3 files are up to date\n");
    assert_eq!(object_gets(&endpoint), 0);
}

#[test]
fn content_decides_and_neither_size_nor_time() {
    let (endpoint, bucket) = filled(&["same", "othr", "long"]);
    let program = downloader(&endpoint).args([&format!("s3://{bucket}"), "."]);
    write(program.home(), "same", "same");
    write(program.home(), "othr", "OTHR");
    write(program.home(), "long", "longer");
    program
        .clone()
        .arg("--dry-run")
        .run()
        .success()
        .lines(&[
            "would download ./long (other size)",
            "would download ./othr (other content)",
        ])
        .told("do_bucket_download: 2 files would be downloaded (8 bytes), 1 up to date\n");
    program
        .run()
        .lines(&["./long", "./othr"])
        .downloaded(2, 8, ", 1 up to date");
}

#[test]
fn force_brings_everything_again() {
    let (endpoint, bucket) = filled(&["a", "b"]);
    let program = downloader(&endpoint).args([&format!("s3://{bucket}"), "out"]);
    program.clone().run().success();
    endpoint.server().clear_requests();
    program
        .arg("--force")
        .run()
        .success()
        .lines(&["out/a", "out/b"]);
    assert_eq!(object_gets(&endpoint), 2);
}

/// S3 allows parts of different sizes, and some uploaders make them. Nothing says where each
/// begins, so the sum over the parts' sums proves nothing: such an object is not damaged.
#[test]
fn an_object_of_unequal_parts_comes_down_unverified_and_not_as_damaged() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let growing = [noise(5 << 20, 1), noise(6 << 20, 2), noise(7 << 20, 3)];
    let shrinking = [noise(7 << 20, 4), noise(6 << 20, 5), noise(7 << 20, 6)];
    put_in_parts(endpoint.s3(), &bucket, "d/growing", &growing);
    put_in_parts(endpoint.s3(), &bucket, "d/shrinking", &shrinking);
    let program = downloader(&endpoint).args(["--json", &format!("s3://{bucket}/d"), "out"]);
    let run = program.run();
    run.downloaded(2, 39_845_888, ", 2 unverified");
    for (name, parts) in [("growing", growing), ("shrinking", shrinking)] {
        assert_eq!(
            fs::read(run.home().join("out").join(name)).unwrap(),
            parts.concat()
        );
    }
}
