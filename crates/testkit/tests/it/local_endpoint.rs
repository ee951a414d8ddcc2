//! What only a server in this process can be asked.

use testkit::faults::{Fault, Plan};
use testkit::{Endpoint, S3};

#[test]
fn a_wrong_secret_and_a_flipped_upload_are_refused() {
    let endpoint = Endpoint::local();
    let bucket = endpoint.new_bucket();
    let stranger = S3 {
        secret_key: "guessed".into(),
        ..endpoint.s3().clone()
    };
    let response = stranger
        .send("GET", &format!("/{bucket}"), &[], &[], b"")
        .unwrap();
    assert!(
        response.status == 403 && response.text().contains("SignatureDoesNotMatch"),
        "{}",
        response.text()
    );

    let proxy = endpoint.behind(Plan::new(1).rate(Fault::FlippedUp, 100.0));
    let through = S3 {
        endpoint: proxy.endpoint(),
        ..endpoint.s3().clone()
    };
    let response = through
        .send("PUT", &format!("/{bucket}/k"), &[], &[], b"content")
        .unwrap();
    assert!(
        response.status == 400 && response.text().contains("XAmzContentSHA256Mismatch"),
        "{}",
        response.text()
    );
    assert!(endpoint.s3().keys(&bucket, "").is_empty());
}

#[test]
fn what_a_user_exports_names_the_server_or_the_proxy() {
    let endpoint = Endpoint::local();
    let proxy = endpoint.behind(Plan::new(1));
    let url = |settings: Vec<(String, String)>| {
        settings
            .into_iter()
            .find(|(name, _)| name == "ENDPOINT_URL")
            .unwrap()
            .1
    };
    assert_eq!(url(endpoint.settings()), endpoint.server().endpoint());
    assert_eq!(url(endpoint.settings_through(&proxy)), proxy.endpoint());
}
