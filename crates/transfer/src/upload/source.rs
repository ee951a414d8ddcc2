//! A local file that is being sent: opened once, and held to what it was then.

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

/// How much is read and summed up at a time; more does not make it faster.
const CHUNK_BYTES: usize = 256 * 1024;

/// An open file and what it looked like then.
#[derive(Clone, Debug)]
pub(super) struct Source {
    file: Arc<File>,
    /// Size, times and identity: what changes when somebody writes to a file.
    state: FileState,
    shown: String,
}

/// What one request carries.
pub(super) struct Payload {
    pub(super) body: Body,
    pub(super) sums: Sums,
}

impl Payload {
    /// Whether the file is read while it is sent, and may be another by then.
    pub(super) fn is_read_again(&self) -> bool {
        matches!(self.body, Body::File { .. })
    }
}

impl Source {
    /// Opens the file. A FIFO or device that took its place since the walk is refused; opening
    /// does not wait for a writer.
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

    /// A range of the file as the body of a request, and its sums. What fits is read once, into
    /// memory, and is then sent as it was summed up, whatever becomes of the file; a larger range
    /// is read again while it is sent. A file that became shorter has changed.
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
                // A chunk at a time stays in the cache for all the sums.
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

    /// Hands the whole file, in order, to `each`, which is given back at the end.
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

    /// Fails with [`SendError::Changed`] if the file is not what it was when it was opened.
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
