//! A failure of a request, translated once into the [`Error`](crate::Error) that a person reads.
//!
//! A [`Failure`](s3_client::Failure) describes one attempt. An [`Error`](crate::Error) describes,
//! after all attempts, the failure of something that a person asked for. `words` makes the sentence
//! and its hint; `context` adds the endpoint, the bucket, the key and the action.

mod context;
mod listing;
mod response_words;
mod words;

pub use context::{Access, Context};
pub use listing::{listing_error, suggest_bucket};
pub use words::ToError;
