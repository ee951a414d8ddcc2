//! What the helpers promise to the tests that stand on them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so and end"
)]

mod faults;
mod local;
mod on_any_server;
mod origin;
mod passing;
mod program;
mod tree;
