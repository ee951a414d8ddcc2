use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use s3_client::http::{Limits, ProxyRules, Stage, TlsRefusal, Transport, Trust};
use testkit::{Certified, Flaw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::scripted_server::Server;
use crate::{broken, get, text, transport_with};

/// A server with a certificate that nobody knows.
struct TlsServer {
    port: u16,
    certified: Certified,
}

impl TlsServer {
    async fn start(certified_name: &str) -> Self {
        Self::showing(Certified::of(certified_name).unwrap()).await
    }

    async fn flawed(flaw: Flaw) -> Self {
        Self::showing(Certified::flawed("localhost", flaw).unwrap()).await
    }

    async fn showing(certified: Certified) -> Self {
        let acceptor = certified.acceptor();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(mut tls) = acceptor.accept(tcp).await else {
                        return;
                    };
                    let mut buffer = [0; 4096];
                    while tls.read(&mut buffer).await.is_ok_and(|n| n > 0) {
                        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
                        tls.write_all(reply).await.unwrap();
                    }
                });
            }
        });
        Self { port, certified }
    }

    fn trusted(&self) -> Transport {
        let bundle: PathBuf = self.certified.authority().to_owned();
        transport_with(ProxyRules::none(), Trust::new(Some(bundle)))
    }
}

#[tokio::test]
async fn a_certificate_of_an_authority_in_the_bundle_is_accepted() {
    let server = TlsServer::start("localhost").await;
    let transport = server.trusted();
    for _ in 0..2 {
        let url = format!("https://localhost:{}/b/k", server.port);
        let response = get(&transport, &url).await.unwrap();
        assert_eq!(text(response).await, "secret");
    }
}

