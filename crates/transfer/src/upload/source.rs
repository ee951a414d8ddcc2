//! A local file to send. It is opened once, and checked for changes since then.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use bytes::Bytes;
use common::{Error, Result};
use rustix::fs::fstat;
use s3_client::http::Body;

use super::sums::{Summing, Sums};
use super::{IN_MEMORY_BYTES, Outgoing, SendError};
use crate::blocking::blocking;
use crate::buffers::Buffers;
use crate::proof::Lanes;
use crate::tree::FileState;
use crate::walk;

/// How many bytes are read and summed at a time. More is not faster.
const CHUNK_BYTES: usize = 256 * 1024;

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
        let (local, links, shown) = (file.local.clone(), file.links, file.shown.clone());
        let opened = blocking(&file.shown, move || {
            let (file, state) =
                walk::open(&local, links).map_err(|failure| failure.into_error())?;
            Ok(Self {
                file: Arc::new(file),
                state,
                shown,
            })
        });
        opened.await?
    }

    /// Its size when it was opened.
    pub(super) fn size_bytes(&self) -> u64 {
        self.state.size
    }

    /// A range of the file as the body of a request, and its sums. A small range is read once into
    /// memory, so later changes to the file do not matter. A larger range is read again while it is
    /// sent. A file that became shorter counts as changed.
    pub(super) async fn payload(
        &self,
        buffers: &Buffers,
        lanes: &Lanes,
        offset: u64,
        length: u64,
    ) -> Result<Payload, SendError> {
        let (buffers, again) = (buffers.clone(), Arc::clone(&self.file));
        let mut sums = Summing::new(lanes);
        self.with_file(move |file| {
            let body = if length == 0 {
                Body::Empty
            } else if length <= IN_MEMORY_BYTES {
                let length = usize::try_from(length).map_err(io::Error::other)?;
                let mut buffer = buffers.take(length);
                file.read_exact_at(buffer.as_mut_slice(), offset)?;
                let bytes = buffer.freeze();
                // One small chunk stays in the CPU cache for all the sums.
                let mut rest = bytes.clone();
                while !rest.is_empty() {
                    sums.update(&rest.split_to(CHUNK_BYTES.min(rest.len())));
                }
                Body::Bytes(bytes)
            } else {
                read_chunks(file, &buffers, offset, length, |chunk| sums.update(&chunk))?;
                Body::File {
                    file: again,
                    offset,
                    len: length,
                }
            };
            Ok(Payload {
                body,
                sums: sums.finish(),
            })
        })
        .await
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
        let now = self
            .with_file(|file| Ok(FileState::from_stat(&fstat(file)?)))
            .await?;
        if now == self.state {
            Ok(())
        } else {
            Err(SendError::CHANGED)
        }
    }

    async fn with_file<T: Send + 'static>(
        &self,
        work: impl FnOnce(&File) -> io::Result<T> + Send + 'static,
    ) -> Result<T, SendError> {
        let file = Arc::clone(&self.file);
        match blocking(&self.shown, move || work(&file)).await? {
            Ok(value) => Ok(value),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(SendError::CHANGED),
            Err(error) => Err(Error::io("read", &self.shown, &error).into()),
        }
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
        let wanted = usize::try_from(end - at)
            .unwrap_or(CHUNK_BYTES)
            .min(CHUNK_BYTES);
        let mut buffer = buffers.take(wanted);
        file.read_exact_at(buffer.as_mut_slice(), at)?;
        each(buffer.freeze());
        at += wanted as u64;
    }
    Ok(())
}
