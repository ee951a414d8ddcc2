//! The tools of the tests: servers, faults, programs, directory trees.
//!
//! - [`Endpoint`]: a fresh `local_s3`, or the real server that `scripts/check --servers` has started.
//! - [`TlsFront`]: https in front of an endpoint, with a new certificate authority.
//! - [`faults`]: a proxy in front of an S3 endpoint. It damages requests and responses by a plan with a seed.
//! - [`Program`]: runs one of our programs in a clean environment. [`Finished`] is the result.
//! - [`tree`]: creates, lists and compares directory trees.
//! - [`S3`]: a small client that shares no code with the programs, to check what they did.
//! - [`http1`]: heads and bodies of HTTP/1.1 messages, for the proxy and for tests that talk to it by hand.
//!
//! Nothing here needs a runtime. Helpers that fail let the calling test fail with a complete message. Nothing is compiled
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
