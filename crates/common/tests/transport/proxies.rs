use std::io::Write;

use s3_client::Failure;
use s3_client::http::{ProxyRules, Stage, Trust};

use crate::scripted_server::Server;
use crate::{broken, get, text, transport_with};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

fn through(proxy: &Server) -> s3_client::http::Transport {
    let address = format!("http://user:p%40ss@127.0.0.1:{}", proxy.port);
    let rules = ProxyRules::new(Some(&address), Some(&address), None, None).unwrap();
    transport_with(rules, Trust::new(None))
}

#[tokio::test]
async fn plain_requests_reach_the_proxy_whole_and_with_its_password() {
    let proxy = Server::fixed(OK);
    let transport = through(&proxy);
    let response = get(&transport, "http://s3.test:9000/b/a%20b?x=y")
        .await
        .unwrap();
    assert_eq!(text(response).await, "ok");
    let received = &proxy.received()[0];
    assert_eq!(
        received.line(),
        "GET http://s3.test:9000/b/a%20b?x=y HTTP/1.1"
    );
    assert_eq!(received.header("host"), Some("s3.test:9000"));
    // user:p@ss
    assert_eq!(
        received.header("proxy-authorization"),
        Some("Basic dXNlcjpwQHNz")
    );
}

#[tokio::test]
async fn this_machine_is_reached_directly_and_without_the_password() {
    let proxy = Server::fixed(OK);
    let server = Server::fixed(OK);
    let transport = through(&proxy);
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{}/b/k", server.port);
        get(&transport, &url).await.unwrap();
    }
    assert_eq!(proxy.connections(), 0);
    for received in server.received() {
        assert_eq!(received.line(), "GET /b/k HTTP/1.1");
        assert_eq!(received.header("proxy-authorization"), None);
    }
}

#[tokio::test]
async fn encrypted_requests_ask_the_proxy_for_a_tunnel() {
    let proxy = Server::answering(|_, stream| {
        stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            .unwrap();
        false
    });
    let transport = through(&proxy);
    let (stage, cause) = broken(get(&transport, "https://s3.test/b/k").await);
    assert_eq!(stage, Stage::ProxyCredentials);
    assert_eq!(
        cause,
        format!(
            "the proxy 127.0.0.1:{} does not accept the user name and password",
            proxy.port
        )
    );
    let received = &proxy.received()[0];
    assert_eq!(received.line(), "CONNECT s3.test:443 HTTP/1.1");
    assert_eq!(
        received.header("proxy-authorization"),
        Some("Basic dXNlcjpwQHNz")
    );
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let address = format!("http://user:s3cret@127.0.0.1:{port}");
    for url in ["http://s3.test/", "https://s3.test/"] {
        let rules = ProxyRules::new(None, None, Some(&address), None).unwrap();
        let transport = transport_with(rules, Trust::new(None));
        let (stage, cause) = broken(get(&transport, url).await);
        assert_eq!(stage, Stage::Proxy);
        assert_eq!(
            cause,
            format!("proxy: connection refused by 127.0.0.1:{port}")
        );
    }
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_named_whatever_page_it_sends() {
    let page = "<html><body>Cache Access Denied</body></html>";
    let proxy = Server::fixed(format!(
        "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"squid\"\r\n\
         Content-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    ));
    let address = format!("http://127.0.0.1:{}", proxy.port);
    for url in ["http://s3.test/", "https://s3.test/"] {
        let rules = ProxyRules::new(Some(&address), Some(&address), None, None).unwrap();
        let transport = transport_with(rules, Trust::new(None));
        let failure = get(&transport, url).await.unwrap_err();
        assert!(!Failure::from(failure.clone()).retryable());
        let (stage, cause) = broken::<()>(Err(failure));
        assert_eq!(stage, Stage::ProxyCredentials);
        assert_eq!(
            cause,
            format!(
                "the proxy 127.0.0.1:{} wants a user name and password",
                proxy.port
            )
        );
    }
    assert_eq!(proxy.received().len(), 2);
}
