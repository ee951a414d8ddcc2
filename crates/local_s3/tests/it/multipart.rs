//! Uploads in parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local_s3::{Algorithm, Checksum, Server};
use md5::{Digest, Md5};

use crate::client::{FIVE_MIB, Response, get, put, request, server};

fn create(server: &Server, key: &str) -> String {
    request(server, "POST", &format!("/bucket/{key}?uploads"))
        .send()
        .expect(200)
        .element("UploadId")
        .unwrap()
}

fn part(server: &Server, key: &str, id: &str, number: u32, body: &[u8]) -> String {
    let response = put(
        server,
        &format!("/bucket/{key}?partNumber={number}&uploadId={id}"),
        body,
    )
    .expect(200);
    response.header("etag").unwrap().to_owned()
}

fn complete(server: &Server, key: &str, id: &str, parts: &[(u32, &str)]) -> Response {
    let listed: String = parts
        .iter()
        .map(|(number, etag)| {
            format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>")
        })
        .collect();
    let body = format!("<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>");
    request(server, "POST", &format!("/bucket/{key}?uploadId={id}"))
        .body(body.as_bytes())
        .send()
}

#[test]
fn the_etag_is_the_md5_of_the_md5s_and_parts_can_be_read_one_by_one() {
    let server = server();
    let bodies = [vec![1; FIVE_MIB], vec![2; FIVE_MIB + 1], vec![3; 3]];
    let id = create(&server, "key");
    // Out of order, and one sent twice.
    let third = part(&server, "key", &id, 30, &bodies[2]);
    part(&server, "key", &id, 10, b"not this one");
    let first = part(&server, "key", &id, 10, &bodies[0]);
    let second = part(&server, "key", &id, 20, &bodies[1]);
    let listed = get(&server, &format!("/bucket/key?uploadId={id}")).expect(200);
    assert_eq!(listed.elements("PartNumber"), ["10", "20", "30"]);
    assert!(
        server.store().keys("bucket").is_empty(),
        "nothing is there before Complete"
    );

    let response = complete(
        &server,
        "key",
        &id,
        &[(10, &first), (20, &second), (30, &third)],
    )
    .expect(200);
    let md5s: Vec<u8> = bodies
        .iter()
        .flat_map(|body| Md5::digest(body).to_vec())
        .collect();
    let etag = format!("\"{}-3\"", hex::encode(Md5::digest(&md5s)));
    assert_eq!(response.element("ETag").unwrap(), etag);
    assert_eq!(
        get(&server, "/bucket/key").expect(200).body,
        bodies.concat()
    );

    for (number, body) in (1..).zip(&bodies) {
        let one = get(&server, &format!("/bucket/key?partNumber={number}")).expect(206);
        assert_eq!(
            (&one.body, one.header("x-amz-mp-parts-count")),
            (body, Some("3"))
        );
        let head = request(&server, "HEAD", &format!("/bucket/key?partNumber={number}"))
            .send()
            .expect(206);
        assert_eq!(
            head.header("content-length"),
            Some(body.len().to_string().as_str())
        );
    }
    get(&server, "/bucket/key?partNumber=4").expect_error(416, "InvalidPartNumber");
    assert_eq!(
        server.store().stat("bucket", "key").unwrap().part_sizes,
        bodies.map(|body| body.len() as u64)
    );
}

#[test]
fn an_object_sent_whole_has_no_parts_count() {
    let server = server();
    server.store().put("bucket", "key", "body");
    assert_eq!(
        get(&server, "/bucket/key?partNumber=1")
            .expect(206)
            .header("x-amz-mp-parts-count"),
        None
    );
    get(&server, "/bucket/key?partNumber=2").expect_error(416, "InvalidPartNumber");
}

#[test]
fn a_wrong_list_of_parts_is_refused_and_the_upload_stays() {
    let server = server();
    let id = create(&server, "key");
    let first = part(&server, "key", &id, 1, b"small");
    let second = part(&server, "key", &id, 2, b"small too");
    complete(&server, "key", &id, &[]).expect_error(400, "MalformedXML");
    complete(&server, "key", &id, &[(2, &second), (1, &first)])
        .expect_error(400, "InvalidPartOrder");
    complete(&server, "key", &id, &[(1, &second)]).expect_error(400, "InvalidPart");
    complete(&server, "key", &id, &[(3, &first)]).expect_error(400, "InvalidPart");
    complete(&server, "key", &id, &[(1, &first), (2, &second)]).expect_error(400, "EntityTooSmall");
    put(
        &server,
        &format!("/bucket/key?partNumber=10001&uploadId={id}"),
        b"",
    )
    .expect_error(400, "InvalidArgument");
    complete(&server, "key", &id, &[(2, &second)]).expect(200);
    assert_eq!(get(&server, "/bucket/key").expect(200).body, b"small too");
}

