//! Each fault does what its name says, to the requests it is for and to no others.

use std::io::ErrorKind;
use std::time::Duration;

use testkit::faults::{Fault, FaultProxy, Plan};
use testkit::tree::noise;

use crate::remembering_server::{Client, LISTING, Origin, Outcome, ask};

/// One object, one proxy that always does one thing.
struct Bad {
    origin: Origin,
    proxy: FaultProxy,
    object: Vec<u8>,
}

impl Bad {
    fn always(fault: Fault) -> Self {
        let (origin, object) = (Origin::start(), noise(100_000, 3));
        origin.put("/b/k", &object);
        origin.put("/b/empty", b"");
        let proxy = FaultProxy::start(&origin.url(), Plan::new(5).rate(fault, 100.0)).unwrap();
        Self {
            origin,
            proxy,
            object,
        }
    }

    fn ask(&self, method: &str, target: &str, body: &[u8]) -> Outcome {
        ask(&self.proxy.endpoint(), method, target, &[], body)
    }

    fn get(&self) -> Outcome {
        self.ask("GET", "/b/k", b"")
    }
}

/// The bits that differ between two bodies of one length.
fn wrong_bits(a: &[u8], b: &[u8]) -> u32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum()
}

#[test]
fn slow_down_and_internal_error_are_s3_errors_to_any_request() {
    for (fault, status, code) in [
        (Fault::SlowDown, 503, "SlowDown"),
        (Fault::InternalError, 500, "InternalError"),
    ] {
        let bad = Bad::always(fault);
        for method in ["GET", "DELETE", "HEAD"] {
            let response = bad.ask(method, "/b/k", b"");
            assert_eq!(response.status(), status);
            let text = String::from_utf8(response.body).unwrap();
            assert_eq!(
                text.contains(&format!("<Code>{code}</Code>")),
                method != "HEAD",
                "{text}"
            );
        }
        let puts: Vec<Outcome> = (0..20)
            .map(|n| bad.ask("PUT", &format!("/b/{n}"), b"body"))
            .collect();
        assert!(puts.iter().all(|put| put.status() == status));
        let early = |put: &Outcome| put.head.as_ref().unwrap().closes();
        let count = puts.iter().filter(|put| early(put)).count();
        assert!(
            (3..18).contains(&count),
            "half of the uploads are refused before their body: {count} of 20"
        );
        assert!(bad.origin.requests().is_empty());
        assert_eq!(bad.proxy.hits(fault), 23);
    }
}

#[test]
fn a_reset_is_a_reset_before_the_response_or_within_it() {
    let bad = Bad::always(Fault::Reset);
    let mut within = 0;
    for _ in 0..20 {
        let response = bad.get();
        assert_eq!(response.error, Some(ErrorKind::ConnectionReset));
        assert!(response.body.len() < bad.object.len());
        within += u32::from(response.head.is_some());
    }
    assert!(
        (3..18).contains(&within),
        "{within} of 20 within the response"
    );
    assert_eq!(
        bad.ask("DELETE", "/b/k", b"").error,
        Some(ErrorKind::ConnectionReset)
    );
    assert_eq!(bad.proxy.hits(Fault::Reset), 21);
}

#[test]
fn a_truncated_download_keeps_its_content_length() {
    let bad = Bad::always(Fault::Truncated);
    let response = bad.get();
    assert_eq!(response.error, Some(ErrorKind::UnexpectedEof));
    assert_eq!(
        response
            .head
            .as_ref()
            .unwrap()
            .header("content-length")
            .unwrap(),
        "100000"
    );
    assert!(response.body.len() > 20_000 && response.body.len() < 80_000);
    assert!(bad.object.starts_with(&response.body));
    assert_eq!(bad.proxy.hits(Fault::Truncated), 1);
}

#[test]
fn an_unframed_truncated_download_ends_as_if_it_were_whole() {
    let bad = Bad::always(Fault::TruncatedUnframed);
    let response = bad.get();
    assert_eq!(response.error, None);
    assert_eq!(
        response.head.as_ref().unwrap().header("content-length"),
        None
    );
    assert!(response.body.len() > 20_000 && response.body.len() < 80_000);
    assert_eq!(bad.proxy.hits(Fault::TruncatedUnframed), 1);
}

#[test]
fn one_bit_of_a_download_is_flipped_and_nothing_else() {
    let bad = Bad::always(Fault::FlippedDown);
    assert_eq!(wrong_bits(&bad.get().body, &bad.object), 1);
    let chunked = ask(
        &bad.proxy.endpoint(),
        "GET",
        "/b/k",
        &[("x-chunked", "1")],
        b"",
    );
    assert_eq!(wrong_bits(&chunked.body, &bad.object), 1);
    assert_eq!(bad.proxy.hits(Fault::FlippedDown), 2);
}

#[test]
fn one_bit_of_an_upload_is_flipped_and_nothing_else() {
    let bad = Bad::always(Fault::FlippedUp);
    assert_eq!(bad.ask("PUT", "/b/up", &bad.object).status(), 200);
    assert_eq!(
        wrong_bits(&bad.origin.stored("/b/up").unwrap(), &bad.object),
        1
    );
    bad.ask("PUT", "/b/up?partNumber=1&uploadId=x", &bad.object);
    assert_eq!(
        wrong_bits(
            &bad.origin.stored("/b/up?partNumber=1&uploadId=x").unwrap(),
            &bad.object
        ),
        1
    );
    assert_eq!(bad.get().body, bad.object);
    assert_eq!(bad.proxy.hits(Fault::FlippedUp), 2);
}

