//! A small blocking S3 client with its own signatures. It shares no code with the programs, so it can check what they
//! did. Only plain http and path-style addresses.

mod sign;

use std::io::{self, BufReader, Write as _};
use std::net::TcpStream;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use self::sign::{Signer, decoded, encoded};
use crate::http1::Head;

/// An endpoint and credentials for it.
#[derive(Clone, Debug)]
pub struct S3 {
    /// `http://host:port`, with a path or without.
    pub endpoint: String,
    /// The region of signatures.
    pub region: String,
    /// The access key id.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The texts of all elements of this name.
    pub fn elements(&self, name: &str) -> Vec<String> {
        elements(&self.text(), name)
    }

    /// Asserts 2xx.
    ///
    /// # Panics
    /// If the status is another. The message contains the whole response.
    #[track_caller]
    pub fn ok(self) -> Self {
        let is_success = (200..300).contains(&self.status);
        assert!(
            is_success,
            "HTTP {} {:?}\n{}",
            self.status,
            self.headers,
            self.text()
        );
        self
    }
}

impl S3 {
    /// Sends one signed request on a new connection. `path` is `/bucket/key`, not encoded.
    ///
    /// # Errors
    /// If there is no complete response.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let query: Vec<String> = query
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let path = encoded(path).replace("%2F", "/");
        let target = format!("{path}?{}", query.join("&"));
        self.send_to(method, &target, headers, body)
    }

    /// The same with an encoded path and query: `/bucket/a%20b?uploads`.
    ///
    /// # Errors
    /// If there is no complete response.
    pub fn send_to(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let rest = self.endpoint.trim_start_matches("http://");
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = match prefix.trim_end_matches('/') {
            "" => path.to_owned(),
            prefix => format!("/{prefix}{path}"),
        };
        let mut query: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| match pair.contains('=') {
                true => pair.to_owned(),
                false => format!("{pair}="),
            })
            .collect();
        query.sort();
        let query = query.join("&");

        let payload = hex::encode(Sha256::digest(body));
        let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut signed: Vec<(String, String)> = vec![
            ("host".into(), host.into()),
            ("x-amz-content-sha256".into(), payload.clone()),
            ("x-amz-date".into(), time.clone()),
        ];
        signed.extend(
            headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned())),
        );
        signed.sort();

        let start = format!(
            "{method} {path}{}{query} HTTP/1.1",
            if query.is_empty() { "" } else { "?" }
        );
        let mut head = Head::new(&start);
        for (name, value) in &signed {
            head.add(name, value);
        }
        let signer = Signer {
            region: &self.region,
            access_key: &self.access_key,
            secret_key: &self.secret_key,
            time: &time,
        };
        let request = format!("{method}\n{path}\n{query}");
        let authorization = signer.authorization(&request, &signed, &payload);
        head.add("authorization", &authorization);
        head.add("content-length", &body.len().to_string());
        head.add("connection", "close");

        let mut stream = TcpStream::connect(host)?;
        stream.write_all(&head.to_bytes())?;
        stream.write_all(body)?;
        let mut reader = BufReader::new(stream);
        let head = Head::read(&mut reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut body = Vec::new();
        let framing = head.response_framing(method);
        framing.read(&mut reader, &mut body)?;
        Ok(Response {
            status: head.status(),
            headers: head.headers(),
            body,
        })
    }

    /// Creates a bucket.
    ///
    /// # Panics
    /// If the server refuses or does not respond.
    #[track_caller]
    pub fn create_bucket(&self, bucket: &str) {
        self.response("PUT", &format!("/{bucket}"), &[], b"").ok();
    }

    /// Stores an object.
    ///
    /// # Panics
    /// If the server refuses or does not respond.
    #[track_caller]
    pub fn put(&self, bucket: &str, key: &str, body: &[u8]) -> Response {
        self.response("PUT", &format!("/{bucket}/{key}"), &[], body)
            .ok()
    }

    /// Reads an object.
    ///
    /// # Panics
    /// If the server refuses or does not respond.
    #[track_caller]
    pub fn get(&self, bucket: &str, key: &str) -> Vec<u8> {
        self.response("GET", &format!("/{bucket}/{key}"), &[], b"")
            .ok()
            .body
    }

    /// Requests the headers of an object. The status may be any.
    ///
    /// # Panics
    /// If the server does not respond.
    #[track_caller]
    pub fn head(&self, bucket: &str, key: &str) -> Response {
        self.response("HEAD", &format!("/{bucket}/{key}"), &[], b"")
    }

    /// Removes an object.
    ///
    /// # Panics
    /// If the server refuses or does not respond.
    #[track_caller]
    pub fn delete(&self, bucket: &str, key: &str) {
        self.response("DELETE", &format!("/{bucket}/{key}"), &[], b"")
            .ok();
    }

    /// Every key that begins with `prefix`, page by page, in the server's order.
    ///
    /// # Panics
    /// If the server refuses or does not respond.
    #[track_caller]
    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let mut keys = Vec::new();
        let mut token = None;
        loop {
            let mut query = vec![
                ("list-type", "2"),
                ("max-keys", "1000"),
                ("encoding-type", "url"),
                ("prefix", prefix),
            ];
            query.extend(token.as_deref().map(|token| ("continuation-token", token)));
            let page = self
                .response("GET", &format!("/{bucket}"), &query, b"")
                .ok()
                .text();
            let is_encoded = !elements(&page, "EncodingType").is_empty();
            let decode = |key: String| if is_encoded { decoded(&key) } else { key };
            keys.extend(elements(&page, "Key").into_iter().map(decode));
            token = elements(&page, "NextContinuationToken").pop();
            if token.is_none() {
                return keys;
            }
        }
    }

    #[track_caller]
    fn response(&self, method: &str, path: &str, query: &[(&str, &str)], body: &[u8]) -> Response {
        match self.send(method, path, query, &[], body) {
            Ok(response) => response,
            Err(error) => panic!("{method} {path} on {}: {error}", self.endpoint),
        }
    }
}

/// The texts of all elements of this name, without entities. It is no parser, but good enough for listings.
fn elements(document: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let pieces = document.split(&open).skip(1);
    let texts = pieces.filter_map(|piece| piece.split(&close).next());
    texts.map(unescaped).collect()
}

fn unescaped(text: &str) -> String {
    let pairs = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    pairs.iter().fold(text.to_owned(), |text, (entity, plain)| {
        text.replace(entity, plain)
    })
}
