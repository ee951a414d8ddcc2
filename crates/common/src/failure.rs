//! A failure of a request, translated once into the [`Error`](crate::Error) that a person reads.
//!
//! A [`Failure`] is about one attempt; an [`Error`](crate::Error) is about something that a person
//! asked for, after all attempts. `words` puts it into a sentence with a hint, for which `context`
//! says who asked whom for what.

mod answer_words;
mod context;
mod sentence;
mod words;

pub use s3_client::failure::{
    Failure, Meaning, NOT_S3, ServiceFailure, Stage, TlsRefusal, TransportFailure,
};

pub use context::{Access, Context};
pub use words::ToError;
