//! The rules of this house that no compiler checks, read off the sources of the whole workspace.
//!
//! A failure names every place. Rules about code leave out comments, inline test modules and files of tests.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say so and end"
)]

mod circles;
mod code;
mod layout;
mod public;
mod source;
mod tokens;
