//! Addresses that no test server has by itself: those of buckets, of services with an authority of their own, and one
//! that never answers.

use std::net::TcpListener;

use testkit::tree::{assert_same, write};
use testkit::{Endpoint, Program, TlsFront, Tunnel};

/// A network whose proxy leads all names to one server, which has a certificate for this one.
struct Network {
    front: TlsFront,
    proxy: Tunnel,
}

impl Network {
    fn of(endpoint: &Endpoint, name: &str) -> Self {
        let front = TlsFront::named(endpoint, name);
        let proxy = Tunnel::to(front.port());
        Self { front, proxy }
    }

    fn program(&self, endpoint: &Endpoint, name: &str) -> Program {
        Program::new(name)
            .on(endpoint)
            .env("HTTPS_PROXY", self.proxy.url("user", "password"))
            .env("AWS_CA_BUNDLE", self.front.authority())
    }
}

/// The hosts that were asked, each once.
fn hosts(endpoint: &Endpoint) -> Vec<String> {
    let requests = endpoint.server().requests();
    let mut hosts: Vec<String> = requests
        .iter()
        .map(|seen| seen.headers["host"].to_str().unwrap().to_owned())
        .collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

#[test]
fn files_go_up_and_come_back_through_the_address_that_a_control_panel_shows() {
    let endpoint = Endpoint::local();
    endpoint.server().store().create_bucket("my-bucket");
    let address = "https://my-bucket.sfo3.digitaloceanspaces.com";
    let network = Network::of(&endpoint, "*.sfo3.digitaloceanspaces.com");
    let program = |name: &str| {
        network
            .program(&endpoint, name)
            .env("ENDPOINT_URL", address)
    };
    let remark = format!(
        "ENDPOINT_URL is {address}, the address of the bucket my-bucket; the endpoint without it is \
         https://sfo3.digitaloceanspaces.com\n"
    );
    let here = tempfile::tempdir().unwrap();
    for name in ["a b+c%d/\u{e9}", "plain"] {
        write(here.path(), name, name);
    }
    let place = "s3://my-bucket/www";
    let uploaded = program("do_bucket_upload").arg(here.path()).arg(place);
    uploaded.run().success().stderr_has(&remark);
    assert_eq!(
        endpoint.server().store().keys("my-bucket"),
        ["www/a b+c%d/\u{e9}", "www/plain"]
    );
    let there = tempfile::tempdir().unwrap();
    let downloaded = program("do_bucket_download").arg(place).arg(there.path());
    downloaded.run().success().stderr_has(&remark);
    assert_same(here.path(), there.path());
    let listed = program("do_bucket_list").args(["-r", place]).run();
    listed.success().stdout_has("www/plain\n");
    assert_eq!(hosts(&endpoint), ["my-bucket.sfo3.digitaloceanspaces.com"]);
}

#[test]
fn a_bucket_is_named_in_the_host_where_that_is_asked_for() {
    let endpoint = Endpoint::local();
    endpoint.server().store().put("my-bucket", "key", "x");
    // A certificate for one label more or less would not be accepted.
    for (style, certified, host) in [
        (
            "path",
            "*.digitaloceanspaces.com",
            "sfo3.digitaloceanspaces.com",
        ),
        (
            "virtual",
            "*.sfo3.digitaloceanspaces.com",
            "my-bucket.sfo3.digitaloceanspaces.com",
        ),
    ] {
        endpoint.server().clear_requests();
        Network::of(&endpoint, certified)
            .program(&endpoint, "do_bucket_list")
            .env("ENDPOINT_URL", "https://sfo3.digitaloceanspaces.com")
            .args(["--addressing-style", style, "my-bucket"])
            .run()
            .success()
            .stdout_has("key\n");
        assert_eq!(hosts(&endpoint), [host]);
    }
}

#[test]
fn authorities_of_ssl_cert_file_are_trusted() {
    let endpoint = Endpoint::local();
    endpoint.server().store().put("photos", "key", "x");
    let front = TlsFront::of(&endpoint);
    let program = Program::new("do_bucket_list")
        .on(&endpoint)
        .env("ENDPOINT_URL", front.url())
        .arg("photos");
    program.clone().run().code(3).stderr_has("not trusted");
    program
        .env("SSL_CERT_FILE", front.authority())
        .run()
        .success()
        .stdout_has("key\n");
}

#[test]
fn an_address_that_never_answers_is_given_up_after_the_connect_timeout() {
    // It accepts connections, and says nothing in TLS.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::local();
    Program::new("do_bucket_list")
        .on(&endpoint)
        .env("ENDPOINT_URL", format!("https://{address}"))
        .args(["--connect-timeout", "100ms", "photos"])
        .run()
        .code(7)
        .stdout("")
        .stderr_has(&format!(
            "cannot list s3://photos/: no connection to {address} within 0.1 s\n"
        ));
}