#[test]
fn complete_obeys_conditions_and_can_be_repeated() {
    let server = server();
    server.store().put("bucket", "key", "there");
    let id = create(&server, "key");
    let etag = part(&server, "key", &id, 1, b"new");
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"
    );
    let target = format!("/bucket/key?uploadId={id}");
    let conditional = |name: &str, value: &str| {
        request(&server, "POST", &target)
            .header(name, value)
            .body(body.as_bytes())
            .send()
    };
    conditional("if-none-match", "*").expect_error(412, "PreconditionFailed");
    conditional("if-match", "\"other\"").expect_error(412, "PreconditionFailed");
    let there = get(&server, "/bucket/key")
        .header("etag")
        .unwrap()
        .to_owned();
    let etag = conditional("if-match", &there).expect(200).element("ETag");
    assert_eq!(get(&server, "/bucket/key").body, b"new");
    // Whoever did not hear the response asks again.
    server.store().put("bucket", "key", "newer");
    let again = conditional("if-match", &there).expect(200);
    assert_eq!(again.element("ETag"), etag);
    assert_eq!(get(&server, "/bucket/key").body, b"newer");
}

#[test]
fn uploads_are_listed_until_they_end() {
    let server = server();
    let ids: Vec<String> = ["b", "a/1", "b", "a/2"]
        .iter()
        .map(|key| create(&server, key))
        .collect();
    let all = get(&server, "/bucket?uploads").expect(200);
    assert_eq!(
        all.elements("UploadId"),
        [&ids[1], &ids[3], &ids[0], &ids[2]].map(String::clone)
    );
    get(&server, "/bucket?delimiter=%2F&uploads").expect_error(501, "NotImplemented");
    let page = get(&server, "/bucket?max-uploads=3&uploads").expect(200);
    let next = format!(
        "/bucket?key-marker=b&upload-id-marker={}&uploads",
        page.element("NextUploadIdMarker").unwrap()
    );
    assert_eq!(get(&server, &next).elements("UploadId"), [ids[2].clone()]);

    request(&server, "DELETE", &format!("/bucket/b?uploadId={}", ids[0]))
        .send()
        .expect(204);
    request(&server, "DELETE", &format!("/bucket/b?uploadId={}", ids[0]))
        .send()
        .expect_error(404, "NoSuchUpload");
    put(
        &server,
        &format!("/bucket/b?partNumber=1&uploadId={}", ids[0]),
        b"x",
    )
    .expect_error(404, "NoSuchUpload");
    assert_eq!(server.store().uploads("bucket").len(), 3);
}

#[test]
fn checksums_are_of_the_full_object_or_of_the_parts() {
    let server = server();
    let bodies = [vec![7; FIVE_MIB], vec![8; 100]];
    for algorithm in Algorithm::ALL {
        for kind in ["FULL_OBJECT", "COMPOSITE"] {
            let response = request(&server, "POST", "/bucket/key?uploads")
                .header("x-amz-checksum-algorithm", algorithm.name())
                .header("x-amz-checksum-type", kind)
                .send();
            let possible = match algorithm {
                Algorithm::Crc64Nvme => kind == "FULL_OBJECT",
                Algorithm::Sha1 | Algorithm::Sha256 => kind == "COMPOSITE",
                Algorithm::Crc32 | Algorithm::Crc32c => true,
            };
            if !possible {
                response.expect_error(400, "InvalidRequest");
                continue;
            }
            let id = response.expect(200).element("UploadId").unwrap();
            let etags: Vec<String> = (1..)
                .zip(&bodies)
                .map(|(number, body)| part(&server, "key", &id, number, body))
                .collect();
            complete(&server, "key", &id, &[(1, &etags[0]), (2, &etags[1])]).expect(200);
            let expected = if kind == "FULL_OBJECT" {
                Checksum::of(algorithm, &bodies).unwrap().text
            } else {
                let of_part = |body| Checksum::of(algorithm, [body]).unwrap().text;
                let digests = bodies
                    .each_ref()
                    .map(|body| STANDARD.decode(of_part(body)).unwrap());
                format!("{}-2", Checksum::of(algorithm, digests).unwrap().text)
            };
            let head = request(&server, "HEAD", "/bucket/key")
                .header("x-amz-checksum-mode", "ENABLED")
                .send()
                .expect(200);
            assert_eq!(
                head.header(algorithm.header()),
                Some(expected.as_str()),
                "{algorithm:?} {kind}"
            );
            assert_eq!(head.header("x-amz-checksum-type"), Some(kind));
        }
    }
}
