//! Just enough HTTP/1.1 to stand between a client and a server.
//!
//! Heads are kept line by line as they came, because a signature covers them; bodies are never held whole.

use std::io::{self, BufRead, Error, ErrorKind, Read, Write};

/// More than any S3 server accepts (8 KiB at AWS), so a longer head is a mistake.
const HEAD_LIMIT_BYTES: u64 = 64 * 1024;

/// The first line and the header lines of a message, without their line ends.
#[derive(Clone, Debug)]
pub struct Head {
    start: String,
    lines: Vec<Vec<u8>>,
}

impl Head {
    /// A head that is made here rather than read.
    pub fn new(start: &str) -> Self {
        Self {
            start: start.to_owned(),
            lines: Vec::new(),
        }
    }

    /// Reads up to and with the empty line; `None` if the stream ends before the first byte.
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

    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers()
            .into_iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Adds a header at the end.
    pub fn add(&mut self, name: &str, value: &str) {
        self.lines.push(format!("{name}: {value}").into_bytes());
    }

    /// Drops every header of this name.
    pub fn remove(&mut self, name: &str) {
        self.lines.retain(|line| {
            let found = line.split(|byte| *byte == b':').next().unwrap_or_default();
            !found.trim_ascii().eq_ignore_ascii_case(name.as_bytes())
        });
    }

    /// The status of a response, 0 if the first line is none.
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

    /// How the body of this request is delimited.
    pub fn request_framing(&self) -> Framing {
        self.declared_framing().unwrap_or(Framing::Length(0))
    }

    /// How the body of this response to `method` is delimited.
    pub fn response_framing(&self, method: &str) -> Framing {
        match self.status() {
            _ if method == "HEAD" => Framing::Length(0),
            204 | 304 => Framing::Length(0),
            _ => self.declared_framing().unwrap_or(Framing::UntilClose),
        }
    }

    fn declared_framing(&self) -> Option<Framing> {
        if self
            .header("transfer-encoding")
            .is_some_and(|value| value.to_ascii_lowercase().contains("chunked"))
        {
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
    /// Exactly so many bytes.
    Length(u64),
    /// Chunks that each say their length.
    Chunked,
    /// Everything up to the end of the connection.
    UntilClose,
}

impl Framing {
    /// True if there is certainly no body.
    pub fn is_empty(self) -> bool {
        self == Self::Length(0)
    }
}

/// A body as a stream of slices, whatever its framing.
#[derive(Debug)]
pub struct Body<'a, R> {
    from: &'a mut R,
    framing: Framing,
    left: u64,
    ended: bool,
}

impl<'a, R: BufRead> Body<'a, R> {
    /// The body that follows a head on this stream.
    pub fn new(from: &'a mut R, framing: Framing) -> Self {
        let left = match framing {
            Framing::Length(length) => length,
            Framing::Chunked => 0,
            Framing::UntilClose => u64::MAX,
        };
        Self {
            from,
            framing,
            left,
            ended: false,
        }
    }

    /// Hands the next slice to `take` and returns its length; 0 is the end.
    ///
    /// A body that ends before its declared length is an error.
    pub fn next(&mut self, take: impl FnOnce(&[u8]) -> io::Result<()>) -> io::Result<usize> {
        if self.framing == Framing::Chunked && self.left == 0 && !self.ended {
            self.begin_chunk()?;
        }
        if self.left == 0 || self.ended {
            return Ok(0);
        }
        let ready = self.from.fill_buf()?;
        if ready.is_empty() {
            self.ended = true;
            return match self.framing {
                Framing::UntilClose => Ok(0),
                _ => Err(Error::new(ErrorKind::UnexpectedEof, "a body was cut off")),
            };
        }
        let length = ready
            .len()
            .min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let slice = ready.get(..length).unwrap_or_default();
        take(slice)?;
        self.from.consume(length);
        if self.framing != Framing::UntilClose {
            self.left -= length as u64;
        }
        if self.framing == Framing::Chunked && self.left == 0 {
            line(self.from)?;
        }
        Ok(length)
    }

    fn begin_chunk(&mut self) -> io::Result<()> {
        let cut = || Error::new(ErrorKind::UnexpectedEof, "a chunk was cut off");
        let size = line(self.from)?.ok_or_else(cut)?;
        let size = String::from_utf8_lossy(&size);
        let size = size.split(';').next().unwrap_or_default().trim();
        self.left = u64::from_str_radix(size, 16)
            .map_err(|_| Error::new(ErrorKind::InvalidData, "a chunk has no size"))?;
        if self.left == 0 {
            self.ended = true;
            // Trailers, then an empty line.
            while line(self.from)?.is_some_and(|trailer| !trailer.is_empty()) {}
        }
        Ok(())
    }

    /// Reads to the end and throws the bytes away.
    pub fn drain(&mut self) -> io::Result<()> {
        while self.next(|_| Ok(()))? > 0 {}
        Ok(())
    }

    /// The whole body, refused if it is longer than `limit_bytes`.
    pub fn collect(&mut self, limit_bytes: usize) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            let length = self.next(|slice| {
                all.extend_from_slice(slice);
                Ok(())
            })?;
            if length == 0 {
                return Ok(all);
            }
            if all.len() > limit_bytes {
                return Err(Error::new(
                    ErrorKind::FileTooLarge,
                    "a body is too long to keep",
                ));
            }
        }
    }
}

/// Writes one slice of a body in the framing that the head announced.
pub fn write_slice(to: &mut impl Write, framing: Framing, slice: &[u8]) -> io::Result<()> {
    if framing != Framing::Chunked {
        return to.write_all(slice);
    }
    to.write_all(format!("{:x}\r\n", slice.len()).as_bytes())?;
    to.write_all(slice)?;
    to.write_all(b"\r\n")
}

/// Ends a body.
pub fn write_end(to: &mut impl Write, framing: Framing) -> io::Result<()> {
    if framing == Framing::Chunked {
        to.write_all(b"0\r\n\r\n")?;
    }
    to.flush()
}
