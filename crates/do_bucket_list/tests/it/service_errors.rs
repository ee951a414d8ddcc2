//! What the settings or the service say no to, word by word.

use std::net::TcpListener;

use testkit::{Certified, Endpoint, Flaw, Program, SOON, TlsFront};

use crate::lister;

#[test]
fn a_wrong_secret_and_an_unknown_key_are_exit_5() {
    let endpoint = Endpoint::local();
    lister(&endpoint)
        .env("AWS_SECRET_ACCESS_KEY", "oh-so-secret")
        .run()
        .code(5)
        .stdout("")
        .nowhere("oh-so-secret")
        .told(
            "do_bucket_list: cannot list the buckets: the secret does not belong to key …y-id \
             (SignatureDoesNotMatch, HTTP 403, request ID)\n\
             hint: check AWS_SECRET_ACCESS_KEY, or the secret in the profile\n",
        );
    lister(&endpoint)
        .env("AWS_ACCESS_KEY_ID", "AKIDNOBODYKNOWS99")
        .run()
        .code(5)
        .stdout("")
        .told(&format!(
            "do_bucket_list: cannot list the buckets: the service does not know key …WS99 \
             (InvalidAccessKeyId, HTTP 403, request ID)\n\
             hint: check AWS_ACCESS_KEY_ID, and that the key is one for {}\n",
            endpoint.url()
        ));
}

#[test]
fn a_missing_bucket_is_exit_4() {
    lister(&Endpoint::local()).arg("not-mine").run().code(4).stdout("").told(
        "do_bucket_list: cannot list s3://not-mine/: there is no such bucket in region us-east-1 (NoSuchBucket, HTTP \
         404, request ID)\n\
         hint: run do_bucket_list to see your buckets; a bucket in another region needs REGION_NAME\n",
    );
}

#[test]
fn buckets_cannot_be_listed_at_the_address_of_one() {
    lister(&Endpoint::local())
        .env("ENDPOINT_URL", "https://my-bucket.sfo3.digitaloceanspaces.com")
        .run()
        .code(3)
        .stdout("")
        .stderr(
            "do_bucket_list: cannot start: ENDPOINT_URL is https://my-bucket.sfo3.digitaloceanspaces.com, the address \
             of the bucket my-bucket, where buckets cannot be listed\n\
             hint: export ENDPOINT_URL=https://sfo3.digitaloceanspaces.com\n",
        );
}

#[test]
fn an_unknown_authority_is_exit_3() {
    let endpoint = Endpoint::local();
    let (front, other) = (TlsFront::of(&endpoint), TlsFront::of(&endpoint));
    lister(&endpoint)
        .env("ENDPOINT_URL", front.url())
        .env("AWS_CA_BUNDLE", other.authority())
        .run()
        .code(3)
        .stdout("")
        .stderr(&format!(
            "do_bucket_list: cannot list the buckets: the certificate of {} is from an authority that is not trusted \
             here\n\
             hint: if the service uses a certificate authority of its own, name its file in AWS_CA_BUNDLE or \
             --ca-bundle\n",
            front.url().trim_start_matches("https://")
        ));
}

#[test]
fn a_self_signed_certificate_needs_nothing_but_itself_as_bundle() {
    let endpoint = Endpoint::local();
    let certified = Certified::flawed("localhost", Flaw::SelfSignedAuthority);
    let front = TlsFront::showing(certified, &endpoint);
    let lister = lister(&endpoint).env("ENDPOINT_URL", front.url());
    lister
        .clone()
        .arg("--ca-bundle")
        .arg(front.authority())
        .run()
        .success();
    let other = TlsFront::of(&endpoint);
    lister
        .env("SSL_CERT_FILE", other.authority())
        .run()
        .code(3)
        .stdout("")
        .stderr(&format!(
            "do_bucket_list: cannot list the buckets: the certificate of {} is a CA certificate, as self-signed ones \
             are, and is not trusted here\n\
             hint: if the service uses a certificate authority of its own, name its file in AWS_CA_BUNDLE or \
             --ca-bundle\n",
            front.url().trim_start_matches("https://")
        ));
}

#[test]
fn an_expired_certificate_is_exit_3_and_no_question_of_authorities() {
    let endpoint = Endpoint::local();
    let front = TlsFront::showing(Certified::flawed("localhost", Flaw::Expired), &endpoint);
    lister(&endpoint)
        .env("ENDPOINT_URL", front.url())
        .env("AWS_CA_BUNDLE", front.authority())
        .run()
        .code(3)
        .stdout("")
        .stderr(&format!(
            "do_bucket_list: cannot list the buckets: the certificate of {} has expired: it was valid until \
             2001-02-03T00:00:00Z\n\
             hint: compare the date with the clock of this machine; if the clock is right, the service needs a new \
             certificate\n",
            front.url().trim_start_matches("https://")
        ));
}

#[test]
fn https_on_a_port_of_http_is_told_how_to_be_written() {
    let endpoint = Endpoint::local();
    let trusted = TlsFront::of(&endpoint);
    let address = endpoint.url().trim_start_matches("http://");
    lister(&endpoint)
        .env("ENDPOINT_URL", format!("https://{address}"))
        .env("AWS_CA_BUNDLE", trusted.authority())
        .run()
        .code(3)
        .stdout("")
        .stderr(&format!(
            "do_bucket_list: cannot list the buckets: {address} does not speak TLS\n\
             hint: if the service there uses no TLS, write http://{address}\n"
        ));
}

#[test]
fn without_credentials_nothing_is_sent_anywhere() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let bare = |name| {
        let program = Program::new("do_bucket_list").env(name, &address);
        program.without_env("PATH").without_env("HOME").run()
    };
    for name in ["ENDPOINT_URL", "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
        let ended = bare(name);
        ended
            .code(3)
            .stdout("")
            .stderr_has("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
        assert!(ended.elapsed() < SOON, "{ended:?}");
        assert!(listener.accept().is_err(), "something came, with {name}");
    }
}
