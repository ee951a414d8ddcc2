use std::io::{Read, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use s3_client::http::{Body, Error, Stage};

use crate::scripted_server::{Server, read_head};
use crate::{LIMIT, broken, get, head, put, text, transport};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn sleep_limits(count: f64) {
    std::thread::sleep(LIMIT.mul_f64(count));
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_after_the_limit() {
    let server = Server::answering(|_, _| {
        sleep_limits(20.0);
        false
    });
    let began = Instant::now();
    let (stage, cause) = broken(get(&transport(), &server.url("/")).await);
    assert_eq!(stage, Stage::NoProgress(LIMIT));
    assert_eq!(
        cause,
        format!("127.0.0.1:{} was silent for 0.5 s", server.port)
    );
    assert!((LIMIT..LIMIT * 15).contains(&began.elapsed()));
}

#[tokio::test]
async fn a_server_that_may_think_longer_is_waited_for() {
    let server = Server::answering(|_, stream| {
        sleep_limits(2.0);
        stream.write_all(OK).is_ok()
    });
    let patience = Some(Duration::from_secs(30));
    let response = transport()
        .exchange(head("POST", &server.url("/")), Body::Empty, None, patience)
        .await
        .unwrap();
    assert_eq!(text(response).await, "ok");
}

#[tokio::test]
async fn a_body_that_stops_is_given_up_after_the_limit() {
    let server = Server::answering(|_, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbeginning")
            .unwrap();
        sleep_limits(20.0);
        false
    });
    let mut response = get(&transport(), &server.url("/")).await.unwrap();
    let first = response.body.chunk().await.unwrap().unwrap();
    assert_eq!(&first[..], b"beginning");
    let began = Instant::now();
    let (_, cause) = broken(response.body.chunk().await.unwrap());
    assert!(cause.contains("was silent"), "{cause}");
    assert!(began.elapsed() < LIMIT * 15);
    assert!(response.body.chunk().await.is_none());
}

#[tokio::test]
async fn a_body_that_drips_is_read_to_its_end() {
    let server = Server::answering(|_, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
            .unwrap();
        for _ in 0..8 {
            sleep_limits(0.4);
            stream.write_all(b"x").unwrap();
        }
        true
    });
    let response = get(&transport(), &server.url("/")).await.unwrap();
    assert_eq!(text(response).await, "xxxxxxxx");
}

#[tokio::test]
async fn a_body_that_would_drip_for_ever_is_given_up() {
    let server = Server::answering(|_, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
            .unwrap();
        while stream.write_all(b"x").is_ok() {
            sleep_limits(0.4);
        }
        false
    });
    let began = Instant::now();
    let mut response = get(&transport(), &server.url("/")).await.unwrap();
    let failure = loop {
        match response.body.chunk().await.unwrap() {
            Ok(_) => {}
            Err(failure) => break failure,
        }
    };
    let (stage, cause) = broken::<()>(Err(failure));
    assert_eq!(stage, Stage::NoProgress(LIMIT * 4));
    assert!(cause.ends_with("bytes in 2 s"), "{cause}");
    assert!((LIMIT * 3..LIMIT * 40).contains(&began.elapsed()));
}

#[tokio::test]
async fn a_reader_that_is_busy_itself_does_not_blame_the_server() {
    let server = Server::answering(|_, stream| {
        stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab")
            .unwrap();
        sleep_limits(1.8);
        stream.write_all(b"cd").unwrap();
        true
    });
    let mut response = get(&transport(), &server.url("/")).await.unwrap();
    response.body.chunk().await.unwrap().unwrap();
    tokio::time::sleep(LIMIT.mul_f64(1.5)).await;
    let rest = response.body.chunk().await.unwrap().unwrap();
    assert_eq!(&rest[..], b"cd");
}

#[tokio::test]
async fn a_server_that_stops_reading_is_given_up_after_the_limit() {
    let server = Server::raw(|mut stream| {
        let _ = read_head(&mut stream);
        sleep_limits(20.0);
    });
    let body = Body::Bytes(Bytes::from(vec![0; 50_000_000]));
    let began = Instant::now();
    let (_, cause) = broken(put(&transport(), &server.url("/b/k"), body).await);
    assert!(cause.contains("was silent"), "{cause}");
    assert!(began.elapsed() < LIMIT * 15);
}

