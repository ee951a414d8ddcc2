//! A value that knows where it comes from.

use std::fmt;
use std::path::PathBuf;

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This variable.
    Variable(&'static str),
    /// The file that this variable, a NAME_FILE, names.
    File {
        /// The NAME_FILE.
        variable: &'static str,
        /// What it names.
        path: PathBuf,
    },
    /// This profile in this file.
    Profile {
        /// The profile.
        name: String,
        /// The file as it was found.
        file: PathBuf,
    },
    /// What holds if nothing else is said.
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
    /// A value that was given.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// The default value.
    pub fn default(value: T) -> Self {
        Self::new(value, Origin::Default)
    }

    /// Whether this value was given.
    pub(crate) fn is_given(&self) -> bool {
        self.origin != Origin::Default
    }

    /// Another value from the same place.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Setting<U> {
        Setting::new(change(self.value), self.origin)
    }

    /// Another value from the same place, which must make sense there.
    pub(crate) fn try_map<U, E>(
        self,
        change: impl FnOnce(T, &Origin) -> Result<U, E>,
    ) -> Result<Setting<U>, E> {
        let value = change(self.value, &self.origin)?;
        Ok(Setting::new(value, self.origin))
    }
}
