//! `SERVERS.md` says what `bucket_demo --check` finds on each server.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail"
)]

mod document;
mod on_any_server;