#[tokio::test]
async fn a_server_that_reads_slowly_gets_everything() {
    let server = Server::raw(|mut stream| {
        let _ = read_head(&mut stream);
        let mut left: usize = 16_000_000;
        let mut piece = vec![0; 1_000_000];
        while left > 0 {
            std::thread::sleep(LIMIT / 8);
            let room = piece.len().min(left);
            left -= stream.read(&mut piece[..room]).unwrap();
        }
        stream.write_all(OK).unwrap();
        sleep_limits(1.0);
    });
    let body = Body::Bytes(Bytes::from(vec![0; 16_000_000]));
    let response = put(&transport(), &server.url("/b/k"), body).await.unwrap();
    assert_eq!(text(response).await, "ok");
}

/// Sends `begin`, and then `more` for as long as anybody listens, five times within the limit.
fn endless(begin: &'static str, more: &'static str) -> Server {
    Server::answering(move |_, stream| {
        stream.write_all(begin.as_bytes()).unwrap();
        while stream.write_all(more.as_bytes()).is_ok() {
            sleep_limits(0.2);
        }
        false
    })
}

#[tokio::test]
async fn what_says_nothing_keeps_nobody_waiting() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let began = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<All>\r\n";
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    for (begin, more) in [
        ("", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("", "HTTP/1.1 102 Processing\r\n\r\n"),
        ("", "H"),
        ("HTTP/1.1 200 OK\r\n", "x-amz-meta-a: b\r\n"),
        ("HTTP/1.1 200 OK\r\nx-amz-meta-a: ", "b"),
        (chunked, "1\r\n\n\r\n"),
        (chunked, "4\r\n \t\r\n\r\n"),
        (began, "1\r\n \r\n"),
        (chunked, "0"),
        (chunked, "1;a=b"),
        (began, "0\r\nx-trailer: a\r\n"),
        (length, " "),
        (
            "HTTP/1.1 503 Slow Down\r\nTransfer-Encoding: chunked\r\n\r\n",
            "1\r\n \r\n",
        ),
    ] {
        let server = endless(begin, more);
        let transport = transport();
        let whole = async {
            let response = get(&transport, &server.url("/")).await?;
            response.body.collect(1024 * 1024).await
        };
        let ended = tokio::time::timeout(LIMIT * 40, whole).await;
        match ended.expect("it was waited for ever") {
            Err(Error::Transport { .. }) => {}
            other => panic!("{begin:?} {more:?}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_server_that_may_think_longer_has_all_its_time_once() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let server = endless(chunked, "1\r\n \r\n");
    let patience = LIMIT * 3;
    let began = Instant::now();
    let response = transport()
        .exchange(
            head("POST", &server.url("/")),
            Body::Empty,
            None,
            Some(patience),
        )
        .await
        .unwrap();
    let (stage, _) = broken(response.body.collect(1024).await);
    assert_eq!(stage, Stage::NoProgress(patience));
    assert!(began.elapsed() >= patience);
}

#[tokio::test]
async fn a_document_has_a_deadline_and_a_body_of_data_has_none() {
    let piece = "800\r\n".to_owned() + &"x".repeat(0x800) + "\r\n";
    let piece: &'static str = Box::leak(piece.into_boxed_str());
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let server = endless(chunked, piece);
    let transport = transport();
    let document = async {
        let response = get(&transport, &server.url("/")).await.unwrap();
        broken(response.body.collect(64 * 1024 * 1024).await)
    };
    let data = async {
        let mut response = get(&transport, &server.url("/")).await.unwrap();
        let began = Instant::now();
        while began.elapsed() < LIMIT * 24 {
            response.body.chunk().await.unwrap().unwrap();
        }
    };
    let ((stage, _), ()) = tokio::join!(document, data);
    assert_eq!(stage, Stage::NoProgress(LIMIT * 20));
}

#[tokio::test]
async fn a_proxy_that_answers_in_drips_is_given_up_like_one_that_does_not_response() {
    let proxy = endless("HTTP/1.1 200 OK\r\n", "x: y\r\n");
    let address = format!("http://127.0.0.1:{}", proxy.port);
    let rules = s3_client::http::ProxyRules::new(Some(&address), None, None, None).unwrap();
    let trust = s3_client::http::Trust::new(None);
    let transport = crate::transport_with(rules, trust);
    let asked = get(&transport, "https://s3.test/b/k");
    let ended = tokio::time::timeout(Duration::from_secs(60), asked).await;
    broken(ended.expect("it was waited for ever"));
}
