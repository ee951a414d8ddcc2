//! A server of a few lines that remembers what really arrived.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use testkit::http1::Head;

pub(crate) const LISTING: &str =
    "<ListBucketResult><Name>b</Name><Contents><Key>k</Key></Contents></ListBucketResult>";

#[derive(Default)]
struct Seen {
    objects: BTreeMap<String, Vec<u8>>,
    requests: Vec<Head>,
}

#[derive(Clone)]
pub(crate) struct Origin {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
}

impl Origin {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
        };
        let shared = origin.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let origin = shared.clone();
                thread::spawn(move || origin.serve(&stream.unwrap()));
            }
        });
        origin
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        self.seen
            .lock()
            .unwrap()
            .objects
            .insert(path.to_owned(), bytes.to_vec());
    }

    pub(crate) fn stored(&self, path: &str) -> Option<Vec<u8>> {
        self.seen.lock().unwrap().objects.get(path).cloned()
    }

    /// The heads as they arrived.
    pub(crate) fn requests(&self) -> Vec<Head> {
        self.seen.lock().unwrap().requests.clone()
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Ok(Some(head)) = Head::read(&mut reader) {
            self.seen.lock().unwrap().requests.push(head.clone());
            let mut body = Vec::new();
            if head.request_framing().read(&mut reader, &mut body).is_err() {
                return;
            }
            let (status, response) = self.response(&head, body);
            let mut response_head = Head::new(&format!("HTTP/1.1 {status} Whatever"));
            let is_chunked = head.header("x-chunked").is_some();
            if is_chunked {
                response_head.add("transfer-encoding", "chunked");
            } else {
                response_head.add("content-length", &response.len().to_string());
            }
            let mut bytes = response_head.to_bytes();
            let chunk = format!("{:x}\r\n", response.len()).into_bytes();
            match head.start().starts_with("HEAD") {
                true => {}
                false if is_chunked => {
                    bytes.extend([chunk, response, b"\r\n0\r\n\r\n".to_vec()].concat());
                }
                false => bytes.extend(response),
            }
            let mut to = stream;
            if to.write_all(&bytes).is_err() {
                return;
            }
        }
    }

    fn response(&self, head: &Head, body: Vec<u8>) -> (u16, Vec<u8>) {
        let mut words = head.start().split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let mut seen = self.seen.lock().unwrap();
        match method {
            "PUT" => {
                seen.objects.insert(target.to_owned(), body);
                (200, Vec::new())
            }
            "GET" if target.starts_with("/b?") => (200, LISTING.into()),
            "GET" | "HEAD" => match seen.objects.get(target) {
                Some(bytes) => (200, bytes.clone()),
                None => (404, b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
            },
            _ => (200, b"<CompleteMultipartUploadResult/>".to_vec()),
        }
    }
}

/// What a client sees of one response.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) head: Option<Head>,
    pub(crate) body: Vec<u8>,
    /// How the body ended, if it did not end well.
    pub(crate) error: Option<std::io::ErrorKind>,
}

/// Sends one request by hand and reads what comes.
pub(crate) fn ask(
    url: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Outcome {
    let mut client = Client::connect(url);
    client.send(method, target, headers, body);
    client.read(method)
}

pub(crate) struct Client {
    pub(crate) reader: BufReader<TcpStream>,
    host: String,
}

impl Client {
    pub(crate) fn connect(url: &str) -> Self {
        let host = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host).unwrap();
        Self {
            reader: BufReader::new(stream),
            host,
        }
    }

    pub(crate) fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) {
        let mut head = Head::new(&format!("{method} {target} HTTP/1.1"));
        head.add("Host", &self.host);
        for (name, value) in headers {
            head.add(name, value);
        }
        if method == "PUT" || method == "POST" {
            head.add("Content-Length", &body.len().to_string());
        }
        let stream = self.reader.get_mut();
        // A proxy that answers early may have closed by the time the body goes out.
        let _maybe_refused = stream
            .write_all(&head.to_bytes())
            .and_then(|()| stream.write_all(body));
    }

    pub(crate) fn read(&mut self, method: &str) -> Outcome {
        let mut seen = Outcome {
            head: None,
            body: Vec::new(),
            error: None,
        };
        match Head::read(&mut self.reader) {
            Ok(head) => seen.head = head,
            Err(error) => seen.error = Some(error.kind()),
        }
        let Some(head) = &seen.head else { return seen };
        let framing = head.response_framing(method);
        let read = framing.read(&mut self.reader, &mut seen.body);
        seen.error = read.err().map(|error| error.kind());
        seen
    }
}

impl Outcome {
    pub(crate) fn status(&self) -> u16 {
        self.head.as_ref().map_or(0, Head::status)
    }
}
