//! stdout with our own buffer: few system calls for a million lines. [`super::Ui::flush`] is called
//! when a block is full, before every message on stderr, and ten times a second, so that no line
//! waits long.
//!
//! Rust's own stdout writes at every newline, or holds back the last line if it is given whole
//! blocks.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The size of one write: that of a pipe on Linux.
const BLOCK_BYTES: usize = 64 * 1024;

pub(super) struct Stdout {
    state: Mutex<State>,
    closed: AtomicBool,
}

struct State {
    sink: Box<dyn Write + Send>,
    waiting: Vec<u8>,
    failure: Option<io::Error>,
}

/// stdout without Rust's line buffer. Copying the descriptor only fails if no more files can be
/// opened; then the line buffer is used.
pub(super) fn unbuffered_stdout() -> Box<dyn Write + Send> {
    match io::stdout().as_fd().try_clone_to_owned() {
        Ok(descriptor) => Box::new(File::from(descriptor)),
        Err(_) => Box::new(io::stdout()),
    }
}

impl Stdout {
    pub(super) fn new(sink: Box<dyn Write + Send>) -> Self {
        Self {
            state: Mutex::new(State {
                sink,
                waiting: Vec::new(),
                failure: None,
            }),
            closed: AtomicBool::new(false),
        }
    }

    /// Appends to the buffer. Returns true if a block is full and must be flushed.
    pub(super) fn push(&self, pieces: &[&[u8]]) -> bool {
        if self.closed() {
            return false;
        }
        let mut state = self.state();
        for piece in pieces {
            state.waiting.extend_from_slice(piece);
        }
        state.waiting.len() >= BLOCK_BYTES
    }

    /// Whether the buffer is empty.
    pub(super) fn is_empty(&self) -> bool {
        self.state().waiting.is_empty()
    }

    /// Writes the buffer. Returns true if this found, for the first time, that the reader is gone.
    pub(super) fn flush(&self) -> bool {
        let mut state = self.state();
        let waiting = std::mem::take(&mut state.waiting);
        if waiting.is_empty() || self.closed() {
            return false;
        }
        let Err(error) = write_fully(&mut *state.sink, &waiting) else {
            // Its memory is reused.
            state.waiting = waiting;
            state.waiting.clear();
            return false;
        };
        self.closed.store(true, Ordering::Release);
        if error.kind() == io::ErrorKind::BrokenPipe {
            return true;
        }
        state.failure = Some(error);
        false
    }

    /// Writes these bytes at once.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        write_fully(&mut *self.state().sink, bytes)
    }

    /// Accepts no more data, for this reason.
    pub(super) fn fail(&self, error: io::Error) {
        self.state().failure.get_or_insert(error);
        self.closed.store(true, Ordering::Release);
    }

    pub(super) fn closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) fn failure(&self) -> Option<io::Error> {
        self.state().failure.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes all of `bytes`, also into a non-blocking pipe (a parent process may have made it so).
/// Rust's `write_all` stops in the middle of such a write.
pub(super) fn write_fully(sink: &mut dyn Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match sink.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error),
        }
    }
    sink.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Takes three bytes at a time and is busy every other time.
    #[derive(Default)]
    struct Reluctant {
        taken: Vec<u8>,
        busy: bool,
    }

    impl Write for Reluctant {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.busy = !self.busy;
            if self.busy {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let some = bytes.len().min(3);
            self.taken.extend_from_slice(&bytes[..some]);
            Ok(some)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_noticed_once_and_is_no_failure() {
        let stdout = Stdout::new(Box::new(Failing(io::ErrorKind::BrokenPipe)));
        stdout.push(&[b"a"]);
        assert!(stdout.flush());
        stdout.push(&[b"b"]);
        assert!(!stdout.flush());
        assert!(stdout.closed());
        assert!(stdout.failure().is_none());
    }

    #[test]
    fn a_full_disk_behind_stdout_is_a_failure() {
        let stdout = Stdout::new(Box::new(Failing(io::ErrorKind::StorageFull)));
        stdout.push(&[b"a"]);
        assert!(!stdout.flush());
        assert!(stdout.closed());
        assert_eq!(stdout.failure().unwrap().kind(), io::ErrorKind::StorageFull);
    }

    #[test]
    fn the_caller_flushes_when_a_block_is_full() {
        let stdout = Stdout::new(Box::new(io::sink()));
        assert!(!stdout.push(&[b"a"]));
        assert!(stdout.push(&[&[b'a'; BLOCK_BYTES]]));
        stdout.flush();
        assert!(stdout.is_empty());
        assert!(!stdout.push(&[b"a"]));
    }

    #[test]
    fn a_non_blocking_pipe_gets_every_byte() {
        let mut reluctant = Reluctant::default();
        write_fully(&mut reluctant, b"every single byte").unwrap();
        assert_eq!(reluctant.taken, b"every single byte");
    }
}
