//! What the five programs share: environment -> [`config`] -> [`mod@connect`], errors, exit codes,
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
pub mod config;
pub mod connect;
mod credentials;
pub mod customer_key;
pub mod env;
pub mod error;
pub mod exit;
pub mod failure;
mod nearest;
mod open_files;
pub mod ui;
pub mod uri;

pub use connect::{DEFAULT_JOBS, connect};
pub use error::{Error, Kind, Result, Scope};
pub use exit::{Exit, Outcome};
pub use failure::ToError;
pub use nearest::nearest;
pub use open_files::spare_files;
pub use uri::{Bucket, S3Uri};
