//! The rules of this house that no compiler checks, read off the sources of the whole workspace.
//!
//! A failure names every place. Rules about code leave out comments, inline test modules and files of tests.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should say so and end"
)]

mod code;
mod layout;
mod source;
