//! Versions, delete markers, and their listing.

use local_s3::Server;

use crate::client::{FIVE_MIB, Response, get, put, request, server};

/// A server with a bucket that keeps versions, made so by a request.
fn versioned() -> Server {
    let server = server();
    switch(&server, "Enabled").expect(200);
    server
}

fn switch(server: &Server, status: &str) -> Response {
    let body = format!(
        "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
         <Status>{status}</Status></VersioningConfiguration>"
    );
    put(server, "/bucket?versioning", body.as_bytes())
}

fn delete(server: &Server, target: &str) -> Response {
    request(server, "DELETE", target).send().expect(204)
}

fn id_of(response: &Response) -> String {
    response.header("x-amz-version-id").unwrap().to_owned()
}

/// The entries of a listing in the order of the document: `V key id` and `D key id`, with `*`
/// for the latest.
fn entries(response: &Response) -> Vec<String> {
    let text = response.text();
    let mut entries: Vec<[&str; 4]> = Vec::new();
    for piece in text.split('<') {
        let (name, value) = piece.split_once('>').unwrap_or((piece, ""));
        match name {
            "Version" => entries.push(["V", "", "", ""]),
            "DeleteMarker" => entries.push(["D", "", "", ""]),
            "Key" => entries.last_mut().unwrap()[1] = value,
            "VersionId" => entries.last_mut().unwrap()[2] = value,
            "IsLatest" if value == "true" => entries.last_mut().unwrap()[3] = "*",
            _ => {}
        }
    }
    let entries = entries.into_iter();
    entries
        .map(|[kind, key, id, latest]| format!("{kind} {key} {id}{latest}"))
        .collect()
}

#[test]
fn versioning_is_switched_on_and_suspended_but_never_off() {
    let server = server();
    assert_eq!(
        get(&server, "/bucket?versioning")
            .expect(200)
            .element("Status"),
        None
    );
    for status in ["Enabled", "Suspended", "Enabled"] {
        switch(&server, status).expect(200);
        let response = get(&server, "/bucket?versioning").expect(200);
        assert_eq!(response.element("Status").as_deref(), Some(status));
    }
    switch(&server, "Off").expect_error(400, "MalformedXML");
    put(
        &server,
        "/bucket?versioning",
        b"<VersioningConfiguration></VersioningConfiguration>",
    )
    .expect_error(400, "IllegalVersioningConfigurationException");
}

#[test]
fn every_write_is_kept_and_read_back_by_its_id() {
    let server = versioned();
    let first = id_of(&put(&server, "/bucket/key", b"one").expect(200));
    let second = id_of(&put(&server, "/bucket/key", b"two").expect(200));
    assert_ne!(first, second);
    let current = get(&server, "/bucket/key").expect(200);
    assert_eq!((current.text().as_str(), id_of(&current)), ("two", second));
    let target = format!("/bucket/key?versionId={first}");
    let old = get(&server, &target).expect(200);
    assert_eq!((old.text().as_str(), id_of(&old)), ("one", first));
    let head = request(&server, "HEAD", &target).send().expect(200);
    assert_eq!(head.header("content-length"), Some("3"));
    get(&server, "/bucket/key?versionId=abc").expect_error(400, "InvalidArgument");
    get(&server, "/bucket/key?versionId=null").expect_error(404, "NoSuchVersion");
}

#[test]
fn a_delete_leaves_a_marker_and_removing_the_marker_undoes_it() {
    let server = versioned();
    let id = id_of(&put(&server, "/bucket/key", b"one").expect(200));
    let deleted = delete(&server, "/bucket/key");
    assert_eq!(deleted.header("x-amz-delete-marker"), Some("true"));
    let marker = id_of(&deleted);

    let gone = get(&server, "/bucket/key").expect_error(404, "NoSuchKey");
    assert_eq!(gone.header("x-amz-delete-marker"), Some("true"));
    assert_eq!(id_of(&gone), marker);
    let head = request(&server, "HEAD", "/bucket/key").send().expect(404);
    assert_eq!(head.header("x-amz-delete-marker"), Some("true"));
    let target = format!("/bucket/key?versionId={marker}");
    let refused = get(&server, &target).expect_error(405, "MethodNotAllowed");
    assert_eq!(refused.header("allow"), Some("DELETE"));
    let target_of_object = format!("/bucket/key?versionId={id}");
    assert_eq!(get(&server, &target_of_object).expect(200).text(), "one");
    let listing = get(&server, "/bucket?list-type=2").expect(200);
    assert_eq!(listing.elements("Key"), Vec::<String>::new());

    let undone = delete(&server, &target);
    assert_eq!(undone.header("x-amz-delete-marker"), Some("true"));
    assert_eq!(get(&server, "/bucket/key").expect(200).text(), "one");
    // For good.
    delete(&server, &target_of_object);
    get(&server, &target_of_object).expect_error(404, "NoSuchVersion");
    request(&server, "DELETE", "/bucket").send().expect(204);
}

