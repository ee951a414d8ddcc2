//! What the programs do on bad days: faults on the way, an end in the middle, secrets at hand.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod bucket_addresses;
mod interruption;
mod last_line;
mod lost_responses;
mod memory;
mod multipart_uploads;
mod one_at_a_time;
mod permanent_faults;
mod printed_settings;
mod random_faults;
mod resource_limits;
mod secrets;
mod stalled_line;
mod suggestions;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use testkit::faults::FaultProxy;
use testkit::tree::noise;
use testkit::{Endpoint, Program};

const MIB: u64 = 1024 * 1024;

/// One of the programs, talking to the server through the proxy.
fn through(program: &str, endpoint: &Endpoint, proxy: &FaultProxy) -> Program {
    Program::new(program).envs(endpoint.settings_through(proxy))
}

/// Writes a file of which no two MiB are the same, so that a piece in the wrong place shows.
fn write_large(path: &Path, mebibytes: u64) {
    let mut block = noise(MIB as usize, mebibytes);
    let mut file = File::create(path).unwrap();
    for number in 0..mebibytes {
        block[..8].copy_from_slice(&number.to_le_bytes());
        file.write_all(&block).unwrap();
    }
}
