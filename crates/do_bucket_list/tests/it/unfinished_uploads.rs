//! `--uploads`.

use serde_json::json;
use std::time::Duration;
use testkit::Endpoint;
use testkit::faults::{Action, Canned, Fault, Plan};

use crate::incomplete_listings::breaks_off_after_1000;
use crate::{answered_with, lister, without_times};

/// Begins an upload and sends parts of these sizes; its id.
fn begin(endpoint: &Endpoint, bucket: &str, key: &str, parts: &[usize]) -> String {
    let path = format!("/{bucket}/{key}");
    let send = |method: &str, query: &[(&str, &str)], body: &[u8]| {
        let response = endpoint.s3().send(method, &path, query, &[], body);
        response.unwrap().ok()
    };
    let text = send("POST", &[("uploads", "")], b"").text();
    let id = text.split("<UploadId>").nth(1).unwrap();
    let id = id.split("</UploadId>").next().unwrap().to_owned();
    for (index, size) in parts.iter().enumerate() {
        let number = (index + 1).to_string();
        let query = [("partNumber", number.as_str()), ("uploadId", &id)];
        send("PUT", &query, &vec![b'x'; *size]);
    }
    id
}

#[test]
fn unfinished_uploads_are_listed_at_any_depth_with_age_and_size() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    begin(&endpoint, &bucket, "z", &[]);
    begin(&endpoint, &bucket, "deep/down/a b", &[2000, 5]);
    endpoint.server().store().put(&bucket, "finished", "");
    let ended = lister(&endpoint)
        .args(["--uploads", "--summary", &bucket])
        .run();
    ended.success().stderr("");
    let text = ended.stdout_text();
    let (lines, summary) = text.trim_end().rsplit_once('\n').unwrap();
    let ages: Vec<_> = without_times(lines)
        .iter()
        .map(|line| line[..10].trim().to_owned())
        .collect();
    assert!(ages.iter().all(|age| age.ends_with('s')), "{ages:?}");
    let rest: Vec<_> = without_times(lines)
        .iter()
        .map(|line| line[10..].to_owned())
        .collect();
    assert_eq!(
        rest,
        [
            "             2005  0000000000000002  deep/down/a b",
            "                0  0000000000000001  z"
        ]
    );
    assert_eq!(summary, "2 uploads, 2005 bytes");
    let human = lister(&endpoint)
        .args(["--uploads", "--human", &bucket])
        .run();
    human
        .success()
        .stdout_has("     2.0 KiB  0000000000000002  deep/down/a b\n");
}

#[test]
fn an_upload_from_another_day_is_days_old() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let store = endpoint.server().store();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(3 * 86_400 + 4 * 3_600 + 60);
    store.set_time(long_ago);
    begin(&endpoint, &bucket, "old", &[1]);
    store.set_time(std::time::SystemTime::now());
    let ended = lister(&endpoint).args(["--uploads", &bucket]).run();
    assert_eq!(
        without_times(&ended.success().stdout_text()),
        ["     3d 4h                1  0000000000000001  old"]
    );
}

#[test]
fn json_of_uploads_has_the_names_of_s3_and_the_id() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let id = begin(&endpoint, &bucket, "new\nline", &[7, 8]);
    let ended = lister(&endpoint)
        .args(["--uploads", "--json", &bucket])
        .run();
    let mut lines = ended.success().json_lines();
    assert!(lines[0]["Initiated"].take().is_string());
    assert!(
        lines[0]["age_seconds"]
            .take()
            .as_i64()
            .is_some_and(|age| age < 60)
    );
    assert_eq!(
        lines[0],
        json!({
            "Key": "new\nline", "UploadId": id, "Initiated": null, "age_seconds": null,
            "Size": 15, "parts": 2, "StorageClass": "STANDARD",
        })
    );
    assert_eq!(
        lines[1]["summary"],
        json!({
            "exit_code": 0, "uploads": 1, "bytes": 15, "left_out": 0, "truncated": false,
            "storage_classes": { "STANDARD": { "uploads": 1, "bytes": 15 } },
        })
    );
}

#[test]
fn no_unfinished_upload_is_good_news_and_no_bucket_is_not() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for place in [format!("{bucket}/"), format!("{bucket}/photos/")] {
        lister(&endpoint)
            .args(["--uploads", &place])
            .run()
            .success()
            .stdout("")
            .stderr(&format!(
                "do_bucket_list: there are no unfinished uploads in s3://{place}\n"
            ));
    }
    lister(&endpoint)
        .args(["--uploads", "not-mine"])
        .run()
        .code(4)
        .stdout("")
        .stderr_has("cannot list the uploads of s3://not-mine/: there is no such bucket");
}

#[test]
fn of_uploads_that_a_filter_leaves_out_no_parts_are_asked() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for key in ["a.iso", "b.txt", "c.txt"] {
        begin(&endpoint, &bucket, key, &[1]);
    }
    endpoint.server().clear_requests();
    let ended = lister(&endpoint)
        .args(["--uploads", "--include", "*.iso", "--summary", &bucket])
        .run();
    ended
        .success()
        .stdout_has("1 upload, 1 byte, 2 left out by filters\n");
    assert_eq!(endpoint.server().requests().len(), 2);
}

#[test]
fn an_upload_that_ends_while_it_is_looked_at_is_left_out() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    begin(&endpoint, &bucket, "gone", &[1]);
    begin(&endpoint, &bucket, "stays", &[1]);
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let gone = request.has_param("uploadId") && request.path.ends_with("/gone");
        gone.then(|| Action::Respond(Canned::error(404, "NoSuchUpload", "no")))
    }));
    let ended = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["--uploads", &bucket])
        .run();
    ended.success().stderr("");
    assert_eq!(ended.stdout_lines().len(), 1, "{ended:?}");
}