#[test]
fn an_error_in_complete_is_a_200_that_did_nothing() {
    let bad = Bad::always(Fault::ErrorInComplete);
    let response = bad.ask("POST", "/b/k?uploadId=1", b"<CompleteMultipartUpload/>");
    assert_eq!(response.status(), 200);
    assert!(
        String::from_utf8(response.body)
            .unwrap()
            .contains("<Error><Code>InternalError</Code>")
    );
    assert!(bad.origin.requests().is_empty());
    assert_eq!(
        bad.ask("POST", "/b/k?uploads", b"").body,
        b"<CompleteMultipartUploadResult/>"
    );
    assert_eq!(bad.proxy.hits(Fault::ErrorInComplete), 1);
}

#[test]
fn html_comes_instead_of_a_listing() {
    let bad = Bad::always(Fault::HtmlListing);
    for target in [
        "/b?list-type=2&prefix=x",
        "/b/?marker=a",
        "/b",
        "/",
        "/b?uploads",
    ] {
        let response = bad.ask("GET", target, b"");
        assert_eq!(response.status(), 200);
        assert!(response.body.starts_with(b"<!DOCTYPE html>"));
    }
    assert_eq!(bad.get().body, bad.object);
    assert_eq!(bad.ask("GET", "/b?location", b"").body, LISTING.as_bytes());
    assert_eq!(bad.proxy.hits(Fault::HtmlListing), 5);
}

#[test]
fn a_cut_listing_is_half_a_document_under_a_matching_length() {
    let bad = Bad::always(Fault::CutListing);
    for headers in [&[][..], &[("x-chunked", "1")][..]] {
        let response = ask(&bad.proxy.endpoint(), "GET", "/b?list-type=2", headers, b"");
        assert_eq!(response.error, None);
        assert_eq!(response.body, &LISTING.as_bytes()[..LISTING.len() / 2]);
    }
    assert_eq!(bad.proxy.hits(Fault::CutListing), 2);
}

#[test]
fn a_stalled_download_holds_the_connection_in_the_middle() {
    let bad = Bad::always(Fault::Stall);
    let mut client = Client::connect(&bad.proxy.endpoint());
    client
        .reader
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(700)))
        .unwrap();
    client.send("GET", "/b/k", &[], b"");
    let response = client.read("GET");
    assert_eq!(
        response.error,
        Some(ErrorKind::WouldBlock),
        "open, without a byte"
    );
    assert!(response.body.len() > 20_000 && response.body.len() < 80_000);
    assert_eq!(bad.proxy.hits(Fault::Stall), 1);
}

#[test]
fn a_stalled_upload_gets_no_response_and_is_not_stored() {
    let bad = Bad::always(Fault::Stall);
    let mut client = Client::connect(&bad.proxy.endpoint());
    client
        .reader
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(700)))
        .unwrap();
    client.send("PUT", "/b/up", &[], b"0123456789");
    let response = client.read("PUT");
    assert_eq!(
        response.error,
        Some(ErrorKind::WouldBlock),
        "open, without a byte"
    );
    assert_eq!(bad.origin.stored("/b/up"), None);
    assert_eq!(bad.proxy.hits(Fault::Stall), 1);
}

#[test]
fn a_lost_response_leaves_the_object_stored() {
    let bad = Bad::always(Fault::LostResponse);
    for number in 0..10 {
        let response = bad.ask("PUT", &format!("/b/{number}"), b"stored");
        assert!(response.head.is_none());
        assert_eq!(
            bad.origin.stored(&format!("/b/{number}")).unwrap(),
            b"stored"
        );
    }
    assert_eq!(bad.proxy.hits(Fault::LostResponse), 10);
    assert!(
        bad.proxy
            .requests()
            .iter()
            .all(|seen| seen.status.is_none())
    );
}

#[test]
fn what_cannot_be_spoiled_passes_and_is_not_counted() {
    for fault in [
        Fault::Truncated,
        Fault::TruncatedUnframed,
        Fault::FlippedDown,
        Fault::Stall,
    ] {
        let bad = Bad::always(fault);
        assert_eq!(bad.ask("GET", "/b/empty", b"").status(), 200);
        assert_eq!(bad.ask("GET", "/b/gone", b"").status(), 404);
        assert_eq!(bad.ask("PUT", "/b/empty", b"").status(), 200);
        assert_eq!(bad.proxy.hits(fault), 0, "{fault:?}");
    }
}

#[test]
fn copies_and_settings_are_not_taken_for_data() {
    let bad = Bad::always(Fault::LostResponse);
    let copy = ask(
        &bad.proxy.endpoint(),
        "PUT",
        "/b/copy",
        &[("x-amz-copy-source", "/b/k")],
        b"",
    );
    assert_eq!(copy.status(), 200);
    assert_eq!(bad.ask("PUT", "/b/k?tagging", b"<x/>").status(), 200);
    assert_eq!(bad.ask("PUT", "/b", b"").status(), 200);
    assert_eq!(bad.proxy.hits(Fault::LostResponse), 0);
}
