//! An S3 endpoint for tests and first steps. **Not for production**: it keeps all objects in memory, listens only on
//! 127.0.0.1, and loses everything when it stops.
//!
//! ```text
//! TCP -> front (request ids, log, whole bodies, error texts) -> s3s (HTTP, XML, signatures)
//!     -> service (S3's semantics) -> store (ordered maps of Bytes)
//! ```
//!
//! `s3s` implements the protocol and the signatures. `front` does what s3s cannot do or does differently from AWS. The
//! behaviour is that of AWS where Ceph, Garage and MinIO differ: any legal key, ETags as MD5 or MD5 of MD5s, conditional
//! requests, checksums, customer keys, versions, archives. It has no copies, no lifecycle, no policies, and of the ACLs
//! only the canned ones of objects.
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

pub use log::LoggedRequest;
pub use options::Options;
pub use server::Server;
pub use store::checksum::{Algorithm, Checksum};
pub use store::{Stat, Store, Versioning};
