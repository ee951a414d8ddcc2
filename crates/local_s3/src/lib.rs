//! A throw-away S3 endpoint for trying out and for tests. **Not for production**: it keeps
//! everything in memory, listens on 127.0.0.1 only and forgets all when it stops.
//!
//! ```text
//! TCP -> front (request ids, log, small bodies, error texts) -> s3s (HTTP, XML, signatures)
//!     -> service (S3's semantics) -> store (ordered maps of Bytes)
//! ```
//!
//! Protocol and signatures come from `s3s`; what it cannot do, or does differently from
//! AWS, is done in `front` and said there. Semantics follow AWS where the Ceph, Garage and
//! MinIO families differ: any legal key, ETags as MD5 or MD5-of-MD5s, conditional requests,
//! checksums, customer keys, versions, archives. Not there: copies, ACLs but canned ones of
//! objects, lifecycle, policies.
//!
//! ```
//! use local_s3::{Options, Server};
//!
//! let server = Server::start(Options::default())?;
//! server.store().put("photos", "2024/a.jpg", "bytes");
//! for (name, value) in server.env() {
//!     println!("export {name}='{value}'");
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

mod access;
mod beyond_s3s;
mod front;
mod log;
mod options;
mod server;
mod service;
mod store;

pub use log::Logged;
pub use options::Options;
pub use server::Server;
pub use store::checksum::{Algorithm, Checksum};
pub use store::{Stat, Store, Versioning};
