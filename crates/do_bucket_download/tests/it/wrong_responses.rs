//! Services that ignore ranges, and responses that are no object.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use testkit::Program;
use testkit::tree::files;

/// More than two ranges.
const SIZE: usize = 9 << 20;
const TIME: &str = "Last-Modified: Sat, 21 Nov 2026 05:24:11 GMT\r\n";

/// A server with one object, `d/a`, that sends no ranges.
#[derive(Clone, Copy)]
struct Service {
    size: usize,
    /// Headers of HEAD and GET that tell which content it is.
    of_head: &'static str,
    of_get: &'static str,
    /// What the listing says about it.
    listed: &'static str,
}

impl Service {
    /// The URL, and the request lines and ranges so far.
    fn start(self) -> (String, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<String>>>::default();
        let asked = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = Arc::clone(&asked);
                thread::spawn(move || self.respond(&stream, &asked));
            }
        });
        (url, seen)
    }

    fn respond(self, stream: &TcpStream, asked: &Mutex<Vec<String>>) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
        let request = lines.next()?.ok()?;
        let mut range = String::new();
        for line in lines {
            let line = line.ok()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if line.starts_with("range:") {
                range = line;
            }
        }
        // The object is replaced with each GET: a mix of two contents would show.
        let gets = {
            let mut asked = asked.lock().unwrap();
            asked.push(format!("{request} {range}"));
            asked
                .iter()
                .filter(|line| line.starts_with("GET /photos/d/a"))
                .count()
        };
        let (headers, body) = if request.starts_with("HEAD") {
            (self.of_head, vec![0; self.size])
        } else if request.starts_with("GET /photos/d/a") {
            (self.of_get, vec![b'0' + gets as u8; self.size])
        } else {
            let listing = format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>d/a</Key><Size>{}</Size>{}\
                 </Contents></ListBucketResult>",
                self.size, self.listed
            );
            ("", listing.into_bytes())
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n",
            body.len()
        );
        let mut to = stream;
        to.write_all(head.as_bytes()).ok()?;
        if !request.starts_with("HEAD") {
            to.write_all(&body).ok()?;
        }
        Some(())
    }
}

fn download(url: &str) -> Program {
    Program::new("do_bucket_download")
        .env("ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE12345")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .args(["--max-attempts", "2", "--part-size", "5M"])
        .args(["s3://photos/d", "out"])
}

fn gets(seen: &Mutex<Vec<String>>) -> Vec<String> {
    let mut lines = seen.lock().unwrap().clone();
    lines.retain(|line| line.starts_with("GET /photos/d/a"));
    lines
}

#[test]
fn where_ranges_are_ignored_the_object_comes_in_one_get_at_once() {
    let (url, seen) = Service {
        size: SIZE,
        of_head: "ETag: \"no-md5\"\r\n",
        of_get: "ETag: \"no-md5\"\r\n",
        listed: "<ETag>\"no-md5\"</ETag>",
    }
    .start();
    let ended = download(&url).args(["--jobs", "1"]).run();
    ended.downloaded(1, 9_437_184, ", 1 unverified");
    let brought = std::fs::read(ended.home().join("out/a")).unwrap();
    assert!(brought.len() == SIZE && brought.iter().all(|byte| *byte == brought[0]));
    // At most one request a range, none of which is repeated, and then one for all.
    let gets = gets(&seen);
    assert!(gets.len() <= 4, "{gets:?}");
    assert!(!gets.last().unwrap().contains("range:"), "{gets:?}");
}

#[test]
fn an_object_whose_content_cannot_be_told_from_another_is_never_put_together() {
    for (of_both, listed) in [
        (
            TIME,
            "<LastModified>2026-11-21T05:24:11.000Z</LastModified>",
        ),
        ("", ""),
    ] {
        let (url, seen) = Service {
            size: SIZE,
            of_head: of_both,
            of_get: of_both,
            listed,
        }
        .start();
        let ended = download(&url).run();
        ended.success();
        let brought = std::fs::read(ended.home().join("out/a")).unwrap();
        assert!(brought.len() == SIZE && brought.iter().all(|byte| *byte == brought[0]));
        let gets = gets(&seen);
        assert!(gets.len() == 1 && !gets[0].contains("range:"), "{gets:?}");
    }
}

#[test]
fn a_response_without_what_the_listing_said_is_not_the_object() {
    for size in [10, SIZE] {
        for listed in [
            "<ETag>\"no-md5\"</ETag>",
            "<LastModified>2026-11-21T05:24:11.000Z</LastModified>",
        ] {
            let of_head = if listed.contains("ETag") {
                "ETag: \"no-md5\"\r\n"
            } else {
                TIME
            };
            let service = Service {
                size,
                of_head,
                of_get: "",
                listed,
            };
            let ended = download(&service.start().0).run();
            ended.code(7).stdout("").stderr_has(
                "the response has neither ETag nor Last-Modified, so it is not the object",
            );
            assert_eq!(files(ended.home()), [""; 0], "{listed} {size}");
        }
    }
}

#[test]
fn a_page_that_everything_is_answered_with_is_never_restored() {
    let page = "Content-Type: text/html; charset=utf-8\r\n";
    for size in [10, SIZE] {
        let service = Service {
            size,
            of_head: page,
            of_get: page,
            listed: "",
        };
        let (url, _) = service.start();
        let ended = download(&url).run();
        ended
            .code(7)
            .stderr_has("the response is a web page, not an object");
        assert_eq!(files(ended.home()), [""; 0]);
        let restore = Program::new("s3_restore")
            .env("ENDPOINT_URL", &url)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE12345")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .args([
                "--max-attempts",
                "2",
                "--bucket",
                "photos",
                "-c",
                "x",
                "d/a",
            ]);
        let ended = restore.run();
        ended
            .code(7)
            .stdout("")
            .stderr_has("the response is a web page, not an object");
        assert!(!ended.home().join("x").exists());
    }
}
