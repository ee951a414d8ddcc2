//! How long tests wait.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Ten times what a program is given to end after a signal, so that a busy machine changes nothing, and less than any
/// wait of its own that it might fall into instead.
pub const SOON: Duration = Duration::from_secs(20);

/// Waits until something is seen.
///
/// # Panics
/// If it is not seen within a minute.
#[track_caller]
pub fn wait_for(what: &str, mut seen: impl FnMut() -> bool) {
    let began = Instant::now();
    while !seen() {
        let waited = began.elapsed();
        assert!(waited < Duration::from_secs(60), "never seen: {what}");
        sleep(Duration::from_millis(10));
    }
}
