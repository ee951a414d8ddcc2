use std::io::Write;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use common::Client;
use common::config::{Config, ConnectArgs};
use common::env::Env;
use common::s3::{head_bucket, list_buckets};

use crate::server::{Received, Server};

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
    (common::connect(&config, warn).unwrap(), warnings)
}

fn error(status: &str, code: &str, more: &str) -> String {
    let body = format!("<Error><Code>{code}</Code><Message>m</Message>{more}</Error>");
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Answers with the first reply, then the second, and so on; the last one for ever.
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
    let create = || common::s3::create_bucket(&client, "b", None);
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
async fn the_region_that_an_answer_names_is_used_from_then_on_with_one_warning() {
    let elsewhere = error(
        "400 Bad Request",
        "AuthorizationHeaderMalformed",
        "<Region>eu-west-7</Region>",
    );
    let server = replies(vec![elsewhere, EMPTY.into()]);
    let (client, warnings) = client(&server.url(""));
    for _ in 0..2 {
        let create = || common::s3::create_bucket(&client, "b", None);
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
    let answer = error(
        "400 Bad Request",
        "AuthorizationHeaderMalformed",
        "<Region>us-east-1</Region>",
    );
    let server = replies(vec![answer]);
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
        let create = || common::s3::create_bucket(&client, "b", None);
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
