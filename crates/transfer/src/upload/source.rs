//! A local file to send. It is opened once, and checked for changes since then.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use common::{Error, Kind, Result};
use rustix::fs::fstat;
use s3_client::http::{Body, Buffers};

use super::sums::{Summing, Sums};
use super::{Outgoing, SendError};
use crate::blocking::blocking;
use crate::tree::FileState;
use crate::walk;

/// An open file and its state when it was opened.
#[derive(Clone, Debug)]
pub(super) struct Source {
    file: Arc<File>,
    /// Size, times and identity, which change when somebody writes to the file.
    state: FileState,
    shown: String,
}

/// The body of one request.
pub(super) struct Payload {
    pub(super) body: Body,
    pub(super) sums: Sums,
}

impl Payload {
    /// Whether the file is read again while it is sent, and may have changed by then.
    pub(super) fn is_read_again(&self) -> bool {
        matches!(self.body, Body::File { .. })
    }
}

impl Source {
    /// Opens the file. If a FIFO or device has taken its place since the walk, it is refused;
    /// opening does not wait for a writer.
    pub(super) async fn open(file: &Outgoing) -> Result<Self> {
        let outgoing = file.clone();
        blocking(&file.shown, move || Self::open_now(outgoing)).await?
    }

    /// The same, and a file of up to `in_memory` bytes is read at once: then later changes to it do
    /// not matter.
    pub(super) async fn open_and_read(
        file: &Outgoing,
        in_memory: u64,
        summing: Summing,
    ) -> Result<(Self, Option<Payload>), SendError> {
        let outgoing = file.clone();
        let opened = blocking(&file.shown, move || {
            let source = Self::open_now(outgoing)?;
            let payload = if source.state.size <= in_memory {
                let read = source.read_whole(summing);
                Some(read.map_err(|error| source.failed(&error))?)
            } else {
                None
            };
            Ok((source, payload))
        });
        opened.await?
    }

    fn open_now(file: Outgoing) -> Result<Self> {
        let Some(local) = &file.local else {
            let cause = "it can be read only once";
            return Err(Error::new(Kind::Failed, "read", file.shown, cause));
        };
        let opened = walk::open(local, file.links);
        let (opened, state) = opened.map_err(|failure| failure.into_error())?;
        Ok(Self {
            file: Arc::new(opened),
            state,
            shown: file.shown,
        })
    }

    /// A copy of bytes that can be read only once.
    pub(super) fn of_copy(file: File, shown: &str) -> io::Result<Self> {
        Ok(Self {
            state: FileState::from_stat(&fstat(&file)?),
            file: Arc::new(file),
            shown: shown.to_owned(),
        })
    }

    /// Its size when it was opened.
    pub(super) fn size_bytes(&self) -> u64 {
        self.state.size
    }

    /// A range of the file as a body that is read while it is sent.
    pub(super) fn body(&self, range: &Range<u64>) -> Body {
        if range.is_empty() {
            return Body::Empty;
        }
        Body::File {
            file: Arc::clone(&self.file),
            offset: range.start,
            len: range.end - range.start,
        }
    }

    /// The body with its sums. A file that became shorter counts as changed.
    pub(super) async fn summed(
        &self,
        body: Body,
        mut summing: Summing,
        buffers: &Buffers,
    ) -> Result<Payload, SendError> {
        let (state, buffers) = (self.state, buffers.clone());
        self.with_file(move |_| {
            match &body {
                Body::Empty => {}
                Body::Bytes(bytes) => summing.update(bytes),
                Body::File { file, offset, len } => {
                    read_chunks(file, &buffers, *offset, *len, |chunk| {
                        summing.update(&chunk)
                    })?;
                    check(file, state)?;
                }
            }
            let sums = summing.finish();
            Ok(Payload { body, sums })
        })
        .await
    }

    fn read_whole(&self, mut summing: Summing) -> io::Result<Payload> {
        let mut bytes = vec![0; usize::try_from(self.state.size).map_err(io::Error::other)?];
        self.file.read_exact_at(&mut bytes, 0)?;
        check(&self.file, self.state)?;
        let bytes = Bytes::from(bytes);
        summing.update(&bytes);
        Ok(Payload {
            body: if bytes.is_empty() {
                Body::Empty
            } else {
                Body::Bytes(bytes)
            },
            sums: summing.finish(),
        })
    }

    /// Passes the whole file, in order, to `each`, and returns `each` at the end.
    pub(super) async fn read_all<T: Send + 'static>(
        &self,
        buffers: &Buffers,
        mut state: T,
        each: impl Fn(&mut T, Bytes) + Send + 'static,
    ) -> Result<T, SendError> {
        let (length, buffers) = (self.state.size, buffers.clone());
        self.with_file(move |file| {
            read_chunks(file, &buffers, 0, length, |chunk| each(&mut state, chunk))?;
            Ok(state)
        })
        .await
    }

    /// Fails with [`SendError::Changed`] if the file has changed since it was opened.
    pub(super) async fn still_the_same(&self) -> Result<(), SendError> {
        let state = self.state;
        self.with_file(move |file| check(file, state)).await
    }

    async fn with_file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&File) -> io::Result<T> + Send + 'static,
    ) -> Result<T, SendError> {
        let file = Arc::clone(&self.file);
        let done = blocking(&self.shown, move || work(&file)).await?;
        done.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> SendError {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            SendError::CHANGED
        } else {
            Error::io("read", &self.shown, error).into()
        }
    }
}

/// Fails with the error of a file that became shorter if this is not its state any more.
fn check(file: &File, state: FileState) -> io::Result<()> {
    if FileState::from_stat(&fstat(file)?) == state {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn read_chunks(
    file: &File,
    buffers: &Buffers,
    offset: u64,
    length: u64,
    mut each: impl FnMut(Bytes),
) -> io::Result<()> {
    let (mut at, end) = (offset, offset + length);
    while at < end {
        let mut buffer = buffers.take(end - at);
        buffer.read_at(file, at)?;
        if !buffer.is_full() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        at += buffer.as_ref().len() as u64;
        each(buffer.freeze());
    }
    Ok(())
}
