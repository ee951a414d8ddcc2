//! A value and its origin.

use std::fmt;
use std::path::PathBuf;

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This variable.
    Variable(&'static str),
    /// The file named by this variable, a NAME_FILE.
    File {
        /// The variable, such as NAME_FILE.
        variable: &'static str,
        /// The path of the file.
        path: PathBuf,
    },
    /// This profile in this file.
    Profile {
        /// The profile.
        name: String,
        /// The path of the file.
        file: PathBuf,
    },
    /// The default, if nothing else is given.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File { variable, path } => write!(f, "{variable}, {}", path.display()),
            Self::Profile { name, file } => write!(f, "profile {name} in {}", file.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value that the user gave.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// The default value.
    pub fn default(value: T) -> Self {
        Self::new(value, Origin::Default)
    }

    /// Whether the user gave this value.
    pub(crate) fn is_given(&self) -> bool {
        self.origin != Origin::Default
    }

    /// Another value with the same origin.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting::new(change(self.value), self.origin)
    }
}
