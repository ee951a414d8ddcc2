//! What the proxy lets through unharmed.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testkit::faults::{Action, Canned, Fault, FaultProxy, Operation, Plan};
use testkit::tree::noise;

use crate::remembering_server::{Client, LISTING, Origin, ask};

#[test]
fn requests_and_answers_pass_unchanged_on_one_connection() {
    let origin = Origin::start();
    let proxy = FaultProxy::start(&origin.url(), Plan::new(1)).unwrap();
    let mut client = Client::connect(&proxy.endpoint());
    client.send(
        "PUT",
        "/b/a%20b",
        &[("X-Amz-Meta-Odd", "  two  spaces ")],
        b"hello",
    );
    assert_eq!(client.read("PUT").status(), 200);
    client.send("GET", "/b/a%20b", &[], b"");
    assert_eq!(client.read("GET").body, b"hello");
    client.send("HEAD", "/b/a%20b", &[], b"");
    let head = client.read("HEAD");
    assert_eq!((head.status(), head.body.len()), (200, 0));
    client.send("GET", "/b/gone", &[("X-Chunked", "1")], b"");
    assert_eq!(client.read("GET").status(), 404);
    client.send("GET", "/b?list-type=2", &[("X-Chunked", "1")], b"");
    assert_eq!(client.read("GET").body, LISTING.as_bytes());

    let arrived = origin.requests();
    let host = proxy.endpoint().replace("http://", "");
    assert_eq!(arrived[0].start(), "PUT /b/a%20b HTTP/1.1");
    assert_eq!(
        arrived[0].header("host"),
        Some(host),
        "a signature covers the host"
    );
    assert!(
        arrived[0]
            .to_bytes()
            .windows(32)
            .any(|w| w == b"X-Amz-Meta-Odd:   two  spaces \r\n")
    );
    let seen: Vec<(String, Option<u16>)> = proxy
        .requests()
        .into_iter()
        .map(|seen| {
            (
                format!(
                    "{} {}?{}",
                    seen.request.method, seen.request.path, seen.request.query
                ),
                seen.status,
            )
        })
        .collect();
    assert_eq!(seen[0], ("PUT /b/a%20b?".into(), Some(200)));
    assert_eq!(seen[3], ("GET /b/gone?".into(), Some(404)));
    assert_eq!(seen[4], ("GET /b?list-type=2".into(), Some(200)));
    assert!(proxy.all_hits().is_empty());
}

#[test]
fn an_object_of_200_mib_goes_through_both_ways() {
    let origin = Origin::start();
    let proxy = FaultProxy::start(&origin.url(), Plan::new(1)).unwrap();
    let large = noise(200 << 20, 7);
    let started = Instant::now();
    assert_eq!(
        ask(&proxy.endpoint(), "PUT", "/b/large", &[], &large).status(),
        200
    );
    assert!(origin.stored("/b/large").unwrap() == large);
    assert!(ask(&proxy.endpoint(), "GET", "/b/large", &[], b"").body == large);
    assert!(
        started.elapsed() < Duration::from_secs(60),
        "took {:?}",
        started.elapsed()
    );
}

#[test]
fn a_client_that_expects_100_continue_gets_it() {
    let origin = Origin::start();
    let proxy = FaultProxy::start(&origin.url(), Plan::new(1)).unwrap();
    let mut client = Client::connect(&proxy.endpoint());
    let stream = client.reader.get_mut();
    stream
        .write_all(
            b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
        )
        .unwrap();
    assert_eq!(client.read("HEAD").status(), 100);
    client.reader.get_mut().write_all(b"ok").unwrap();
    assert_eq!(client.read("PUT").status(), 200);
    assert_eq!(origin.stored("/b/k").unwrap(), b"ok");
    assert_eq!(origin.requests()[0].header("expect"), None);
}

#[test]
fn chunked_uploads_pass() {
    let origin = Origin::start();
    let proxy = FaultProxy::start(&origin.url(), Plan::new(1)).unwrap();
    let mut client = Client::connect(&proxy.endpoint());
    let stream = client.reader.get_mut();
    stream.write_all(b"PUT /b/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n").unwrap();
    assert_eq!(client.read("PUT").status(), 200);
    assert_eq!(origin.stored("/b/k").unwrap(), b"abcde");
}

