//! What the tests of this project stand on: servers to talk to, faults to survive, programs to run, trees to compare.
//!
//! - [`faults`]: a proxy in front of any S3 endpoint that spoils requests and answers by a seeded plan.
//!
//! - [`http1`]: heads and bodies of HTTP/1.1 messages, for the proxy and for tests that talk to it by hand.
//!
//! Everything here works without a runtime and fails the calling test with all that is known. It is never compiled
//! into a program.

pub mod faults;
pub mod http1;
