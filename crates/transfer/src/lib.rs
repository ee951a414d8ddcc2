//! Moves objects: list, plan, execute, verify, report.

pub mod content_type;
pub mod filter;
pub mod keypath;
pub mod monitor;
pub mod parts;
pub mod progress;
pub mod proof;
pub mod tree;
pub mod walk;
