use std::io::{Read, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::failure::Stage;
use common::http::Body;

use crate::server::{Server, read_head};
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
    assert_eq!(stage, Stage::Silence(LIMIT));
    assert_eq!(
        cause,
        format!("127.0.0.1:{} was silent for 0.5 s", server.port)
    );
    assert!((LIMIT..LIMIT * 3).contains(&began.elapsed()));
}

#[tokio::test]
async fn a_server_that_may_think_longer_is_waited_for() {
    let server = Server::answering(|_, stream| {
        sleep_limits(2.0);
        stream.write_all(OK).is_ok()
    });
    let patience = Some(Duration::from_secs(30));
    let answer = transport()
        .exchange(head("POST", &server.url("/")), Body::Empty, None, patience)
        .await
        .unwrap();
    assert_eq!(text(answer).await, "ok");
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
    let mut answer = get(&transport(), &server.url("/")).await.unwrap();
    let first = answer.body.chunk().await.unwrap().unwrap();
    assert_eq!(&first[..], b"beginning");
    let began = Instant::now();
    let (_, cause) = broken(answer.body.chunk().await.unwrap());
    assert!(cause.contains("was silent"), "{cause}");
    assert!(began.elapsed() < LIMIT * 3);
    assert!(answer.body.chunk().await.is_none());
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
    let answer = get(&transport(), &server.url("/")).await.unwrap();
    assert_eq!(text(answer).await, "xxxxxxxx");
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
    let mut answer = get(&transport(), &server.url("/")).await.unwrap();
    let failure = loop {
        match answer.body.chunk().await.unwrap() {
            Ok(_) => {}
            Err(failure) => break failure,
        }
    };
    let (stage, cause) = broken::<()>(Err(failure));
    assert_eq!(stage, Stage::Silence(LIMIT * 4));
    assert!(cause.ends_with("bytes in 2 s"), "{cause}");
    assert!((LIMIT * 3..LIMIT * 6).contains(&began.elapsed()));
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
    let mut answer = get(&transport(), &server.url("/")).await.unwrap();
    answer.body.chunk().await.unwrap().unwrap();
    tokio::time::sleep(LIMIT.mul_f64(1.5)).await;
    let rest = answer.body.chunk().await.unwrap().unwrap();
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
    assert!(began.elapsed() < LIMIT * 4);
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
    let answer = put(&transport(), &server.url("/b/k"), body).await.unwrap();
    assert_eq!(text(answer).await, "ok");
}
