//! `SERVERS.md` says what `bucket_demo --check` finds on each server.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail, and the settings of tests are variables"
)]

mod document;
mod on_any_server;