#[test]
fn a_path_in_the_endpoint_is_kept() {
    let origin = Origin::start();
    origin.put("/s3/b/k", b"x");
    let plan = Plan::new(1).rate(Fault::FlippedDown, 100.0);
    let proxy = FaultProxy::start(&format!("{}/s3/", origin.url()), plan).unwrap();
    assert!(proxy.endpoint().ends_with("/s3"));
    assert_eq!(
        ask(
            &proxy.endpoint().replace("/s3", ""),
            "GET",
            "/s3/b/k",
            &[],
            b""
        )
        .status(),
        200
    );
    assert_eq!(proxy.requests()[0].request.operation, Operation::Download);
    assert_eq!(proxy.hits(Fault::FlippedDown), 1);
}

#[test]
fn a_script_answers_in_the_servers_place_and_puts_faults_where_the_plan_would_not() {
    let origin = Origin::start();
    let plan = Plan::new(1).script(|request, before| match (request.method.as_str(), before) {
        ("HEAD", 0) => Some(Action::Respond(
            Canned::new(307, "").header("location", "http://elsewhere.example/"),
        )),
        ("HEAD", _) => Some(Action::Pass),
        ("POST", _) => Some(Action::Fault(Fault::LostResponse)),
        _ => None,
    });
    let proxy = FaultProxy::start(&origin.url(), plan).unwrap();
    let redirect = ask(&proxy.endpoint(), "HEAD", "/b/k", &[], b"");
    assert_eq!(redirect.status(), 307);
    assert_eq!(
        redirect.head.unwrap().header("location").unwrap(),
        "http://elsewhere.example/"
    );
    assert!(origin.requests().is_empty());
    assert_eq!(
        ask(&proxy.endpoint(), "HEAD", "/b/k", &[], b"").status(),
        404
    );
    let lost = ask(&proxy.endpoint(), "POST", "/b/k?uploadId=1", &[], b"<x/>");
    assert!(lost.head.is_none());
    assert_eq!(origin.requests().len(), 2);
    assert_eq!(proxy.hits(Fault::LostResponse), 1);
}

#[test]
fn the_same_seed_puts_the_same_faults_on_the_same_requests_in_any_order() {
    let origin = Origin::start();
    let hits = |seed, backwards: bool| {
        let proxy =
            FaultProxy::start(&origin.url(), Plan::new(seed).rate(Fault::SlowDown, 30.0)).unwrap();
        let mut numbers: Vec<u32> = (0..200).collect();
        if backwards {
            numbers.reverse();
        }
        for number in numbers {
            ask(&proxy.endpoint(), "HEAD", &format!("/b/{number}"), &[], b"");
        }
        let seen = proxy
            .requests()
            .into_iter()
            .filter(|seen| seen.fault.is_some());
        let mut paths: Vec<String> = seen.map(|seen| seen.request.path).collect();
        paths.sort();
        assert_eq!(paths.len() as u64, proxy.hits(Fault::SlowDown));
        paths
    };
    let first = hits(7, false);
    assert!((40..80).contains(&first.len()), "{} of 200", first.len());
    assert_eq!(first, hits(7, true));
    assert_ne!(first, hits(8, false));
}

#[test]
fn a_request_that_met_its_share_of_faults_gets_through() {
    let origin = Origin::start();
    let plan = Plan::new(1)
        .rate(Fault::InternalError, 100.0)
        .most_per_target(2);
    let proxy = FaultProxy::start(&origin.url(), plan).unwrap();
    let statuses: Vec<u16> = (0..4)
        .map(|_| ask(&proxy.endpoint(), "HEAD", "/b/k", &[], b"").status())
        .collect();
    assert_eq!(statuses, [500, 500, 404, 404]);
    assert_eq!(
        ask(&proxy.endpoint(), "HEAD", "/b/other", &[], b"").status(),
        500
    );
}

#[test]
fn dropping_the_proxy_ends_connections_that_are_held() {
    let origin = Origin::start();
    origin.put("/b/k", b"0123456789");
    let proxy = FaultProxy::start(&origin.url(), Plan::new(1).rate(Fault::Stall, 100.0)).unwrap();
    let url = proxy.endpoint();
    let ended = Arc::new(AtomicBool::new(false));
    let client = thread::spawn({
        let ended = Arc::clone(&ended);
        move || {
            let seen = ask(&url, "GET", "/b/k", &[], b"");
            ended.store(true, Ordering::SeqCst);
            seen
        }
    });
    thread::sleep(Duration::from_millis(500));
    assert!(!ended.load(Ordering::SeqCst));
    drop(proxy);
    assert!(client.join().unwrap().error.is_some());
}

#[test]
fn an_endpoint_that_is_not_plain_http_is_refused() {
    let refused = FaultProxy::start("https://s3.example", Plan::new(1));
    let error = refused.err().unwrap();
    assert_eq!(
        error.to_string(),
        "https://s3.example: the fault proxy speaks plain http only"
    );
}
