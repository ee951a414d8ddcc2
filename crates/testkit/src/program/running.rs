//! A running program: reads its output, measures its memory, limits its time.

use std::fs;
use std::io::Read;
use std::process::Child;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::TempDir;

use super::Finished;

/// The pause between two checks of a running program.
const LOOK: Duration = Duration::from_millis(5);

/// A running program. It is killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    what: String,
    home: Arc<TempDir>,
    timeout: Duration,
    started: Instant,
    stdout: Option<JoinHandle<Vec<u8>>>,
    stderr: Option<JoinHandle<Vec<u8>>>,
}

impl Running {
    pub(super) fn new(
        mut child: Child,
        what: String,
        home: Arc<TempDir>,
        timeout: Duration,
        stdout_closed: bool,
    ) -> Self {
        let stdout = child.stdout.take().filter(|_| !stdout_closed).map(reader);
        let stderr = child.stderr.take().map(reader);
        Self {
            child,
            what,
            home,
            timeout,
            started: Instant::now(),
            stdout,
            stderr,
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal to the program alone.
    ///
    /// # Panics
    /// If it has ended already.
    #[track_caller]
    pub fn signal(&self, signal: Signal) {
        if let Err(error) = kill_process(self.pid(), signal) {
            panic!("cannot send {signal:?} to {}: {error}", self.what);
        }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for the end.
    ///
    /// # Panics
    /// If the program does not end in time.
    #[track_caller]
    pub fn wait(mut self) -> Finished {
        let mut peak_rss_kib = 0;
        let mut timed_out = false;
        let status = loop {
            peak_rss_kib = peak_rss_kib.max(rss_kib(self.child.id()).unwrap_or(0));
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if self.started.elapsed() > self.timeout && !timed_out {
                timed_out = true;
                let _gone = kill_process_group(self.pid(), Signal::KILL);
            }
            thread::sleep(LOOK);
        };
        let elapsed = self.started.elapsed();
        let read = |reader: Option<JoinHandle<Vec<u8>>>| {
            reader.map_or_else(Vec::new, |reader| reader.join().unwrap_or_default())
        };
        let finished = Finished {
            what: std::mem::take(&mut self.what),
            home: Arc::clone(&self.home),
            status,
            stdout: read(self.stdout.take()),
            stderr: read(self.stderr.take()),
            elapsed,
            peak_rss_kib,
        };
        if timed_out {
            finished.fail(&format!("still running after {:?}", self.timeout));
        }
        finished
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _gone = kill_process_group(self.pid(), Signal::KILL);
            let _reaped = self.child.wait();
        }
    }
}

fn reader(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut all = Vec::new();
        let _what_came = from.read_to_end(&mut all);
        all
    })
}

/// The peak memory of the process so far, from /proc.
fn rss_kib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
