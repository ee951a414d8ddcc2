//! Gives programs the signal settings of a terminal.

use std::fs;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use nix::sys::signal::SigSet;
use signal_hook::consts::{FORBIDDEN, SIGPIPE};

/// Programs that this thread starts after this call have the default action for every signal, and none is blocked.
///
/// `nohup`, `&` in a script, and some CI systems start `cargo test` with ignored signals. Children inherit this, and our
/// programs do not change it, so a test that sends a signal would wait forever. `exec` resets a signal with a handler to
/// its default, so we install a handler that does nothing.
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

/// The signals that this process ignores, except those that Rust handles or that allow no handler.
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
