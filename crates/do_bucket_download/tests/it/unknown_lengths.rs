//! Responses whose length nobody can know before their end, and that have none.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use testkit::{Finished, Program};

/// More than comes with one request.
const SIZE: usize = (8 << 20) + 1;

/// The head of a response with the whole object that does not tell its length.
const WHOLE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"no-md5\"\r\n";

/// Responses one request in the way of a proxy that passes on chunks and loses the last one;
/// `whole` to a request for the whole object.
fn response(stream: TcpStream, size: usize, whole: &str) -> Option<()> {
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
        let head = format!("HTTP/1.1 200 OK\r\n{close}Content-Length: {size}\r\n\r\n");
        return to.write_all(head.as_bytes()).ok();
    }
    if let Some((first, last)) = range {
        let length = last + 1 - first;
        let head = format!(
            "HTTP/1.1 206 Partial Content\r\n{close}Content-Range: bytes {first}-{last}/{size}\r\n\
             Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n"
        );
        to.write_all(head.as_bytes()).ok()?;
        to.write_all(&vec![b'x'; length]).ok()?;
        return to.write_all(b"\r\n").ok();
    }
    if request.starts_with("GET /photos/d/a ") {
        return to.write_all(whole.as_bytes()).ok();
    }
    let body = format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>d/a</Key>\
         <Size>{size}</Size><ETag>\"no-md5\"</ETag></Contents></ListBucketResult>"
    );
    let head = format!(
        "HTTP/1.1 200 OK\r\n{close}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    to.write_all(head.as_bytes()).ok()
}

/// Downloads `d/a` of this size from such a proxy.
fn download(size: usize, whole: String) -> Finished {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let whole = whole.clone();
            thread::spawn(move || response(stream, size, &whole));
        }
    });
    Program::new("do_bucket_download")
        .env("ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE12345")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .args(["--max-attempts", "2", "--part-size", "5M", "s3://photos/d"])
        .run()
}

#[test]
fn a_range_that_is_whole_needs_no_last_chunk() {
    let ended = download(SIZE, String::new());
    ended.success().stdout("downloads/d/a\n");
    let brought = std::fs::metadata(ended.home().join("downloads/d/a")).unwrap();
    assert_eq!(brought.len(), SIZE as u64);
}

#[test]
fn an_object_whose_response_tells_no_length_is_held_to_the_listing() {
    let chunked = "Transfer-Encoding: chunked\r\n\r\n4\r\nxxxx\r\n6\r\nxxxxxx\r\n0\r\n\r\n";
    // What the last one lacks is asked for as a range.
    for rest in [chunked, "\r\nxxxxxxxxxx", "\r\nxxxx"] {
        let ended = download(10, format!("{WHOLE}{rest}"));
        ended.success();
        let brought = std::fs::read(ended.home().join("downloads/d/a")).unwrap();
        assert_eq!(brought, b"xxxxxxxxxx", "{rest:?}");
    }
    let longer = download(10, format!("{WHOLE}\r\nxxxxxxxxxxx"));
    longer.code(7).stderr_has("more bytes than asked for");
}

#[test]
fn an_response_without_length_and_etag_could_be_anything() {
    let page = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nxxxxxxxxxx";
    let ended = download(10, page.to_owned());
    ended
        .code(7)
        .stderr_has("the response does not tell the length of the object");
    assert!(!ended.home().join("downloads/d/a").exists());
}
