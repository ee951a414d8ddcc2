//! Why nothing could be sent: our own side's fault, whatever the service would have said.

use std::fmt;
use std::io;
use std::sync::Arc;

use rusoto_credential::CredentialsError;

/// The result of everything that needs no response of a service.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why nothing could be sent. Trying again does not help.
#[derive(Debug)]
pub enum Error {
    /// The provider gave no credentials.
    Credentials(CredentialsError),
    /// The body of the request could not be read.
    Body(Arc<io::Error>),
    /// This one request cannot be sent: its address or one of its headers cannot be written.
    Request(String),
    /// An option or attribute is wrong for every request.
    Settings {
        /// What is wrong.
        cause: String,
        /// What to do about it, an imperative.
        hint: Option<String>,
    },
    /// We contradict ourselves.
    Bug(String),
}

impl Error {
    /// An option or attribute that is wrong for every request.
    pub fn settings(cause: impl Into<String>) -> Self {
        Self::Settings {
            cause: cause.into(),
            hint: None,
        }
    }

    /// What to do about a setting that is wrong.
    #[must_use]
    pub fn with_hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Settings { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credentials(error) => error.fmt(f),
            Self::Body(error) => error.fmt(f),
            Self::Request(cause) | Self::Settings { cause, .. } | Self::Bug(cause) => {
                f.write_str(cause)
            }
        }
    }
}

impl std::error::Error for Error {}

/// An I/O error without Rust's "(os error 111)" and with a small first letter.
pub fn describe_io(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text).trim();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_lowercase().collect::<String>() + letters.as_str()
    })
}
