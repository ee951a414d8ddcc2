//! The pages for users are true: their examples are run, their tables and messages are what the programs say.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on should say so and end"
)]

mod examples;
mod page;
mod placeholders;
mod reference;
mod terminal;
