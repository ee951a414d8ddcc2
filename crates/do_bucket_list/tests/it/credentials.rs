//! Where credentials may come from, and whom the secrets for fetching them never reach.

use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use testkit::http1::Head;
use testkit::{Endpoint, Program};

use crate::lister;

/// Gives every request this response, and keeps the heads of the requests.
struct Scripted {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn answering(response: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Ok(Some(head)) = Head::read(&mut BufReader::new(&stream)) else {
                    continue;
                };
                let text = String::from_utf8_lossy(&head.to_bytes()).into_owned();
                seen.lock().unwrap().push(text);
                let _gone = (&stream).write_all(response.as_bytes());
            }
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn response(status: &str, header: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\n{header}Content-Length: {length}\r\n\r\n{body}"
    )
}

/// A container service that gives the keys of this endpoint.
fn container(endpoint: &Endpoint) -> Scripted {
    let keys = format!(
        r#"{{"AccessKeyId":"{}","SecretAccessKey":"{}","Token":"","Expiration":"2099-01-01T00:00:00Z"}}"#,
        endpoint.s3().access_key,
        endpoint.s3().secret_key
    );
    Scripted::answering(response("200 OK", "", &keys))
}

fn in_container(endpoint: &Endpoint, host: &str, port: u16) -> Program {
    lister(endpoint)
        .without_env("AWS_ACCESS_KEY_ID")
        .without_env("AWS_SECRET_ACCESS_KEY")
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://{host}:{port}/keys"),
        )
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "s3cret-token")
}

#[test]
fn the_token_of_a_container_never_reaches_a_proxy() {
    let endpoint = Endpoint::local();
    for host in ["127.0.0.1", "localhost"] {
        for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
            let container = container(&endpoint);
            let proxy = Scripted::answering(response("502 Bad Gateway", "", ""));
            in_container(&endpoint, host, container.port)
                .env(variable, format!("http://127.0.0.1:{}", proxy.port))
                .run()
                .success()
                .nowhere("s3cret-token");
            assert_eq!(proxy.heads(), [""; 0], "{variable}, {host}");
            let heads = container.heads();
            assert_eq!(heads.len(), 1, "{heads:?}");
            assert!(heads[0].contains("s3cret-token"), "{heads:?}");
        }
    }
}

#[test]
fn the_token_of_a_container_follows_no_redirect() {
    let endpoint = Endpoint::local();
    let elsewhere = container(&endpoint);
    let location = format!("Location: http://127.0.0.1:{}/keys\r\n", elsewhere.port);
    let container = Scripted::answering(response("307 Temporary Redirect", &location, ""));
    in_container(&endpoint, "127.0.0.1", container.port)
        .run()
        .code(3)
        .stdout("")
        .nowhere("s3cret-token")
        .stderr_has(
            "cannot start: there are no credentials from AWS_CONTAINER_CREDENTIALS_FULL_URI: ",
        );
    assert_eq!(elsewhere.heads(), [""; 0]);
}
