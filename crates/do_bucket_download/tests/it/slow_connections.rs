//! A line that carries more than one connection does.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use testkit::Endpoint;
use testkit::tree::noise;

use crate::{downloader, object_gets};

/// Each connection carries so many bytes, and pauses for so long.
const CHUNK_BYTES: usize = 32 * 1024;
const PAUSE: Duration = Duration::from_millis(20);

fn copy(mut from: TcpStream, mut to: TcpStream, pause: Duration) {
    let mut buffer = vec![0; CHUNK_BYTES];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        thread::sleep(pause);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// The address of a forwarder to the server, on which each connection is slow.
fn slow_line(server: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let far = TcpStream::connect(&server).unwrap();
            let (near_out, far_out) = (near.try_clone().unwrap(), far.try_clone().unwrap());
            thread::spawn(move || copy(near, far_out, Duration::ZERO));
            thread::spawn(move || copy(far, near_out, PAUSE));
        }
    });
    address
}

#[test]
fn the_rest_of_an_object_that_takes_long_comes_over_several_connections() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let content = noise(24 << 20, 3);
    endpoint.s3().put(&bucket, "large", &content);
    endpoint.s3().put(&bucket, "small", &content[..2 << 20]);
    let server = endpoint.url().trim_start_matches("http://").to_owned();
    let program = downloader(&endpoint).env("ENDPOINT_URL", slow_line(server));
    for (key, one_get) in [("large", false), ("small", true)] {
        endpoint.server().clear_requests();
        let copied = program
            .clone()
            .args([&format!("s3://{bucket}/{key}"), "out/"])
            .run();
        copied.success();
        assert_eq!(object_gets(&endpoint) == 1, one_get, "{key}");
    }
    let copied = std::fs::read(program.home().join("out/large")).unwrap();
    assert!(copied == content);
}
