//! Sizes that no test machine has the memory for.

use local_s3::{Algorithm, Checksum};

use crate::client::{FIVE_MIB, get, put, request, server};

const HUGE: u64 = 100_000_000_000;

#[test]
fn a_synthetic_object_of_100_gigabytes_is_read_anywhere() {
    let server = server();
    server.store().put_synthetic("bucket", "huge", HUGE, 42);
    let head = request(&server, "HEAD", "/bucket/huge")
        .header("x-amz-checksum-mode", "ENABLED")
        .send()
        .expect(200);
    assert_eq!(head.header("content-length"), Some("100000000000"));
    assert!(head.header("x-amz-checksum-crc64nvme").is_some());
    let range = |first: u64, last: u64| {
        let range = format!("bytes={first}-{last}");
        request(&server, "GET", "/bucket/huge")
            .header("range", &range)
            .send()
            .expect(206)
            .body
    };
    let middle = HUGE / 2;
    assert_eq!(
        [range(middle, middle + 9), range(middle + 10, middle + 99)].concat(),
        range(middle, middle + 99)
    );
    assert_eq!(range(HUGE - 5, HUGE + 5).len(), 5);
    assert_ne!(
        range(0, 99),
        range(1 << 20, (1 << 20) + 99),
        "blocks differ"
    );
}

#[test]
fn a_synthetic_exabyte_is_there_at_once_and_read_anywhere() {
    let server = server();
    server.store().put_synthetic("bucket", "huge", 1 << 60, 7);
    let last = format!("bytes={}-", (1_u64 << 60) - 10);
    let response = request(&server, "GET", "/bucket/huge")
        .header("range", &last)
        .send()
        .expect(206);
    assert_eq!(response.body.len(), 10);
    let stat = server.store().stat("bucket", "huge").unwrap();
    assert_eq!(stat.checksum(Algorithm::Crc64Nvme), None);
}

#[test]
fn a_small_synthetic_object_has_a_real_etag_and_checksum() {
    let server = server();
    server.store().put_synthetic("bucket", "key", 3_000_000, 1);
    server
        .store()
        .put_synthetic("bucket", "other", 3_000_000, 2);
    let response = get(&server, "/bucket/key").expect(200);
    assert_eq!(response.body.len(), 3_000_000);
    assert_eq!(server.store().read("bucket", "key").unwrap(), response.body);
    let stat = server.store().stat("bucket", "key").unwrap();
    assert_eq!(
        stat.checksum(Algorithm::Crc64Nvme),
        Some(&Checksum::of(Algorithm::Crc64Nvme, &response.body))
    );
    put(&server, "/bucket/again", &response.body).expect(200);
    assert_eq!(
        server.store().stat("bucket", "again").unwrap().etag,
        stat.etag
    );
    assert_ne!(
        server.store().stat("bucket", "other").unwrap().etag,
        stat.etag
    );
}

#[test]
fn a_sink_forgets_the_bytes_and_keeps_the_hashes() {
    let server = server();
    server.store().create_sink("sink");
    let body = vec![9; 100_000];
    put(&server, "/sink/key", &body).expect(200);
    let stat = server.store().stat("sink", "key").unwrap();
    assert_eq!(
        (stat.size, stat.checksum(Algorithm::Crc64Nvme)),
        (100_000, Some(&Checksum::of(Algorithm::Crc64Nvme, &body)))
    );
    assert_eq!(server.store().read("sink", "key"), None);
    get(&server, "/sink/key").expect_error(501, "NotImplemented");
    request(&server, "HEAD", "/sink/key").send().expect(200);
    assert_eq!(get(&server, "/sink").elements("Size"), ["100000"]);
}

#[test]
fn a_sink_knows_the_checksum_of_an_upload_in_parts() {
    let server = server();
    server.store().create_sink("sink");
    let id = request(&server, "POST", "/sink/key?uploads")
        .send()
        .expect(200)
        .element("UploadId")
        .unwrap();
    let bodies = [vec![1; FIVE_MIB], vec![2; 7]];
    let mut listed = String::new();
    for (number, body) in (1..).zip(&bodies) {
        let response = put(
            &server,
            &format!("/sink/key?partNumber={number}&uploadId={id}"),
            body,
        )
        .expect(200);
        let etag = response.header("etag").unwrap();
        listed += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    let body = format!("<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>");
    request(&server, "POST", &format!("/sink/key?uploadId={id}"))
        .body(body.as_bytes())
        .send()
        .expect(200);
    let stat = server.store().stat("sink", "key").unwrap();
    let whole = Checksum::of(Algorithm::Crc64Nvme, &bodies.concat());
    assert_eq!(
        (stat.size, stat.checksum(Algorithm::Crc64Nvme)),
        (FIVE_MIB as u64 + 7, Some(&whole))
    );
}
