//! Buffers for parts and for reading files, used again and again: a fresh one of this size costs thousands of page
//! faults, and freed ones pile up in the allocator (measured: 121 MiB instead of 60 for 1 GiB).

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Smaller buffers are left to the allocator.
const POOLED_BYTES: usize = 128 * 1024;

/// Unused buffers; clones share them. There are never more than parts
/// were in memory at the same time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl Buffers {
    /// A buffer of this length, with anything in it.
    pub(crate) fn take(&self, length: usize) -> Buffer {
        let unused = (length >= POOLED_BYTES)
            .then(|| self.idle().pop())
            .flatten();
        let mut bytes = unused.unwrap_or_default();
        bytes.resize(length, 0);
        Buffer {
            bytes,
            home: self.clone(),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A buffer that returns to its pool when its last reader drops it.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    home: Buffers,
}

impl Buffer {
    /// The whole buffer, to be filled.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// The whole buffer, for any number of readers.
    pub(crate) fn freeze(self) -> Bytes {
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
        if self.bytes.len() >= POOLED_BYTES {
            self.home.idle().push(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_buffer_is_used_again_once_its_last_reader_is_done() {
        let buffers = Buffers::default();
        let bytes = buffers.take(2 * POOLED_BYTES).freeze();
        let reader = bytes.clone();
        let place = bytes.as_ptr();
        drop(bytes);
        assert_ne!(buffers.take(2 * POOLED_BYTES).freeze().as_ptr(), place);
        drop(reader);
        assert_eq!(buffers.take(POOLED_BYTES).freeze().len(), POOLED_BYTES);
    }

    #[test]
    fn small_buffers_are_not_kept() {
        let buffers = Buffers::default();
        drop(buffers.take(100).freeze());
        assert!(buffers.idle().is_empty());
    }
}
