use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use s3_client::Failure;
use s3_client::http::{Body, Error, Stage};

use crate::scripted_server::{Server, read_head};
use crate::{broken, get, head, put, text, transport};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn a_body_is_sent_with_exactly_its_length_and_never_in_chunks() {
    let server = Server::fixed(OK);
    let content: Vec<u8> = (0..700_000_u32).map(|i| (i % 253) as u8).collect();
    let body = Body::Bytes(Bytes::from(content.clone()));
    let response = put(&transport(), &server.url("/b/k"), body).await.unwrap();
    assert_eq!(
        (response.status, text(response).await.as_str()),
        (200, "ok")
    );
    let received = &server.received()[0];
    assert_eq!(received.header("content-length"), Some("700000"));
    assert_eq!(received.header("transfer-encoding"), None);
    assert!(received.body == content);
}

#[tokio::test]
async fn an_empty_put_says_that_its_length_is_zero() {
    let server = Server::fixed(OK);
    put(&transport(), &server.url("/b/dir/"), Body::Empty)
        .await
        .unwrap();
    assert_eq!(server.received()[0].header("content-length"), Some("0"));
}

#[tokio::test]
async fn a_stretch_of_a_file_is_sent_and_counted_while_it_goes() {
    let server = Server::fixed(OK);
    let content: Vec<u8> = (0..3_000_000_u32).map(|i| (i % 251) as u8).collect();
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&content).unwrap();
    let counted = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&counted);
    let mut head = head("PUT", &server.url("/b/k"));
    head.headers_mut()
        .insert("content-length", 2_500_000_u64.into());
    let body = Body::File {
        file: Arc::new(file),
        offset: 100,
        len: 2_500_000,
    };
    let on_sent = Arc::new(move |n| {
        counter.fetch_add(n, Ordering::Relaxed);
    });
    transport()
        .exchange(head, body, Some(on_sent), None)
        .await
        .unwrap();
    assert!(server.received()[0].body == content[100..2_500_100]);
    assert_eq!(counted.load(Ordering::Relaxed), 2_500_000);
}

#[tokio::test]
async fn a_file_that_shrinks_ends_the_request_as_our_own_failure() {
    let server = Server::fixed(OK);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&[1; 1000]).unwrap();
    let body = Body::File {
        file: Arc::new(file),
        offset: 0,
        len: 2000,
    };
    match put(&transport(), &server.url("/b/k"), body).await {
        Err(Error::Body(error)) => assert_eq!(
            error.to_string(),
            "the file became shorter while it was being read"
        ),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_response_that_is_too_short_is_a_failure_however_it_is_framed() {
    for reply in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nshort",
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-14/100\r\n\r\nshort",
    ] {
        let server = Server::answering(move |_, stream| {
            stream.write_all(reply.as_bytes()).unwrap();
            stream.shutdown(Shutdown::Both).unwrap();
            false
        });
        let response = get(&transport(), &server.url("/b/k")).await.unwrap();
        let (stage, cause) = broken(response.body.collect(100).await);
        assert_eq!(stage, Stage::Exchange, "{reply}: {cause}");
    }
}

#[tokio::test]
async fn a_range_that_is_longer_than_announced_is_a_failure() {
    let server = Server::answering(|_, stream| {
        let reply = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-2/9\r\n\r\nlonger";
        stream.write_all(reply.as_bytes()).unwrap();
        false
    });
    let response = get(&transport(), &server.url("/b/k")).await.unwrap();
    assert_eq!(response.body.expected_len(), Some(3));
    let (_, cause) = broken(response.body.collect(100).await);
    assert!(cause.contains("longer than the 3 bytes"), "{cause}");
}

#[tokio::test]
async fn an_response_of_any_length_is_collected_up_to_the_limit() {
    let server = Server::fixed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let response = get(&transport(), &server.url("/")).await.unwrap();
    assert!(matches!(
        response.body.collect(4).await,
        Err(Error::Response(_))
    ));
    let response = get(&transport(), &server.url("/")).await.unwrap();
    assert_eq!(text(response).await, "hello");
}

