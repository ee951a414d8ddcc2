//! Requests to a fresh server, and what came back.

use std::ops::Deref;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local_s3::{Options, Server};
use md5::{Digest, Md5};
use testkit::S3;

pub(crate) const FIVE_MIB: usize = 5 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct Response(testkit::Response);

impl Deref for Response {
    type Target = testkit::Response;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Response {
    /// The text of the first element of that name.
    pub(crate) fn element(&self, name: &str) -> Option<String> {
        self.elements(name).into_iter().next()
    }

    /// Panics, showing everything, unless the status is this one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{:?}\n{}", self.headers, self.text());
        self
    }

    /// Panics unless this is an error with this status and code, complete as AWS writes it.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, code: &str) -> Self {
        let response = self.expect(status);
        let text = response.text();
        assert_eq!(response.element("Code").as_deref(), Some(code), "{text}");
        let message = response.element("Message");
        assert!(message.is_some_and(|message| !message.is_empty()), "{text}");
        assert_eq!(
            response.element("RequestId").as_deref(),
            response.header("x-amz-request-id")
        );
        response
    }
}

/// A request in the making.
pub(crate) struct Request<'a> {
    s3: S3,
    method: &'a str,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

pub(crate) fn server() -> Server {
    let server = Server::start(Options::default()).unwrap();
    server.store().create_bucket("bucket");
    server
}

/// A client with the right key pair.
pub(crate) fn client(server: &Server) -> S3 {
    S3 {
        endpoint: server.endpoint(),
        region: server.region().to_owned(),
        access_key: server.access_key().to_owned(),
        secret_key: server.secret_key().to_owned(),
    }
}

/// `target` is the path, percent-encoded, with the query.
pub(crate) fn request<'a>(server: &Server, method: &'a str, target: &str) -> Request<'a> {
    Request {
        s3: client(server),
        method,
        target: target.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
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

    pub(crate) fn send(self) -> Response {
        let headers: Vec<(&str, &str)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let sent = self
            .s3
            .send_to(self.method, &self.target, &headers, &self.body);
        Response(sent.unwrap())
    }
}
