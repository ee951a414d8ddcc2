//! A client as small as can be: one signed request, one connection, everything seen raw.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local_s3::{Options, Server};
use md5::Md5;
use sha2::{Digest, Sha256};
use testkit::S3;

pub(crate) const FIVE_MIB: usize = 5 * 1024 * 1024;

/// A response, with lower-case header names.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first element of that name.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        self.elements(name).into_iter().next()
    }

    pub(crate) fn elements(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let text = self.text();
        let plain = |text: &str| {
            text.replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&")
        };
        text.split(&open)
            .skip(1)
            .filter_map(|rest| Some(plain(rest.split_once(&close)?.0)))
            .collect()
    }

    /// Panics, showing everything, unless the status is this one.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.text());
        self
    }

    /// Panics unless this is an error with this status and code, complete as AWS writes it.
    pub(crate) fn expect_error(self, status: u16, code: &str) -> Self {
        let response = self.expect(status);
        assert_eq!(
            response.element("Code").as_deref(),
            Some(code),
            "{}",
            response.text()
        );
        assert!(
            response
                .element("Message")
                .is_some_and(|message| !message.is_empty())
        );
        assert_eq!(
            response.element("RequestId").as_deref(),
            response.header("x-amz-request-id")
        );
        response
    }
}

/// A request in the making.
pub(crate) struct Request<'a> {
    server: &'a Server,
    method: &'a str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    sha256: Option<String>,
    pub(crate) secret: String,
    pub(crate) access_key: String,
    pub(crate) region: String,
    pub(crate) clock_offset_seconds: i64,
}

pub(crate) fn server() -> Server {
    let server = Server::start(Options::default()).unwrap();
    server.store().create_bucket("bucket");
    server
}

/// `target` is the path, percent-encoded, with the query.
pub(crate) fn request<'a>(server: &'a Server, method: &'a str, target: &str) -> Request<'a> {
    Request {
        server,
        method,
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
        sha256: None,
        secret: server.secret_key().to_owned(),
        access_key: server.access_key().to_owned(),
        region: server.region().to_owned(),
        clock_offset_seconds: 0,
    }
}

/// A GET.
pub(crate) fn get(server: &Server, target: &str) -> Response {
    request(server, "GET", target).send()
}

/// A PUT.
pub(crate) fn put(server: &Server, target: &str, body: &[u8]) -> Response {
    request(server, "PUT", target).body(body).send()
}

impl Request<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// With the Content-MD5 of the body so far.
    pub(crate) fn md5(self) -> Self {
        let md5 = STANDARD.encode(Md5::digest(&self.body));
        self.header("content-md5", &md5)
    }

    /// Signs for this SHA-256 instead of the body's.
    pub(crate) fn sha256(mut self, sha256: &str) -> Self {
        self.sha256 = Some(sha256.to_owned());
        self
    }

    /// Signs and sends.
    pub(crate) fn send(mut self) -> Response {
        self.sign();
        self.send_unsigned()
    }

    /// Signs, sends half of the body and hangs up.
    pub(crate) fn send_half(mut self) {
        self.sign();
        let half = self.body.len() / 2;
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port())).unwrap();
        stream.write_all(self.head().as_bytes()).unwrap();
        stream.write_all(&self.body[..half]).unwrap();
    }

    fn sign(&mut self) {
        let sha256 = self
            .sha256
            .take()
            .unwrap_or_else(|| hex::encode(Sha256::digest(&self.body)));
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let date = testkit::compact_time(now.saturating_add_signed(self.clock_offset_seconds));
        self.headers
            .push(("host".into(), format!("127.0.0.1:{}", self.server.port())));
        self.headers.push(("x-amz-date".into(), date.clone()));
        self.headers
            .push(("x-amz-content-sha256".into(), sha256.clone()));
        self.headers.sort();
        let signature = self.authorization(&date, &sha256);
        self.headers.push(("authorization".into(), signature));
    }

    /// Sends without a signature.
    pub(crate) fn send_unsigned(mut self) -> Response {
        if !self.headers.iter().any(|(name, _)| name == "host") {
            self.headers.push(("host".into(), "localhost".into()));
        }
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port())).unwrap();
        stream.write_all(self.head().as_bytes()).unwrap();
        stream.write_all(&self.body).unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).unwrap();
        parse(&response)
    }

    fn head(&self) -> String {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nconnection: close\r\n",
            self.method, self.target
        );
        head += &format!("content-length: {}\r\n", self.body.len());
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head + "\r\n"
    }

    fn authorization(&self, date: &str, sha256: &str) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let mut pairs: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(with_equals)
            .collect();
        pairs.sort();
        let who = S3 {
            endpoint: self.server.endpoint(),
            region: self.region.clone(),
            access_key: self.access_key.clone(),
            secret_key: self.secret.clone(),
        };
        let request = format!("{}\n{path}\n{}", self.method, pairs.join("&"));
        testkit::authorization(&who, &request, &self.headers, sha256, date)
    }
}

fn with_equals(pair: &str) -> String {
    if pair.contains('=') {
        pair.to_owned()
    } else {
        format!("{pair}=")
    }
}

fn parse(response: &[u8]) -> Response {
    let end = response
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("a response with a head");
    let head = String::from_utf8_lossy(&response[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(n, v)| (n.to_lowercase(), v.to_owned()))
        .collect();
    Response {
        status,
        headers,
        body: response[end + 4..].to_vec(),
    }
}
