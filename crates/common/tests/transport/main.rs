//! The transport against tiny servers on 127.0.0.1 that misbehave on purpose.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests: whatever is unexpected here fails the test"
)]

mod bodies;
mod connections;
mod proxies;
mod retries;
mod scripted_server;
mod timeouts;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use s3_client::http::{Body, Error, Limits, ProxyRules, Response, Stage, Transport, Trust};

/// Long enough for a busy machine, short enough for a test.
const LIMIT: Duration = Duration::from_millis(500);

fn transport_with(proxies: ProxyRules, trust: Trust) -> Transport {
    let limits = Limits {
        connect: Duration::from_secs(2),
        progress: LIMIT,
    };
    Transport::new(limits, proxies, Arc::new(trust))
}

fn transport() -> Transport {
    transport_with(ProxyRules::none(), Trust::new(None))
}

fn head(method: &str, url: &str) -> http::Request<()> {
    let uri: http::Uri = url.parse().unwrap();
    let host = uri.authority().unwrap().to_string();
    http::Request::builder()
        .method(method)
        .uri(uri)
        .header("host", host)
        .body(())
        .unwrap()
}

async fn get(transport: &Transport, url: &str) -> Result<Response, Error> {
    transport
        .exchange(head("GET", url), Body::Empty, None, None)
        .await
}

async fn put(transport: &Transport, url: &str, body: Body) -> Result<Response, Error> {
    let mut head = head("PUT", url);
    head.headers_mut()
        .insert("content-length", body.len().into());
    transport.exchange(head, body, None, None).await
}

async fn text(response: Response) -> String {
    let body = response.body.collect(1024 * 1024).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Stage and cause of a transport failure.
#[track_caller]
fn broken<T: std::fmt::Debug>(result: Result<T, Error>) -> (Stage, String) {
    match result {
        Err(Error::Transport { stage, cause }) => (stage, cause),
        other => panic!("not a transport failure: {other:?}"),
    }
}
