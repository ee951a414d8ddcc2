use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use common::config::{Config, ConnectArgs};
use common::env::Env;
use s3_client::Client;
use s3_client::operations::{head_bucket, list_buckets};

use crate::scripted_server::{Received, Server};

const EMPTY: &str = "HTTP/1.1 200 OK\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n";

/// A client for this endpoint, and what it warned of.
fn client(endpoint: &str) -> (Client, Arc<Mutex<Vec<String>>>) {
    let env = Env::from_pairs([
        ("ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ])
    .unwrap();
    let config = Config::resolve(&env, &ConnectArgs::default()).unwrap();
    let warnings: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = Arc::clone(&warnings);
    let warn = Arc::new(move |text| heard.lock().unwrap().push(text));
    (common::connect(&config, None, warn).unwrap(), warnings)
}

fn error(status: &str, code: &str, more: &str) -> String {
    let body = format!("<Error><Code>{code}</Code><Message>m</Message>{more}</Error>");
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Responses with the first reply, then the second, and so on; the last one for ever.
fn replies(list: Vec<String>) -> Server {
    let next = AtomicUsize::new(0);
    Server::answering(move |_, stream| {
        let index = next.fetch_add(1, Ordering::SeqCst);
        let reply = list.get(index).or(list.last()).unwrap();
        stream.write_all(reply.as_bytes()).is_ok()
    })
}

fn region_signed_for(request: &Received) -> String {
    let authorization = request.header("authorization").unwrap();
    authorization.split('/').nth(2).unwrap().to_owned()
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_every_attempt_is_signed() {
    let busy = error("503 Slow Down", "SlowDown", "");
    let server = replies(vec![busy.clone(), busy, EMPTY.into()]);
    let (client, _) = client(&server.url(""));
    let create = || s3_client::operations::create_bucket(&client, "b", None);
    client.retry(create).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 3);
    for request in received {
        let authorization = request.header("authorization").unwrap();
        assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
        assert_eq!(request.line(), "PUT /b HTTP/1.1");
        assert_eq!(request.header("accept-encoding"), Some("identity"));
    }
}

#[tokio::test]
async fn a_refusal_is_asked_once() {
    let server = replies(vec![error("403 Forbidden", "AccessDenied", "")]);
    let (client, _) = client(&server.url(""));
    client.retry(|| list_buckets(&client)).await.unwrap_err();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn an_endpoint_that_never_answered_is_tried_three_times() {
    let server = Server::answering(|_, _| false);
    let (client, _) = client(&server.url(""));
    client.retry(|| list_buckets(&client)).await.unwrap_err();
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn an_endpoint_that_answered_once_is_tried_ten_times() {
    let next = AtomicUsize::new(0);
    let server = Server::answering(move |_, stream| {
        next.fetch_add(1, Ordering::SeqCst) == 0 && stream.write_all(EMPTY.as_bytes()).is_ok()
    });
    let (client, _) = client(&server.url(""));
    client.retry(|| head_bucket(&client, "b")).await.unwrap();
    let mut attempts = client.attempts();
    for expected in 1..=4 {
        let failure = head_bucket(&client, "b").await.unwrap_err();
        assert!(attempts.again(&failure).await);
        assert_eq!(attempts.failed(), expected);
    }
}

#[tokio::test]
async fn the_same_wrong_response_is_heard_five_times() {
    let page = |end: &str| {
        let body = format!("<ListBucketResult>{end}<Name>b</Name></ListBucketResult>");
        format!(
            "HTTP/1.1 200 OK\r\nx-amz-request-id: 1\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let wrong = page("<IsTruncated>yes</IsTruncated>");
    let busy = error("503 Slow Down", "SlowDown", "");
    let good = page("<IsTruncated>false</IsTruncated>");
    let list = s3_client::operations::ListObjects {
        bucket: "b",
        prefix: "",
        delimiter: None,
        start_after: None,
        token: None,
        max_keys: 1000,
    };
    let wrong = |count| vec![wrong.clone(); count];
    for (sent, expected, is_good) in [
        (wrong(1), 5, false),
        ([wrong(4), vec![good.clone()]].concat(), 5, true),
        (
            [wrong(4), vec![busy], wrong(3), vec![good]].concat(),
            9,
            true,
        ),
    ] {
        let server = replies(sent);
        let (client, _) = client(&server.url(""));
        let page = client
            .retry(|| s3_client::operations::list_objects(&client, &list))
            .await;
        assert_eq!(page.is_ok(), is_good, "{page:?}");
        assert_eq!(server.received().len(), expected);
    }
}

#[tokio::test]
async fn the_region_that_an_response_names_is_used_from_then_on_with_one_warning() {
    let elsewhere = error(
        "400 Bad Request",
        "AuthorizationHeaderMalformed",
        "<Region>eu-west-7</Region>",
    );
    let server = replies(vec![elsewhere, EMPTY.into()]);
    let (client, warnings) = client(&server.url(""));
    for _ in 0..2 {
        let create = || s3_client::operations::create_bucket(&client, "b", None);
        client.retry(create).await.unwrap();
    }
    let regions: Vec<_> = server.received().iter().map(region_signed_for).collect();
    assert_eq!(regions, ["us-east-1", "eu-west-7", "eu-west-7"]);
    assert_eq!(client.region(), "eu-west-7");
    assert_eq!(
        *warnings.lock().unwrap(),
        ["the region is eu-west-7, not us-east-1: export REGION_NAME=eu-west-7"]
    );
}

#[tokio::test]
async fn a_region_that_does_not_help_is_not_tried_for_ever() {
    let response = error(
        "400 Bad Request",
        "AuthorizationHeaderMalformed",
        "<Region>us-east-1</Region>",
    );
    let server = replies(vec![response]);
    let (client, _) = client(&server.url(""));
    client.retry(|| list_buckets(&client)).await.unwrap_err();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_followed_on_the_own_host_only() {
    let other = Server::fixed(EMPTY);
    let location = format!("Location: http://127.0.0.1:{}/b\r\n", other.port);
    let redirect = |location: &str| {
        vec![format!(
            "HTTP/1.1 307 Temporary Redirect\r\n{location}Content-Length: 0\r\n\r\n"
        )]
    };
    let server = replies(redirect(&location));
    let (mine, _) = client(&server.url(""));
    mine.retry(|| head_bucket(&mine, "b")).await.unwrap();
    let followed = &other.received()[0];
    assert_eq!(
        followed.header("host"),
        Some(&*format!("127.0.0.1:{}", other.port))
    );
    assert!(followed.header("authorization").is_some());

    let server = replies(redirect("Location: http://localhost:1/b\r\n"));
    let (mine, _) = client(&server.url(""));
    mine.retry(|| head_bucket(&mine, "b")).await.unwrap_err();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_for_all() {
    let body = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    let skewed = format!(
        "HTTP/1.1 403 Forbidden\r\nDate: Wed, 01 Jan 2031 00:00:00 GMT\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let server = replies(vec![skewed, EMPTY.into()]);
    let (client, _) = client(&server.url(""));
    for _ in 0..2 {
        let create = || s3_client::operations::create_bucket(&client, "b", None);
        client.retry(create).await.unwrap();
    }
    let received = server.received();
    assert_eq!(received.len(), 3);
    for request in &received[1..] {
        let date = request.header("x-amz-date").unwrap();
        assert!(date.starts_with("20310101T00"), "{date}");
    }
}

#[tokio::test]
async fn a_refused_port_is_not_waited_for_long() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let (client, _) = client(&format!("http://127.0.0.1:{port}"));
    let began = Instant::now();
    client.retry(|| list_buckets(&client)).await.unwrap_err();
    assert!(began.elapsed() < testkit::SOON);
}

fn page(status: &str, more: &str) -> String {
    let body = "<html>\r\n<head><title>Moved</title></head><body>nginx</body></html>";
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\n{more}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn buckets() -> String {
    let body = "<R><Buckets><Bucket><Name>photos</Name></Bucket></Buckets></R>";
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn a_redirect_is_followed_whatever_page_comes_along_and_whatever_was_asked() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let other = Server::fixed(buckets());
        let location = format!("Location: http://127.0.0.1:{}/s3/\r\n", other.port);
        let server = replies(vec![page(status, &location)]);
        let (client, _) = client(&server.url("/s3"));
        for _ in 0..2 {
            let found = client.retry(|| list_buckets(&client)).await.unwrap();
            assert_eq!(found[0].name, "photos");
        }
        assert_eq!(server.received().len(), 1, "{status}");
        let lines: Vec<_> = other
            .received()
            .iter()
            .map(|r| r.line().to_owned())
            .collect();
        assert_eq!(lines, ["GET /s3/?max-buckets=1000 HTTP/1.1"; 2], "{status}");
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_named_although_a_page_comes_along() {
    let server = replies(vec![page(
        "301 Moved",
        "Location: https://login.test/start\r\n",
    )]);
    let (client, _) = client(&server.url(""));
    let failure = client.retry(|| list_buckets(&client)).await.unwrap_err();
    assert_eq!(
        failure.meaning(),
        Some(s3_client::failure::Meaning::Redirect)
    );
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_redirect_in_a_circle_ends() {
    let first = Arc::new(Mutex::new(String::new()));
    let to_first = Arc::clone(&first);
    let second = Server::answering(move |_, stream| {
        let reply = page("302 Found", &to_first.lock().unwrap());
        stream.write_all(reply.as_bytes()).is_ok()
    });
    let server = replies(vec![page(
        "302 Found",
        &format!("Location: http://127.0.0.1:{}/\r\n", second.port),
    )]);
    *first.lock().unwrap() = format!("Location: {}\r\n", server.url("/"));
    let (client, _) = client(&server.url(""));
    client.retry(|| list_buckets(&client)).await.unwrap_err();
    assert!(server.received().len() + second.received().len() <= 5);
}

#[tokio::test]
async fn a_web_page_at_the_address_of_the_endpoint_is_no_service_and_not_asked_for_long() {
    for status in ["200 OK", "404 Not Found", "403 Forbidden"] {
        let server = replies(vec![page(status, "")]);
        let (client, _) = client(&server.url(""));
        match client.retry(|| list_buckets(&client)).await {
            Err(s3_client::Failure::Service(failure)) => {
                assert_eq!(failure.meaning(), s3_client::failure::Meaning::NotS3);
                assert!(!failure.after_s3, "{status}");
            }
            other => panic!("{other:?}"),
        }
        assert!(server.received().len() <= 3, "{status}");
    }
}

#[tokio::test]
async fn a_web_page_from_something_in_between_is_asked_past() {
    let page = page("200 OK", "");
    let mut list = vec![error("404 Not Found", "NoSuchBucket", "")];
    list.extend(std::iter::repeat_n(page, 4));
    list.push(buckets());
    let server = replies(list);
    let (client, _) = client(&server.url(""));
    client.retry(|| list_buckets(&client)).await.unwrap_err();
    let found = client.retry(|| list_buckets(&client)).await.unwrap();
    assert_eq!(found[0].name, "photos");
    assert_eq!(server.received().len(), 6);
}

#[tokio::test]
async fn a_forbidden_key_is_not_blamed_on_a_clock_that_was_corrected() {
    let date = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(20);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT");
    let refused = format!("HTTP/1.1 403 Forbidden\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n");
    let server = replies(vec![refused]);
    let (client, _) = client(&server.url(""));
    for sent in [2, 3] {
        let failure = client
            .retry(|| head_bucket(&client, "b"))
            .await
            .unwrap_err();
        assert_eq!(failure.meaning(), Some(s3_client::failure::Meaning::Denied));
        assert_eq!(server.received().len(), sent);
    }
}

#[tokio::test]
async fn what_is_no_success_of_a_request_to_read_is_refused() {
    for status in ["202 Accepted", "204 No Content", "205 Reset Content"] {
        let server = replies(vec![format!("HTTP/1.1 {status}\r\nETag: \"e\"\r\n\r\n")]);
        let (client, _) = client(&server.url(""));
        let get = s3_client::operations::ReadObject {
            bucket: "b",
            key: "k",
            ..Default::default()
        };
        let failure = s3_client::operations::get_object(&client, &get)
            .await
            .unwrap_err();
        assert!(
            matches!(failure, s3_client::Failure::Response(_)),
            "{failure:?}"
        );
    }
}
