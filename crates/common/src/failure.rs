//! A failure of a request, translated once into the [`Error`](crate::Error) that a person reads.
//!
//! A [`Failure`](s3_client::Failure) is about one attempt; an [`Error`](crate::Error) is about
//! something that a person asked for, after all attempts. `words` puts it into a sentence with a
//! hint, for which `context` says who asked whom for what.

mod context;
mod response_words;
mod words;

pub use context::{Access, Context};
pub use words::ToError;
