//! Signals as a program finds them that was started from a terminal.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use nix::sys::signal::SigSet;
use signal_hook::consts::{FORBIDDEN, SIGPIPE};

/// Makes the programs that this thread starts from now on begin with every signal at its default
/// and none blocked.
///
/// Whoever starts `cargo test` may ignore signals: `nohup`, `&` in a script, some CI systems. Ignored signals stay
/// ignored in children, and our programs leave them so; a test that sends one would wait in vain. A signal with a
/// handler is at its default again after `exec`, hence a handler that does nothing: to the test it is still ignored.
///
/// # Panics
/// If a handler cannot be set.
pub fn default_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in ignored() {
            signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)))
                .expect("a handler can be set");
        }
    });
    SigSet::empty()
        .thread_set_mask()
        .expect("signals can be unblocked");
}

/// The signals that this process ignores, without those that Rust itself sees to or that take no handler.
fn ignored() -> impl Iterator<Item = i32> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default();
    (1..32)
        .filter(move |signal| mask >> (signal - 1) & 1 == 1)
        .filter(|signal| *signal != SIGPIPE && !FORBIDDEN.contains(signal))
}
