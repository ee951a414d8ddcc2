//! How long tests wait.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Ten times the time in which a program must end after a signal, for slow machines. It is shorter than the timeouts of
/// the programs.
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
