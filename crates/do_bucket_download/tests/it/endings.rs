//! Answers whose length nobody can know before their end, and that have none.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use testkit::Program;

/// A little more than one piece.
const SIZE: usize = (4 << 20) + 1;

/// Answers one request in the way of a proxy that passes on chunks and loses the last one.
fn answer(stream: TcpStream) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let request = lines.next()?.ok()?;
    let mut range = None;
    loop {
        let line = lines.next()?.ok()?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("range: bytes=") {
            let (first, last) = bytes.split_once('-')?;
            range = Some((first.parse::<usize>().ok()?, last.parse::<usize>().ok()?));
        }
    }
    let mut to = &stream;
    let close = "Connection: close\r\nETag: \"no-md5\"\r\n";
    if request.starts_with("HEAD") {
        let head = format!("HTTP/1.1 200 OK\r\n{close}Content-Length: {SIZE}\r\n\r\n");
        return to.write_all(head.as_bytes()).ok();
    }
    if let Some((first, last)) = range {
        let length = last + 1 - first;
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\n{close}Content-Range: bytes {first}-{last}/{SIZE}\r\n\
             Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n"
        );
        to.write_all(head.as_bytes()).ok()?;
        to.write_all(&vec![b'x'; length]).ok()?;
        return to.write_all(b"\r\n").ok();
    }
    let body = format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>d/a</Key>\
         <Size>{SIZE}</Size><ETag>\"no-md5\"</ETag></Contents></ListBucketResult>"
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\n{close}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    to.write_all(head.as_bytes()).ok()
}

#[test]
fn a_range_that_is_whole_needs_no_last_chunk() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    let ended = Program::new("do_bucket_download")
        .env("ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE12345")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .args(["--max-attempts", "2", "s3://photos/d"])
        .run();
    ended.success().stdout("downloads/d/a\n");
    let brought = std::fs::metadata(ended.home().join("downloads/d/a")).unwrap();
    assert_eq!(brought.len(), SIZE as u64);
}
