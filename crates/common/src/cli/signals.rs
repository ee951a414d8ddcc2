//! SIGINT, SIGTERM and SIGHUP. The run gets two seconds to end cleanly. Then the signal has its
//! default effect, so that the shell sees which signal ended the process.
//!
//! Signals are handled by a thread of our own and not by tokio: it works even while every worker
//! waits for a slow reader of stdout.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGABRT, SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use tokio_util::sync::CancellationToken;

use crate::exit::Exit;
use crate::ui::{Ui, soon};

/// How long a run may take to end cleanly (DESIGN section 5).
const GRACE: Duration = Duration::from_secs(2);

/// The interval at which we check for a second signal during [`GRACE`].
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The signal that was received, if any.
#[derive(Clone, Default)]
pub(super) struct Received(Arc<AtomicI32>);

impl Received {
    pub(super) fn signal(&self) -> Option<i32> {
        Some(self.0.load(Ordering::Acquire)).filter(|signal| *signal != 0)
    }
}

/// From now on, the first signal cancels `cancel`. The process ends at the second signal or after
/// [`GRACE`].
pub(super) fn watch(ui: &Ui, cancel: &CancellationToken) -> io::Result<Received> {
    let received = Received::default();
    let wanted = [SIGHUP, SIGINT, SIGTERM]
        .into_iter()
        .filter(|signal| !ignored(*signal));
    let mut signals = Signals::new(wanted)?;
    let (ui, cancel, noted) = (ui.clone(), cancel.clone(), received.clone());
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let Some(first) = signals.forever().next() else {
                return;
            };
            noted.0.store(first, Ordering::Release);
            let shown = ui.clone();
            soon(move || shown.note(stopping(first)));
            cancel.cancel();
            let end = Instant::now() + GRACE;
            while Instant::now() < end {
                thread::sleep(LOOK_EVERY);
                if let Some(second) = signals.pending().next() {
                    ui.print_summary_soon(Exit::Signal(second));
                    die_of(second, &ui);
                }
            }
            ui.print_summary_soon(Exit::Signal(first));
            die_of(first, &ui);
        })?;
    Ok(received)
}

fn stopping(signal: i32) -> &'static str {
    match signal {
        SIGINT => "stopping ...; Ctrl-C again quits now",
        _ => "stopping ...",
    }
}

/// Ends the process with its own exit code when memory runs out, instead of a crash. Rust has
/// already printed how much memory it asked for; no other message can be printed without memory.
pub(super) fn end_when_memory_ends() {
    let code = i32::from(Exit::Disk.code());
    let always = Arc::new(AtomicBool::new(true));
    if let Err(error) = flag::register_conditional_shutdown(SIGABRT, code, always) {
        log::debug!("memory that runs out will look like a crash: {error}");
    }
}

/// Ends this process by `signal`, so that its parent sees the signal.
#[expect(clippy::disallowed_methods, reason = "a signal ends the process")]
pub(super) fn die_of(signal: i32, ui: &Ui) -> ! {
    ui.last_words("");
    // The kernel does not let deadly signals end the first process of a container.
    if std::process::id() != 1 {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    std::process::exit(Exit::Signal(signal).code().into())
}

/// Whether the parent wants this signal ignored, as `nohup` and `&` in a script do. `false` where
/// that cannot be known without unsafe code.
fn ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .is_some_and(|mask| ignored_in(mask, signal))
}

/// `mask` is hexadecimal, bit N - 1 for signal N (proc(5)).
fn ignored_in(mask: &str, signal: i32) -> bool {
    let mask = u64::from_str_radix(mask.trim(), 16).unwrap_or(0);
    u32::try_from(signal - 1).is_ok_and(|bit| mask.checked_shr(bit).unwrap_or(0) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn a_signal_that_nohup_ignores_is_seen_in_the_mask() {
        assert!(ignored_in("\t0000000000000001", SIGHUP));
        assert!(!ignored_in("\t0000000000000001", SIGINT));
        assert!(ignored_in("\t0000000000001006", SIGINT));
        assert!(!ignored_in("nonsense", SIGTERM));
    }

    /// The argument that makes [`a_run_that_does_not_end_is_ended_by_the_signal`] a process that
    /// ignores the request to stop.
    const LISTEN: &str = "--format=pretty";

    #[test]
    fn a_run_that_does_not_end_is_ended_by_the_signal() {
        if std::env::args().any(|word| word == LISTEN) {
            let (ui, _) = Ui::captured("program", false);
            watch(&ui, &CancellationToken::new()).unwrap();
            signal_hook::low_level::raise(SIGTERM).unwrap();
            if std::env::args().any(|word| word == "--test-threads=2") {
                thread::sleep(LOOK_EVERY * 5);
                signal_hook::low_level::raise(SIGINT).unwrap();
            }
            thread::sleep(GRACE * 10);
        }
        testkit::default_signals();
        let after = |more: &[&str]| {
            let began = Instant::now();
            let name = "cli::signals::tests::a_run_that_does_not_end_is_ended_by_the_signal";
            let mut listening = std::process::Command::new(std::env::current_exe().unwrap());
            let ended = listening
                .args(["--exact", name, LISTEN])
                .args(more)
                .output()
                .unwrap();
            (ended.status.signal(), began.elapsed())
        };
        let (signal, elapsed) = after(&[]);
        assert_eq!(signal, Some(SIGTERM));
        assert!(elapsed >= GRACE, "{elapsed:?}");
        let (signal, _) = after(&["--test-threads=2"]);
        assert_eq!(signal, Some(SIGINT));
    }
}
