//! The S3 protocol: `ClientOptions` in, [operations] out. Connections, proxies, TLS, bodies of
//! exact length, signatures, routing, retries, XML, and what a `Failure` means.
//!
//! Knows no environment, no profile files, no terminal and no sentences for people: who uses it
//! reads the settings, provides the credentials and puts failures into words.

pub mod client;
pub mod endpoint;
pub mod error;
pub mod failure;
pub mod http;
mod limiter;
pub mod operations;
pub mod quirks;
pub mod request;
pub mod retry;
mod retrying;
mod route;
pub mod sign;
mod wire;

pub use client::{Client, ClientOptions};
pub use endpoint::{Addressing, Endpoint, Scheme};
pub use error::{Error, Result};
pub use failure::Failure;
pub use route::is_region;
