//! Request bodies: of exactly the announced length, in chunks that hyper sends without copying.

use std::fmt;
use std::fs::File;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper_util::client::legacy::connect::CaptureConnection;
use tokio::task::JoinHandle;

use super::buffers::{BUFFER_BYTES, Buffers};
use super::error::Error;
use super::meter::meter_of;
use super::send_progress::SendProgress;

/// What a request carries.
#[derive(Clone)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Bytes in memory, shared and not copied.
    Bytes(Bytes),
    /// A range of a file, read one chunk ahead while it is sent.
    File {
        /// Read by position: many bodies may share it.
        file: Arc<File>,
        /// Where the range begins, in bytes.
        offset: u64,
        /// How long it is, in bytes. A file that ends earlier fails the request.
        len: u64,
    },
}

impl Body {
    /// The exact length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
        }
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

/// A body while it is sent: what hyper reads.
pub(super) struct BodyStream {
    source: Source,
    /// Bytes that hyper has not taken yet.
    left: u64,
    sending: Arc<SendProgress>,
    /// Has the meter of the connection once there is one.
    connection: Option<CaptureConnection>,
}

enum Source {
    Memory(Bytes),
    File(FileSource),
}

impl BodyStream {
    /// `sending` learns how much was sent.
    pub(super) fn new(body: Body, sending: Arc<SendProgress>, buffers: &Buffers) -> Self {
        let left = body.len();
        let source = match body {
            Body::Empty => Source::Memory(Bytes::new()),
            Body::Bytes(bytes) => Source::Memory(bytes),
            Body::File { file, offset, len } => Source::File(FileSource {
                file,
                offset,
                unread: len,
                ahead: None,
                buffers: buffers.clone(),
            }),
        };
        Self {
            source,
            left,
            sending,
            connection: None,
        }
    }

    /// Sets the connection that the body is sent on.
    pub(super) fn set_connection(&mut self, connection: CaptureConnection) {
        self.connection = Some(connection);
    }

    /// As soon as the connection exists, its meter counts the bytes that the network takes.
    fn count_on_connection(&mut self) {
        if let Some(meter) = self.connection.take().as_ref().and_then(meter_of) {
            meter.count_for(&self.sending);
        }
    }
}

impl http_body::Body for BodyStream {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.count_on_connection();
        let chunk = match &mut self.source {
            Source::Memory(bytes) => bytes.split_to(bytes.len().min(BUFFER_BYTES)),
            Source::File(file) => match ready!(file.poll_chunk(cx)) {
                Ok(chunk) => chunk,
                Err(error) => return Poll::Ready(Some(Err(Error::Body(Arc::new(error))))),
            },
        };
        self.left = self.left.saturating_sub(chunk.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// A range of a file. One chunk is read while the one before it is sent.
struct FileSource {
    file: Arc<File>,
    offset: u64,
    unread: u64,
    ahead: Option<JoinHandle<io::Result<Bytes>>>,
    buffers: Buffers,
}

impl FileSource {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Bytes>> {
        let mut reading = match self.ahead.take().or_else(|| self.read_ahead()) {
            Some(reading) => reading,
            None => return Poll::Ready(Err(became_shorter())),
        };
        match Pin::new(&mut reading).poll(cx) {
            Poll::Pending => {
                self.ahead = Some(reading);
                Poll::Pending
            }
            Poll::Ready(read) => {
                self.ahead = self.read_ahead();
                Poll::Ready(read.unwrap_or_else(|_| Err(io::Error::other("reading was cancelled"))))
            }
        }
    }

    /// Starts to read the next chunk on the blocking pool, unless all is read.
    fn read_ahead(&mut self) -> Option<JoinHandle<io::Result<Bytes>>> {
        if self.unread == 0 {
            return None;
        }
        let len = self.unread.min(BUFFER_BYTES as u64);
        let (file, offset, buffers) = (Arc::clone(&self.file), self.offset, self.buffers.clone());
        self.offset = self.offset.saturating_add(len);
        self.unread = self.unread.saturating_sub(len);
        Some(tokio::task::spawn_blocking(move || {
            let mut chunk = buffers.take(len);
            chunk.read_at(&file, offset)?;
            if chunk.is_full() {
                Ok(chunk.freeze())
            } else {
                Err(became_shorter())
            }
        }))
    }
}

fn became_shorter() -> io::Error {
    let cause = "the file became shorter while it was being read";
    io::Error::new(io::ErrorKind::UnexpectedEof, cause)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use http_body_util::BodyExt;

    use super::*;
    use crate::http::Health;

    fn file_with(content: &[u8]) -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Arc::new(file)
    }

    fn sending(body: Body, buffers: &Buffers) -> BodyStream {
        let sending = SendProgress::new(body.len(), None, Arc::new(Health::new()));
        BodyStream::new(body, sending, buffers)
    }

    #[tokio::test]
    async fn a_range_of_a_file_arrives_byte_for_byte() {
        let content: Vec<u8> = (0..1_000_003_u32).map(|i| (i % 251) as u8).collect();
        let body = Body::File {
            file: file_with(&content),
            offset: 3,
            len: 900_000,
        };
        let sent = sending(body, &Buffers::default()).collect().await.unwrap();
        assert!(sent.to_bytes() == content[3..900_003]);
    }

    #[tokio::test]
    async fn a_file_that_is_too_short_is_an_error_and_never_a_short_body() {
        let body = Body::File {
            file: file_with(&[7; 300_000]),
            offset: 0,
            len: 300_001,
        };
        let collected = sending(body, &Buffers::default()).collect().await;
        let error = collected.err().unwrap();
        let Error::Body(error) = error else {
            panic!("{error}")
        };
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
