//! The parts of HTTP/1.1 that a proxy needs.
//!
//! Header lines stay unchanged, because a signature may cover them.

use std::io::{self, BufRead, Error, ErrorKind, Read};

/// More than any S3 server accepts (8 KiB at AWS), so a longer head is a mistake.
const HEAD_LIMIT_BYTES: u64 = 64 * 1024;

/// The first line and the header lines of a message, without their line ends.
#[derive(Clone, Debug)]
pub struct Head {
    start: String,
    lines: Vec<Vec<u8>>,
}

impl Head {
    /// A new head with this first line.
    pub fn new(start: &str) -> Self {
        Self {
            start: start.to_owned(),
            lines: Vec::new(),
        }
    }

    /// Reads a head. `None` if the stream ends before the first byte.
    pub fn read(from: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut from = from.take(HEAD_LIMIT_BYTES);
        let Some(start) = line(&mut from)? else {
            return Ok(None);
        };
        let mut head = Self::new(&String::from_utf8_lossy(&start));
        loop {
            match line(&mut from)? {
                None => return Err(ErrorKind::UnexpectedEof.into()),
                Some(end) if end.is_empty() => return Ok(Some(head)),
                Some(other) => head.lines.push(other),
            }
        }
    }

    /// The request line or status line.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// All headers, names in lower case, values as text.
    pub fn headers(&self) -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        self.lines
            .iter()
            .filter_map(|line| {
                let mut halves = line.splitn(2, |byte| *byte == b':');
                let name = text(halves.next()?).to_ascii_lowercase();
                Some((name, text(halves.next()?)))
            })
            .collect()
    }

    /// The value of the first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<String> {
        let mut headers = self.headers().into_iter();
        headers
            .find(|(found, _)| found == name)
            .map(|(_, value)| value)
    }

    /// Adds a header at the end.
    pub fn add(&mut self, name: &str, value: &str) {
        self.lines.push(format!("{name}: {value}").into_bytes());
    }

    /// Removes every header of this name.
    pub fn remove(&mut self, name: &str) {
        self.lines.retain(|line| {
            let found = line.split(|byte| *byte == b':').next().unwrap_or_default();
            !found.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
        });
    }

    /// Sets the length of the body. With `None`, the body ends with the connection.
    pub(crate) fn announce(&mut self, length: Option<usize>) {
        self.remove("transfer-encoding");
        self.remove("content-length");
        match length {
            Some(length) => self.add("content-length", &length.to_string()),
            None => {
                self.remove("connection");
                self.add("connection", "close");
            }
        }
    }

    /// The status of a response; 0 if the first line has none.
    pub fn status(&self) -> u16 {
        let word = self.start.split(' ').nth(1).unwrap_or_default();
        word.parse().unwrap_or(0)
    }

    /// True if the sender closes the connection after this message.
    pub fn closes(&self) -> bool {
        let says_close = self
            .header("connection")
            .is_some_and(|value| value.to_ascii_lowercase().contains("close"));
        says_close || self.start.contains("HTTP/1.0")
    }

    /// How the body of this request ends.
    pub fn request_framing(&self) -> Framing {
        self.declared_framing().unwrap_or(Framing::Length(0))
    }

    /// How the body of this response to `method` ends.
    pub fn response_framing(&self, method: &str) -> Framing {
        match self.status() {
            _ if method == "HEAD" => Framing::Length(0),
            204 | 304 => Framing::Length(0),
            _ => self.declared_framing().unwrap_or(Framing::UntilClose),
        }
    }

    fn declared_framing(&self) -> Option<Framing> {
        if self.header("transfer-encoding").is_some() {
            return Some(Framing::Chunked);
        }
        let length = self.header("content-length")?.parse().ok()?;
        Some(Framing::Length(length))
    }

    /// The bytes to send, with the empty line.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.start).into_bytes();
        for line in &self.lines {
            bytes.extend_from_slice(line);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

/// One line without its end; `None` at the end of the stream.
fn line(from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if from.read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.pop() != Some(b'\n') {
        return Err(Error::new(ErrorKind::UnexpectedEof, "a line was cut off"));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Some(line))
}

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// It has this length.
    Length(u64),
    /// It consists of chunks with their own lengths.
    Chunked,
    /// It ends with the connection.
    UntilClose,
}

impl Framing {
    /// Reads a body and adds it to `body`. After an error, `body` contains what came before it.
    ///
    /// # Errors
    /// The body ends before its declared length, or cannot be read.
    pub fn read(self, from: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Length(length) => exactly(from, length, body),
            Self::UntilClose => from.read_to_end(body).map(drop),
            Self::Chunked => loop {
                let size = line(from)?.ok_or(ErrorKind::UnexpectedEof)?;
                let size = String::from_utf8_lossy(&size);
                let size = size.split(';').next().unwrap_or_default().trim();
                let size = u64::from_str_radix(size, 16)
                    .map_err(|_| Error::new(ErrorKind::InvalidData, "a chunk has no size"))?;
                exactly(from, size, body)?;
                // The end of the chunk. The last one may have trailers before it.
                while line(from)?.is_some_and(|trailer| !trailer.is_empty()) {}
                if size == 0 {
                    return Ok(());
                }
            },
        }
    }
}

fn exactly(from: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    if (from.take(length).read_to_end(body)? as u64) < length {
        return Err(Error::new(ErrorKind::UnexpectedEof, "a body was cut off"));
    }
    Ok(())
}