#[test]
fn a_bucket_with_nothing_but_a_delete_marker_is_not_empty() {
    let server = versioned();
    delete(&server, "/bucket/never-there");
    request(&server, "DELETE", "/bucket")
        .send()
        .expect_error(409, "BucketNotEmpty");
}

#[test]
fn while_suspended_there_is_one_null_version_and_the_others_stay() {
    let server = server();
    let before = put(&server, "/bucket/key", b"before").expect(200);
    assert_eq!(before.header("x-amz-version-id"), None);
    switch(&server, "Enabled").expect(200);
    let kept = id_of(&put(&server, "/bucket/key", b"kept").expect(200));
    let null = get(&server, "/bucket/key?versionId=null").expect(200);
    assert_eq!(null.text(), "before");
    switch(&server, "Suspended").expect(200);
    for body in ["third", "fourth"] {
        let response = put(&server, "/bucket/key", body.as_bytes()).expect(200);
        assert_eq!(id_of(&response), "null");
    }
    let listing = get(&server, "/bucket?versions").expect(200);
    assert_eq!(
        entries(&listing),
        ["V key null*".to_owned(), format!("V key {kept}")]
    );
    assert_eq!(id_of(&delete(&server, "/bucket/key")), "null");
    let listing = get(&server, "/bucket?versions").expect(200);
    assert_eq!(
        entries(&listing),
        ["D key null*".to_owned(), format!("V key {kept}")]
    );
}

#[test]
fn versions_and_markers_are_listed_in_one_sequence_page_by_page() {
    let server = versioned();
    let mut expected = Vec::new();
    for key in ["a", "b c", "z"] {
        let mut of_key = Vec::new();
        for number in 0..3 {
            let target = format!("/bucket/{}", key.replace(' ', "%20"));
            let id = id_of(&put(&server, &target, &[number]).expect(200));
            of_key.push(format!("V {} {id}", key.replace(' ', "+")));
            let id = id_of(&delete(&server, &target));
            of_key.push(format!("D {} {id}", key.replace(' ', "+")));
        }
        of_key.last_mut().unwrap().push('*');
        expected.extend(of_key.into_iter().rev());
    }
    let all = get(&server, "/bucket?encoding-type=url&versions").expect(200);
    assert_eq!(entries(&all), expected);
    assert_eq!(all.element("IsTruncated").as_deref(), Some("false"));
    assert_eq!(all.header("content-type"), Some("application/xml"));

    for limit in [1, 2, 4, 7] {
        let (mut seen, mut more) = (Vec::new(), String::new());
        loop {
            let target = format!("/bucket?encoding-type=url{more}&max-keys={limit}&versions");
            let page = get(&server, &target).expect(200);
            seen.extend(entries(&page));
            if page.element("IsTruncated").unwrap() == "false" {
                break;
            }
            more = format!(
                "&key-marker={}&version-id-marker={}",
                page.element("NextKeyMarker").unwrap().replace('+', "%20"),
                page.element("NextVersionIdMarker").unwrap()
            );
        }
        assert_eq!(seen, expected, "{limit}");
    }
    let after = get(&server, "/bucket?key-marker=a&prefix=&versions").expect(200);
    assert_eq!(entries(&after).len(), 12);
    get(&server, "/bucket?version-id-marker=null&versions").expect_error(400, "InvalidArgument");
}

#[test]
fn a_listing_of_versions_rolls_up_and_escapes() {
    let server = server();
    server.store().put("bucket", "d/1", "x");
    server.store().put("bucket", "d/2", "x");
    server.store().put("bucket", "e<&\r\"", "x");
    let response = get(&server, "/bucket?delimiter=%2F&versions").expect(200);
    assert_eq!(entries(&response), ["V e&lt;&amp;&#xd;&quot; null*"]);
    let prefixes = response.text();
    assert!(prefixes.contains("<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>"));
}

#[test]
fn an_upload_in_parts_and_a_delete_of_many_make_versions_too() {
    let server = versioned();
    put(&server, "/bucket/key", b"small").expect(200);
    let begun = request(&server, "POST", "/bucket/key?uploads").send();
    let upload = begun.expect(200).element("UploadId").unwrap();
    let target = format!("/bucket/key?partNumber=1&uploadId={upload}");
    let part = put(&server, &target, &vec![7; FIVE_MIB]).expect(200);
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>\
         </CompleteMultipartUpload>",
        part.header("etag").unwrap()
    );
    let done = request(&server, "POST", &format!("/bucket/key?uploadId={upload}"))
        .body(body.as_bytes())
        .send()
        .expect(200);
    let id = id_of(&done);
    let response = request(&server, "POST", "/bucket?delete")
        .body(
            format!(
                "<Delete><Object><Key>key</Key></Object>\
                 <Object><Key>key</Key><VersionId>{id}</VersionId></Object></Delete>"
            )
            .as_bytes(),
        )
        .md5()
        .send()
        .expect(200);
    let marker = response.element("DeleteMarkerVersionId").unwrap();
    let left = entries(&get(&server, "/bucket?versions").expect(200));
    assert_eq!(left.len(), 2, "{}", response.text());
    assert_eq!(left[0], format!("D key {marker}*"));
    assert!(left[1].starts_with("V key "));
}
