//! Every operation that is answered with a document or a bare success, against answers that are
//! neither: none of them may be taken for success, or for a shorter list.

mod reading;

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use s3_client::client::Client;
use s3_client::failure::Failure;
use s3_client::operations::{
    ListVersions, RestoreTier, abort_multipart_upload, create_bucket, delete_bucket, delete_object,
    list_buckets, list_multipart_uploads, list_object_versions, restore_object,
};
use testkit::faults::{Canned, FaultProxy};

use crate::{client_through, scripted};
use reading::{Asked, READING, Reading};

/// Bodies with a success status that are no response of S3 to anything.
const NO_RESPONSES: [(&str, &str); 5] = [
    (
        "<!DOCTYPE html><html><body>Log in</body></html>",
        "the response is a web page, not a response of S3",
    ),
    (
        "<html><p>Log in",
        "the response is a web page, not a response of S3",
    ),
    ("Log in", "the response is a web page, not a response of S3"),
    ("<Result><Status>", "the response is cut off"),
    (
        "<?xml version=\"1.0\"?>\n<Error><Code>InternalError</Code><Message>m</Message></Error>",
        "InternalError",
    ),
];

/// The words of a failure: of ours, or the code of the service.
#[track_caller]
fn words(asked: Result<(), Failure>, about: &str) -> String {
    match asked {
        Err(Failure::Response(words)) => words,
        Err(Failure::Service(failure)) => failure.code.or(failure.message).unwrap_or_default(),
        other => panic!("{about}: {other:?}"),
    }
}

/// A service that answers everything with what it was told last.
struct Service {
    client: Client,
    proxy: FaultProxy,
    said: Arc<Mutex<Said>>,
}

#[derive(Clone, Default)]
struct Said {
    body: String,
    status: u16,
    /// The status of responses to HEAD.
    head: u16,
}

impl Service {
    fn new() -> Self {
        let said: Arc<Mutex<Said>> = Arc::default();
        let told = Arc::clone(&said);
        let proxy = scripted(move |request| {
            let said = told.lock().unwrap().clone();
            match request.method.as_str() {
                "HEAD" => Canned::new(said.head, ""),
                _ => Canned::new(said.status, said.body),
            }
        });
        let client = client_through(&proxy);
        Self {
            client,
            proxy,
            said,
        }
    }

    fn saying(&self, body: &str, status: u16, head: u16) -> &Client {
        let body = body.to_owned();
        *self.said.lock().unwrap() = Said { body, status, head };
        &self.client
    }
}

#[tokio::test]
async fn an_response_with_a_field_missing_or_wrong_is_no_response() {
    let service = Service::new();
    for Reading {
        name,
        ask,
        good,
        damage,
    } in READING
    {
        ask(service.saying(good, 200, 200)).await.expect(name);
        for (from, to, expected) in damage {
            assert!(good.contains(from), "{name}: {from}");
            let client = service.saying(&good.replace(from, to), 200, 200);
            let about = format!("{name}: {to} for {from}");
            assert_eq!(words(ask(client).await, &about), *expected, "{about}");
        }
    }
}

#[tokio::test]
async fn a_page_an_error_or_nothing_under_a_success_is_no_response() {
    let service = Service::new();
    for Reading { name, ask, .. } in READING {
        let empty = ("", "the response cannot be read: it is empty");
        for (body, expected) in NO_RESPONSES.into_iter().chain([empty]) {
            let client = service.saying(body, 200, 200);
            let about = format!("{name}: {body}");
            assert_eq!(words(ask(client).await, &about), expected, "{about}");
        }
    }
}

#[tokio::test]
async fn an_response_that_is_cut_off_anywhere_is_no_response() {
    let service = Service::new();
    for Reading { ask, good, .. } in READING {
        for end in 1..good.len() {
            let body = good.get(..end).unwrap();
            words(ask(service.saying(body, 200, 200)).await, body);
        }
    }
}

/// An operation whose success has no document.
struct Doing {
    name: &'static str,
    ask: fn(&Client) -> Asked<'_>,
    /// The status of S3's own response.
    status: u16,
    /// That of a HEAD which says that it was not done.
    undone: u16,
}

const DOING: [Doing; 5] = [
    Doing {
        name: "delete_object",
        ask: |client| Box::pin(delete_object(client, "b", "k", Some("v"))),
        status: 204,
        undone: 200,
    },
    Doing {
        name: "delete_bucket",
        ask: |client| Box::pin(delete_bucket(client, "b")),
        status: 204,
        undone: 200,
    },
    Doing {
        name: "create_bucket",
        ask: |client| Box::pin(create_bucket(client, "b", None)),
        status: 200,
        undone: 404,
    },
    Doing {
        name: "abort_multipart_upload",
        ask: |client| Box::pin(abort_multipart_upload(client, "b", "k", "u")),
        status: 204,
        undone: 200,
    },
    Doing {
        name: "restore_object",
        ask: |client| {
            Box::pin(async move {
                let tier = RestoreTier::Standard;
                let asked = restore_object(client, "b", "k", None, Some(1), tier);
                asked.await.map(drop)
            })
        },
        status: 202,
        undone: 200,
    },
];

