//! What the helpers promise to the tests that stand on them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so and end"
)]

mod completions;
mod fault_kinds;
mod local_endpoint;
mod on_any_server;
mod program_runner;
mod proxy_passes_through;
mod remembering_server;
mod tree_comparison;