#[tokio::test]
async fn a_certificate_for_an_ip_address_is_accepted() {
    let server = TlsServer::start("127.0.0.1").await;
    let url = format!("https://127.0.0.1:{}/", server.port);
    let response = get(&server.trusted(), &url).await.unwrap();
    assert_eq!(text(response).await, "secret");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_refused() {
    let server = TlsServer::start("localhost").await;
    let other = TlsServer::start("localhost").await;
    let url = format!("https://localhost:{}/", server.port);
    let (stage, cause) = broken(get(&other.trusted(), &url).await);
    assert_eq!(stage, Stage::Tls(TlsRefusal::Untrusted));
    assert_eq!(
        cause,
        format!(
            "the certificate of localhost:{} is from an authority that is not trusted here",
            server.port
        )
    );
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let server = TlsServer::start("s3.test").await;
    refuses(&server, TlsRefusal::Name, "is for another name").await;
}

/// Asserts that a client that trusts this server's authority refuses it as localhost.
async fn refuses(server: &TlsServer, refusal: TlsRefusal, what: &str) {
    let url = format!("https://localhost:{}/", server.port);
    let (stage, cause) = broken(get(&server.trusted(), &url).await);
    assert_eq!(
        cause,
        format!("the certificate of localhost:{} {what}", server.port)
    );
    assert_eq!(stage, Stage::Tls(refusal));
}

#[tokio::test]
async fn a_server_certificate_that_is_itself_in_the_bundle_is_accepted() {
    for flaw in [Flaw::SelfSignedAuthority, Flaw::SelfSigned] {
        let server = TlsServer::flawed(flaw).await;
        let url = format!("https://localhost:{}/b/k", server.port);
        let response = get(&server.trusted(), &url).await.unwrap();
        assert_eq!(text(response).await, "secret", "{flaw:?}");
    }
}

#[tokio::test]
async fn a_server_certificate_in_the_bundle_is_still_checked_for_name_and_dates() {
    let server = TlsServer::flawed(Flaw::SelfSignedExpired).await;
    let expired = "has expired: it was valid until 2001-02-03T00:00:00Z";
    refuses(&server, TlsRefusal::Dates, expired).await;
    for flaw in [Flaw::SelfSignedAuthority, Flaw::SelfSigned] {
        let certified = Certified::flawed("s3.test", flaw).unwrap();
        let server = TlsServer::showing(certified).await;
        refuses(&server, TlsRefusal::Name, "is for another name").await;
    }
}

#[tokio::test]
async fn a_self_signed_certificate_is_accepted_for_nobody_else() {
    let (server, other) = (
        TlsServer::flawed(Flaw::SelfSignedAuthority).await,
        TlsServer::flawed(Flaw::SelfSignedAuthority).await,
    );
    let url = format!("https://localhost:{}/", server.port);
    let (stage, cause) = broken(get(&other.trusted(), &url).await);
    assert_eq!(stage, Stage::Tls(TlsRefusal::Untrusted));
    assert_eq!(
        cause,
        format!(
            "the certificate of localhost:{} is a CA certificate, as self-signed ones are, and is not \
             trusted here",
            server.port
        )
    );
}

#[tokio::test]
async fn each_flaw_of_a_certificate_has_its_own_sentence() {
    for (flaw, refusal, what) in [
        (
            Flaw::Expired,
            TlsRefusal::Dates,
            "has expired: it was valid until 2001-02-03T00:00:00Z",
        ),
        (
            Flaw::NotYetValid,
            TlsRefusal::Dates,
            "is not valid before 4000-02-03T00:00:00Z",
        ),
        (
            Flaw::Nameless,
            TlsRefusal::Form,
            "has no host name in its subjectAltName",
        ),
        (Flaw::ForClients, TlsRefusal::Form, "is not one for servers"),
    ] {
        refuses(&TlsServer::flawed(flaw).await, refusal, what).await;
    }
}

#[tokio::test]
async fn a_certificate_of_x509_version_1_is_refused_as_such() {
    let certified = Certified::from_pem(VERSION_1, KEY_OF_VERSION_1, VERSION_1).unwrap();
    let server = TlsServer::showing(certified).await;
    let what = "is not of X.509 version 3: its host name cannot be checked";
    refuses(&server, TlsRefusal::Form, what).await;
}

/// As `openssl x509 -req -signkey` makes it for localhost.
const VERSION_1: &str = "-----BEGIN CERTIFICATE-----
MIIBJTCBywIUF+OpDa/Ju+wwC1ZIk/QZacDzRiAwCgYIKoZIzj0EAwIwFDESMBAG
A1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTE4MDk0MVoYDzIxMjYxMDI4MTgwOTQx
WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
AAQm70E0iZW6OW+6AnWmzPtdJptDsw7G6lFWnWeD8g4PtCAlBmbxuu4xrrYUoQP5
mhU8/Y7+a254HiVOiLoUpf6RMAoGCCqGSM49BAMCA0kAMEYCIQCEFpdIRALycNAF
AHyU/Hf+vmYCDVO/G/T+ktcluSUemAIhAN7srB4hKo9Dvr9qHc4S2jVaDJi1WvEi
aGMHgSe7W2uI
-----END CERTIFICATE-----
";
const KEY_OF_VERSION_1: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgp+9dMMNg687R4fYg
8fNlZrOjiwl/hzwUkzOtigmTU9WhRANCAAQm70E0iZW6OW+6AnWmzPtdJptDsw7G
6lFWnWeD8g4PtCAlBmbxuu4xrrYUoQP5mhU8/Y7+a254HiVOiLoUpf6R
-----END PRIVATE KEY-----
";

#[tokio::test]
async fn a_server_that_does_not_speak_tls_is_told_as_such() {
    let server = Server::raw(|mut stream| {
        use std::io::Write;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        std::thread::sleep(Duration::from_millis(300));
    });
    let other = TlsServer::start("localhost").await;
    let trusted = other.trusted();
    let url = format!("https://127.0.0.1:{}/", server.port);
    let (stage, cause) = broken(get(&trusted, &url).await);
    assert_eq!(stage, Stage::Tls(TlsRefusal::NoTls));
    assert_eq!(
        cause,
        format!("127.0.0.1:{} does not speak TLS", server.port)
    );
}

#[tokio::test]
async fn the_connect_limit_covers_a_handshake_that_is_never_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = TlsServer::start("localhost").await;
    let limits = Limits {
        connect: Duration::from_millis(300),
        progress: Duration::from_secs(60),
    };
    let trust = Trust::new(Some(server.certified.authority().to_owned()));
    let transport = Transport::new(limits, ProxyRules::none(), trust.into());
    let began = Instant::now();
    let url = format!("https://127.0.0.1:{port}/");
    let (stage, cause) = broken(get(&transport, &url).await);
    assert_eq!(stage, Stage::Connect);
    assert_eq!(
        cause,
        format!("no connection to 127.0.0.1:{port} within 0.3 s")
    );
    assert!(began.elapsed() < testkit::SOON);
}

#[tokio::test]
async fn a_tunnel_through_a_proxy_carries_tls_end_to_end() {
    let server = TlsServer::start("s3.test").await;
    let proxy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy_port = proxy.local_addr().unwrap().port();
    let target = server.port;
    tokio::spawn(async move {
        let (mut client, _) = proxy.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(client.read_u8().await.unwrap());
        }
        let mut upstream = tokio::net::TcpStream::connect(("127.0.0.1", target))
            .await
            .unwrap();
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
    });
    let address = format!("http://127.0.0.1:{proxy_port}");
    let rules = ProxyRules::new(Some(&address), None, None, None).unwrap();
    let trust = Trust::new(Some(server.certified.authority().to_owned()));
    let transport = transport_with(rules, trust);
    let url = format!("https://s3.test:{target}/b/k");
    let response = get(&transport, &url).await.unwrap();
    assert_eq!(text(response).await, "secret");
}
