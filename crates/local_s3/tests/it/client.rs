//! A client as small as can be: one signed request, one connection, everything seen raw.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use local_s3::{Options, Server};
use sha2::{Digest, Sha256};

pub(crate) const FIVE_MIB: usize = 5 * 1024 * 1024;

/// An answer, with lower-case header names.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
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
        let answer = self.expect(status);
        assert_eq!(
            answer.element("Code").as_deref(),
            Some(code),
            "{}",
            answer.text()
        );
        assert!(
            answer
                .element("Message")
                .is_some_and(|message| !message.is_empty())
        );
        assert_eq!(
            answer.element("RequestId").as_deref(),
            answer.header("x-amz-request-id")
        );
        answer
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
pub(crate) fn get(server: &Server, target: &str) -> Answer {
    request(server, "GET", target).send()
}

/// A PUT.
pub(crate) fn put(server: &Server, target: &str, body: &[u8]) -> Answer {
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

    /// Signs for this SHA-256 instead of the body's.
    pub(crate) fn sha256(mut self, sha256: &str) -> Self {
        self.sha256 = Some(sha256.to_owned());
        self
    }

    /// Signs and sends.
    pub(crate) fn send(mut self) -> Answer {
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
            .as_secs() as i64;
        let date = amz_date(now + self.clock_offset_seconds);
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
    pub(crate) fn send_unsigned(mut self) -> Answer {
        if !self.headers.iter().any(|(name, _)| name == "host") {
            self.headers.push(("host".into(), "localhost".into()));
        }
        let mut stream = TcpStream::connect(("127.0.0.1", self.server.port())).unwrap();
        stream.write_all(self.head().as_bytes()).unwrap();
        stream.write_all(&self.body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        parse(&answer)
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
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}:{}\n", value.trim()))
            .collect();
        let canonical = format!(
            "{}\n{path}\n{}\n{headers}\n{names}\n{sha256}",
            self.method,
            pairs.join("&")
        );
        let scope = format!("{}/{}/s3/aws4_request", &date[..8], self.region);
        let digest = hex::encode(Sha256::digest(canonical.as_bytes()));
        let to_sign = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{digest}");
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in scope.split('/').chain([to_sign.as_str()]) {
            let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
            mac.update(part.as_bytes());
            key = mac.finalize().into_bytes().to_vec();
        }
        let credential = format!("{}/{scope}", self.access_key);
        format!(
            "AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={}",
            hex::encode(key)
        )
    }
}

fn with_equals(pair: &str) -> String {
    if pair.contains('=') {
        pair.to_owned()
    } else {
        format!("{pair}=")
    }
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("an answer with a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
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
    Answer {
        status,
        headers,
        body: answer[end + 4..].to_vec(),
    }
}

/// `20261121T052157Z` from seconds since 1970, by the civil-from-days algorithm.
fn amz_date(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{:02}Z",
        second % 60
    )
}
