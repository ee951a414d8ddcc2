//! S3's semantics over real connections, request by request and byte by byte.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "in the helpers, too, a test says by panicking what broke"
)]

mod client;

mod archives;
mod attributes;
mod buckets;
mod conditions;
mod keys;
mod large;
mod multipart;
mod program;
mod signatures;
mod versions;
