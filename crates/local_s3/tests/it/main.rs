//! S3's semantics over real connections, request by request and byte by byte.

#![expect(
    clippy::unwrap_used,
    reason = "in the helpers, too, a test says by panicking what broke"
)]

mod client;

mod access;
mod archives;
mod attributes;
mod buckets;
mod conditions;
mod keys;
mod multipart;
mod program;
mod versions;
