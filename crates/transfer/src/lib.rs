//! Moves objects between a bucket and the local disk: list -> plan -> execute -> verify -> report.
//!
//! ```text
//! list --pages--> plan --steps--> execute (download | upload, proof) --items--> report
//!                                     '--> monitor (events only, never read back)
//! ```
//!
//! Knows no environment and no credentials; only [`console`] and [`progress`] know the terminal.
//! Between list and execute there are streams with back-pressure, so that memory does not grow
//! with the number of objects.

mod blocking;
mod compare;
pub mod console;
mod content_type;
mod crc;
pub mod download;
pub mod engine;
pub mod execute;
pub mod filter;
pub mod filter_flags;
pub mod flags;
pub mod item;
pub mod keypath;
pub mod limits;
pub mod list;
mod manifest;
mod meter;
pub mod moment;
pub mod monitor;
mod parts;
pub mod plan;
pub mod progress;
mod proof;
pub mod report;
mod tree;
pub mod upload;
pub mod uploads;
pub mod versions;
pub mod walk;
