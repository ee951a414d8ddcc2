//! What the five programs share: environment -> [`config`] -> [`client`], errors, exit codes,
//! the terminal and the program shell.
//!
//! ```text
//! environment --env--> config --> client --> (transfer: list, plan, execute, report) --> exit
//! flags -------args------'
//! ```

// The rules about paths, signals and permissions are written for Unix.
#[cfg(not(unix))]
compile_error!("these programs run on Linux and macOS; on Windows build them in WSL");

pub mod cli;
pub mod client;
pub mod config;
pub mod credentials;
pub mod env;
pub mod error;
pub mod exit;
pub mod failure;
pub mod http;
pub mod quirks;
pub mod request;
pub mod retry;
mod route;
pub mod s3;
pub mod sign;
pub mod ui;
pub mod uri;
mod wire;

pub use client::Client;
pub use error::{Error, Kind, Result, Scope};
pub use exit::{Exit, Outcome};
pub use failure::Failure;
pub use uri::{Bucket, S3Uri};
