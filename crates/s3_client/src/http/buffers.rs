//! Buffers to use again: a new one of this size costs more in page faults than to fill it, and freed
//! ones pile up in the allocator.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, pread};

/// The largest buffer: large enough to make system calls rare, and small enough to stay in the cache
/// of a CPU.
pub(super) const BUFFER_BYTES: usize = 256 * 1024;

/// Smaller buffers are left to the allocator.
const POOLED_BYTES: usize = 128 * 1024;

/// Buffers that nobody uses now. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// An empty buffer for this number of bytes, or for 256 KiB if that is less.
    pub fn take(&self, bytes: u64) -> Buffer {
        let room = usize::try_from(bytes).map_or(BUFFER_BYTES, |bytes| bytes.min(BUFFER_BYTES));
        let unused = (room > POOLED_BYTES).then(|| self.unused().pop()).flatten();
        let fresh = |room| {
            Vec::with_capacity(if room > POOLED_BYTES {
                BUFFER_BYTES
            } else {
                room
            })
        };
        Buffer {
            bytes: unused.unwrap_or_else(|| fresh(room)),
            room,
            home: self.clone(),
        }
    }

    fn unused(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One buffer. It is used again when its last reader has dropped it.
#[derive(Debug)]
pub struct Buffer {
    bytes: Vec<u8>,
    room: usize,
    home: Buffers,
}

impl Buffer {
    /// Whether there is no room for more.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= self.room
    }

    /// Appends as much as there is room for, and returns the rest.
    pub fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let room = self.room.saturating_sub(self.bytes.len());
        let (now, later) = bytes.split_at(room.min(bytes.len()));
        self.bytes.extend_from_slice(now);
        later
    }

    /// Fills the buffer with the bytes of a file from `offset` on, or as many as there are.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read_at(&mut self, file: &File, offset: u64) -> io::Result<()> {
        while !self.is_full() {
            let at = offset.saturating_add(self.bytes.len() as u64);
            match pread(file, spare_capacity(&mut self.bytes), at) {
                Ok(0) => break,
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // There may have been room for more than was asked for.
        self.bytes.truncate(self.room);
        Ok(())
    }

    /// What it holds, for any number of readers.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.bytes.capacity() >= BUFFER_BYTES {
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.clear();
            self.home.unused().push(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_large_buffer_is_used_again_once_its_last_reader_is_done() {
        let buffers = Buffers::default();
        let bytes = buffers.take(u64::MAX).freeze();
        let reader = bytes.clone();
        drop(bytes);
        assert_eq!(buffers.unused().len(), 0);
        drop(reader);
        assert_eq!(buffers.unused().len(), 1);
        drop(buffers.take(BUFFER_BYTES as u64));
        drop(buffers.take(100));
        assert_eq!(buffers.unused().len(), 1);
    }

    #[test]
    fn a_buffer_takes_no_more_than_it_was_made_for() {
        let buffers = Buffers::default();
        drop(buffers.take(u64::MAX));
        let room = BUFFER_BYTES - 1;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[7; BUFFER_BYTES]).unwrap();
        let mut read = buffers.take(room as u64);
        read.read_at(&file, 0).unwrap();
        assert!(read.is_full() && read.as_ref().len() == room);
        let mut filled = buffers.take(3);
        assert_eq!(filled.fill(b"abcd"), b"d");
        assert!(filled.is_full() && filled.as_ref() == b"abc");
    }
}