#[tokio::test]
async fn a_success_that_s3_does_not_give_is_no_success() {
    let service = Service::new();
    for Doing {
        name,
        ask,
        status,
        undone,
    } in DOING
    {
        let unsaid = |status| format!("the response (HTTP {status}) does not say that it was done");
        let asked = ask(service.saying("", status, undone)).await;
        match name {
            // S3 says where the bucket is.
            "create_bucket" => assert_eq!(words(asked, name), unsaid(200)),
            _ => asked.expect(name),
        }
        for (body, expected) in NO_RESPONSES {
            let client = service.saying(body, 200, undone);
            let about = format!("{name}: {body}");
            assert_eq!(words(ask(client).await, &about), expected, "{about}");
        }
        let client = service.saying("", 203, undone);
        assert_eq!(words(ask(client).await, name), unsaid(203), "{name}");
    }
}

#[tokio::test]
async fn what_stands_there_settles_whether_it_was_done() {
    let service = Service::new();
    for Doing {
        name, ask, undone, ..
    } in DOING
    {
        let done = match name {
            "create_bucket" | "delete_bucket" | "delete_object" => 604 - undone,
            _ => continue,
        };
        for (body, _) in NO_RESPONSES.into_iter().chain([("", "")]) {
            for status in [200, 202] {
                let client = service.saying(body, status, done);
                ask(client).await.expect(name);
            }
        }
    }
    let heads = service.proxy.requests();
    let heads = heads
        .iter()
        .filter(|recorded| recorded.request.method == "HEAD");
    assert_eq!(heads.count(), 3 * 6 * 2);
}

#[tokio::test]
async fn an_upload_is_gone_when_its_parts_are() {
    let proxy = scripted(|request| match request.method.as_str() {
        "DELETE" => Canned::new(200, "<html>Log in</html>"),
        _ => Canned::error(404, "NoSuchUpload", ""),
    });
    let client = client_through(&proxy);
    let aborted = abort_multipart_upload(&client, "b", "k", "u").await;
    aborted.unwrap();
}

#[tokio::test]
async fn a_restore_is_under_way_when_the_object_says_so() {
    let proxy = scripted(|request| match request.method.as_str() {
        "HEAD" => Canned::new(200, "")
            .header("x-amz-storage-class", "GLACIER")
            .header("x-amz-restore", "ongoing-request=\"true\""),
        _ => Canned::new(200, "<html>Log in</html>"),
    });
    let client = client_through(&proxy);
    let asked = restore_object(&client, "b", "k", None, Some(1), RestoreTier::Standard);
    assert_eq!(
        asked.await.unwrap(),
        s3_client::operations::Restoring::InProgress
    );
}

#[tokio::test]
async fn headers_that_are_no_numbers_or_not_ascii_hurt_nobody() {
    let proxy = scripted(|_| {
        Canned::new(204, "")
            .header("x-amz-delete-marker", "True")
            .header("x-amz-version-id", "caf\u{e9}")
            .header("x-amz-abort-date", "soon")
    });
    let client = client_through(&proxy);
    delete_object(&client, "b", "k", None).await.unwrap();
    abort_multipart_upload(&client, "b", "k", "u")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_list_of_buckets_whose_tokens_merely_differ_ends() {
    let proxy = scripted(|request| {
        let token = "t".repeat(request.query.len());
        let body = format!(
            "<R><Buckets><Bucket><Name>b</Name></Bucket></Buckets>\
             <ContinuationToken>{token}</ContinuationToken></R>"
        );
        Canned::new(200, body)
    });
    let asked = list_buckets(&client_through(&proxy)).await.map(drop);
    assert_eq!(
        words(asked, "tokens"),
        "the list of buckets does not move on"
    );
    assert_eq!(proxy.requests().len(), 2);
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end() {
    for (element, query) in [
        ("NextVersionIdMarker", "versions"),
        ("NextUploadIdMarker", "uploads"),
    ] {
        let proxy = scripted(move |request| {
            // After 1 comes 2, and after 2 comes 1.
            let id = 1 + u8::from(request.query.contains("id-marker=1"));
            let body = format!(
                "<R><IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>\
                 <{element}>{id}</{element}></R>"
            );
            Canned::new(200, body)
        });
        let client = client_through(&proxy);
        let mut after = None;
        let failure = loop {
            let next = match query {
                "versions" => {
                    let list = ListVersions {
                        bucket: "b",
                        prefix: "a",
                        delimiter: None,
                        after: after.as_ref(),
                        max_keys: 1000,
                    };
                    let page = list_object_versions(&client, &list).await;
                    page.map(|page| page.next)
                }
                _ => {
                    let page = list_multipart_uploads(&client, "b", "a", after.as_ref()).await;
                    page.map(|page| page.next)
                }
            };
            match next {
                Ok(next) => after = next,
                Err(failure) => break failure,
            }
        };
        assert_eq!(words(Err(failure), query), "the list does not move on");
        assert_eq!(proxy.requests().len(), 3, "{query}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Neither a panic nor a parser that spins.
    #[test]
    fn no_damage_makes_a_reader_panic_or_hang(
        which in 0..READING.len(), at in any::<prop::sample::Index>(),
        bytes in "[<>/&;%a-zA-Z0-9\\x00-\\x20\u{80}-\u{ff}]{0,6}", skip in 0..40_usize,
    ) {
        let reading = &READING[which];
        let at = at.index(reading.good.len());
        let end = (at + skip).min(reading.good.len());
        let mut body = reading.good.to_owned();
        body.replace_range(at..end, &bytes);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let service = Service::new();
            let _ = (reading.ask)(service.saying(&body, 200, 200)).await;
        });
    }
}
