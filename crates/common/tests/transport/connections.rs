use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use bytes::Bytes;
use s3_client::http::{Body, Limits, ProxyRules, Stage, Transport, Trust};

use crate::scripted_server::{Server, read_head};
use crate::{broken, get, put, text, transport};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Closes so that the other side sees a reset: unread input is thrown away.
fn reset(stream: &TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = Server::fixed(OK);
    let transport = transport();
    for _ in 0..20 {
        let response = get(&transport, &server.url("/b/k")).await.unwrap();
        assert_eq!(text(response).await, "ok");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_response_that_is_not_read_costs_its_connection_only() {
    let mut big = b"HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n".to_vec();
    big.resize(big.len() + 8_000_000, 0);
    let server = Server::fixed(big);
    let transport = transport();
    for _ in 0..3 {
        let response = get(&transport, &server.url("/b/k")).await.unwrap();
        drop(response);
    }
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn a_refused_connection_names_the_endpoint() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("http://127.0.0.1:{port}/");
    let (stage, cause) = broken(get(&transport(), &url).await);
    assert_eq!(stage, Stage::Connect);
    assert_eq!(cause, format!("connection refused by 127.0.0.1:{port}"));
}

#[tokio::test]
async fn a_name_without_address_is_told_as_such() {
    let url = "http://no-such-host.invalid/";
    let transport = Transport::new(
        Limits {
            connect: Duration::from_secs(20),
            progress: Duration::from_secs(1),
        },
        ProxyRules::none(),
        Trust::new(None).into(),
    );
    let (stage, cause) = broken(get(&transport, url).await);
    assert_eq!(
        (stage, cause.as_str()),
        (
            Stage::Resolve,
            "the host name `no-such-host.invalid` has no address"
        )
    );
}

#[tokio::test]
async fn a_connection_closed_without_an_response_is_a_failure() {
    let server = Server::answering(|_, _| false);
    let (stage, cause) = broken(get(&transport(), &server.url("/")).await);
    assert_eq!(stage, Stage::Unanswered);
    assert_eq!(
        cause,
        format!(
            "127.0.0.1:{} closed the connection before its response was complete",
            server.port
        )
    );
}

#[tokio::test]
async fn something_that_is_not_http_is_a_failure() {
    let server = Server::fixed("220 mail.test ESMTP\r\n");
    let (_, cause) = broken(get(&transport(), &server.url("/")).await);
    assert!(cause.contains("not HTTP"), "{cause}");
}

#[tokio::test]
async fn connections_that_the_server_closed_meanwhile_are_not_used_again() {
    let server = Server::answering(|_, stream| {
        stream.write_all(OK).unwrap();
        false
    });
    let transport = transport();
    for _ in 0..5 {
        let response = get(&transport, &server.url("/")).await.unwrap();
        assert_eq!(text(response).await, "ok");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn a_refusal_in_the_middle_of_a_body_is_an_response_or_a_failure_but_no_hang() {
    let server = Server::raw(|mut stream| {
        let _ = read_head(&mut stream);
        let busy = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let _ = stream.write_all(busy);
        reset(&stream);
    });
    let began = Instant::now();
    let body = Body::Bytes(Bytes::from(vec![0; 20_000_000]));
    match put(&transport(), &server.url("/b/k"), body).await {
        Ok(response) => assert_eq!(response.status, 503),
        failure => assert_eq!(broken(failure).0, Stage::Exchange),
    }
    assert!(began.elapsed() < testkit::SOON);
}