#[tokio::test]
async fn a_head_response_has_a_length_and_no_body() {
    let server = Server::fixed("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    let transport = transport();
    for _ in 0..2 {
        let head = head("HEAD", &server.url("/b/k"));
        let response = transport
            .exchange(head, Body::Empty, None, None)
            .await
            .unwrap();
        assert_eq!(response.header("content-length").unwrap(), "1000");
        assert_eq!(text(response).await, "");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn headers_that_are_not_ascii_do_no_harm() {
    let server = Server::fixed(
        b"HTTP/1.1 200 OK\r\nx-amz-meta-a: caf\xc3\xa9\r\nx-amz-meta-b: caf\xe9\r\nContent-Length: 0\r\n\r\n"
            .to_vec(),
    );
    let response = get(&transport(), &server.url("/")).await.unwrap();
    assert_eq!(response.header("x-amz-meta-a").unwrap(), "café");
    assert_eq!(response.header("x-amz-meta-b").unwrap(), "café");
}

#[tokio::test]
async fn four_hundred_headers_are_read() {
    let many: String = (0..380).map(|i| format!("x-amz-meta-{i}: v\r\n")).collect();
    let server = Server::fixed(format!(
        "HTTP/1.1 200 OK\r\n{many}Content-Length: 0\r\n\r\n"
    ));
    let response = get(&transport(), &server.url("/")).await.unwrap();
    assert_eq!(response.header("x-amz-meta-379").unwrap(), "v");
}

/// Responses a PUT before its body was read, then reads what still comes and counts it.
fn answers_early(reply: &'static str, read: Arc<AtomicU64>) -> Server {
    Server::raw(move |mut stream| {
        let _ = read_head(&mut stream);
        stream.write_all(reply.as_bytes()).unwrap();
        let mut piece = vec![0; 256 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut piece) {
            read.fetch_add(count as u64, Ordering::SeqCst);
            // No network is so fast that the sender never has to wait and look at what came.
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        read.fetch_add(1 << 40, Ordering::SeqCst);
    })
}

#[tokio::test]
async fn a_refusal_before_the_body_was_read_ends_the_sending() {
    const SIZE: usize = 100_000_000;
    for status in [
        "503 Slow Down",
        "403 Forbidden",
        "307 Temporary Redirect",
        "500 Oops",
    ] {
        let reply = format!("HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\nbusy");
        let read = Arc::new(AtomicU64::new(0));
        let server = answers_early(Box::leak(reply.into_boxed_str()), Arc::clone(&read));
        let body = Body::Bytes(Bytes::from(vec![0; SIZE]));
        let transport = transport();
        let response = put(&transport, &server.url("/b/k"), body).await.unwrap();
        assert_eq!(status.get(..3), Some(&*response.status.to_string()));
        assert_eq!(text(response).await, "busy");
        // The server sees the end of the connection while the client is still there.
        for _ in 0..600 {
            if read.load(Ordering::SeqCst) >= 1 << 40 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let read = read.load(Ordering::SeqCst);
        assert!(read >= 1 << 40, "the connection is still open");
        let wasted = read - (1 << 40);
        assert!(
            wasted < SIZE as u64 / 4,
            "{wasted} bytes were sent for nothing"
        );
        drop(transport);
    }
}

#[tokio::test]
async fn a_success_before_the_body_was_read_is_none() {
    let reply = "HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n";
    let server = answers_early(reply, Arc::default());
    let body = Body::Bytes(Bytes::from(vec![0; 50_000_000]));
    match put(&transport(), &server.url("/b/k"), body).await {
        Err(error @ Error::Response(_)) => assert!(Failure::from(error).may_be_done()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn bytes_count_as_sent_when_the_network_takes_them() {
    let arrived = Arc::new(AtomicU64::new(0));
    let total = Arc::clone(&arrived);
    let server = Server::raw(move |mut stream| {
        let head = read_head(&mut stream).unwrap();
        std::thread::sleep(crate::LIMIT * 4);
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        total.store((head.len() + rest.len()) as u64, Ordering::SeqCst);
    });
    let counted = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&counted);
    let mut head = head("PUT", &server.url("/b/k"));
    let body = Bytes::from(vec![0; 50_000_000]);
    head.headers_mut()
        .insert("content-length", body.len().into());
    let on_sent = Arc::new(move |n| {
        counter.fetch_add(n, Ordering::Relaxed);
    });
    let transport = transport();
    let sent = transport
        .exchange(head, Body::Bytes(body), Some(on_sent), None)
        .await;
    assert!(matches!(broken(sent).0, Stage::NoProgress(_)));
    for _ in 0..600 {
        if arrived.load(Ordering::SeqCst) > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (counted, arrived) = (
        counted.load(Ordering::SeqCst),
        arrived.load(Ordering::SeqCst),
    );
    assert!(
        counted > 0 && counted <= arrived,
        "{counted} counted, {arrived} arrived"
    );
}
