//! S3's semantics over real connections, request by request and byte by byte.

mod client;

mod attributes;
mod buckets;
mod conditions;
mod keys;
mod large;
mod multipart;
mod program;
mod signatures;
