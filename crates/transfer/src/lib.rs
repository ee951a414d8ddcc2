//! Moves objects: list -> plan -> execute (+ verify) -> report.
//!
//! This crate knows no environment, no credentials and no terminal.

pub mod content_type;
pub mod filter;
pub mod keypath;
pub mod parts;
pub mod proof;
pub mod tree;
pub mod walk;