/// A list of `count` uploads from `first` on, as a service gives it; each has no parts.
fn page(first: usize, count: usize, more: bool) -> Canned {
    let uploads: String = (first..first + count)
        .map(|number| {
            format!(
                "<Upload><Key>{number:04}</Key><UploadId>id{number}</UploadId>\
                 <Initiated>2024-05-01T12:03:09.000Z</Initiated></Upload>"
            )
        })
        .collect();
    let last = first + count - 1;
    Canned::new(
        200,
        format!(
            "<ListMultipartUploadsResult><Bucket>b</Bucket>\
             <NextKeyMarker>{last:04}</NextKeyMarker>\
             <NextUploadIdMarker>id{last}</NextUploadIdMarker>\
             <IsTruncated>{more}</IsTruncated>{uploads}</ListMultipartUploadsResult>"
        ),
    )
}

/// Uploads in two pages; `second` is what the second one is.
fn two_pages(
    endpoint: &Endpoint,
    second: impl Fn() -> Action + Send + Sync + 'static,
) -> testkit::faults::FaultProxy {
    endpoint.behind(Plan::new(1).script(move |request, _| {
        Some(if request.has_param("uploadId") {
            let parts = "<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>";
            Action::Respond(Canned::new(200, parts))
        } else if request.has_param("key-marker") {
            second()
        } else {
            Action::Respond(page(0, 1000, true))
        })
    }))
}

#[test]
fn a_long_list_of_uploads_is_read_page_by_page_and_stays_in_order() {
    let endpoint = Endpoint::local();
    let proxy = two_pages(&endpoint, || Action::Respond(page(1000, 10, false)));
    let ended = lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["--uploads", "--json", "photos"])
        .run();
    let lines = ended.success().json_lines();
    assert_eq!(lines.len(), 1011);
    for (number, line) in lines[..1010].iter().enumerate() {
        assert_eq!(line["Key"], format!("{number:04}"));
    }
}

#[test]
fn a_list_of_uploads_that_breaks_off_is_an_error_after_what_came() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    for fault in [Fault::CutListing, Fault::HtmlListing, Fault::Reset] {
        let proxy = two_pages(&endpoint, move || Action::Fault(fault));
        let listed = lister(&endpoint)
            .envs(endpoint.settings_through(&proxy))
            .args(["--uploads", &bucket]);
        let subject = format!("the uploads of s3://{bucket}/");
        breaks_off_after_1000(listed, &subject, "uploads");
    }
}

#[test]
fn a_list_of_uploads_that_does_not_move_on_is_an_error() {
    let endpoint = Endpoint::local();
    let proxy = two_pages(&endpoint, || Action::Respond(page(0, 1000, true)));
    lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["--uploads", "--max-attempts=1", "photos"])
        .run()
        .code(7)
        .stderr(
            "do_bucket_list: cannot list the uploads of s3://photos/: \
             the list does not move on\n",
        );
}

#[test]
fn a_page_that_does_not_say_whether_it_is_the_last_is_an_error() {
    let endpoint = Endpoint::local();
    let odd = "the response cannot be read: <IsTruncated> is neither true nor false";
    for (word, cause) in [
        ("True", odd),
        ("1", odd),
        ("yes", odd),
        ("", "the response has no <IsTruncated>"),
    ] {
        for kind in ["uploads", "versions"] {
            let proxy = endpoint.behind(Plan::new(1).script(move |_, _| {
                let body = format!(
                    "<R><IsTruncated>{word}</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
                     <Upload><Key>k</Key><UploadId>i</UploadId></Upload></R>"
                );
                Some(Action::Respond(Canned::new(200, body)))
            }));
            lister(&endpoint)
                .envs(endpoint.settings_through(&proxy))
                .args([&format!("--{kind}"), "--max-attempts=1", "photos"])
                .run()
                .code(7)
                .stdout("")
                .stderr(&format!(
                    "do_bucket_list: cannot list the {kind} of s3://photos/: {cause}\n"
                ));
        }
    }
}

#[test]
fn parts_that_cannot_be_listed_are_an_error_that_names_the_upload() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    begin(&endpoint, &bucket, "secret", &[1]);
    let proxy = endpoint.behind(Plan::new(1).script(|request, _| {
        let parts = request.has_param("uploadId");
        parts.then(|| Action::Respond(Canned::error(403, "AccessDenied", "no")))
    }));
    lister(&endpoint)
        .envs(endpoint.settings_through(&proxy))
        .args(["--uploads", &bucket])
        .run()
        .code(5)
        .stdout("")
        .told(&format!(
            "do_bucket_list: cannot list the uploads of s3://{bucket}/secret: access denied for key …y-id \
             (AccessDenied, HTTP 403, request ID)\n\
             hint: give this key permission to list `{bucket}`, or use another key\n"
        ));
}

#[test]
fn a_service_without_a_list_of_uploads_is_said_to_have_none() {
    let endpoint = Endpoint::local();
    let refusal = |canned| answered_with(&endpoint, canned, "--uploads");
    refusal(Canned::error(501, "NotImplemented", "no")).code(1).stdout("").told(
        "do_bucket_list: cannot list the uploads of s3://photos/: this service does not support this \
         (NotImplemented, HTTP 501, request ID)\n",
    );
    let listing =
        "<ListBucketResult><Name>photos</Name><IsTruncated>false</IsTruncated></ListBucketResult>";
    refusal(Canned::new(200, listing))
        .code(7)
        .stdout("")
        .stderr(
            "do_bucket_list: cannot list the uploads of s3://photos/: the response cannot be read: \
         it lists objects, not uploads\n",
        );
}
