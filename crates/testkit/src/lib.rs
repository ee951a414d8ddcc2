//! What the tests of this project stand on: servers to talk to, faults to survive, programs to run, trees to compare.
//!
//! - [`Endpoint`]: a fresh `local_s3`, or the real server that `scripts/check --servers` has started.
//! - [`TlsFront`]: https in front of an endpoint, with an authority made on the spot.
//! - [`faults`]: a proxy in front of any S3 endpoint that spoils requests and responses by a seeded plan.
//! - [`Program`]: runs one of our programs in a clean environment; [`Finished`] is how it ended.
//! - [`tree`]: directory trees made, listed and compared.
//! - [`S3`]: a small client that shares no code with the programs, to look at what they did.
//! - [`http1`]: heads and bodies of HTTP/1.1 messages, for the proxy and for tests that talk to it by hand.
//!
//! Everything here works without a runtime and fails the calling test with all that is known. It is never compiled
//! into a program.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "no part of a program; a helper that fails must fail the test that called it"
)]

mod disk;
mod endpoint;
pub mod faults;
pub mod http1;
mod machine;
mod names;
mod program;
mod s3;
mod tls;
pub mod tree;
mod tunnel;
mod wait;

pub use disk::with_tmpfs;
pub use endpoint::Endpoint;
pub use machine::{is_updating, not_offered, tool};
pub use names::awkward_names;
pub use program::{Finished, Program, Running, default_signals, path_of};
pub use rustix::process::Signal;
pub use s3::{Response, S3};
pub use tls::{Certified, Flaw, TlsFront};
pub use tunnel::Tunnel;
pub use wait::{SOON, wait_for};
