//! Converts a key to a relative path and back. Does no I/O; `crate::tree` asks the disk.
//!
//! Keys are not to be trusted. A key that is no valid path is refused and never changed into one:
//! two keys must not become the same file, and nothing may be written outside the target.

mod ancestors;
mod folding;
mod temp_name;

use std::fmt;
use std::path::Path;

pub use ancestors::AncestorGuard;
pub use folding::{FoldGuard, Folding};
pub(crate) use temp_name::fits_beside;
pub use temp_name::{TempTag, is_temp_name};

/// The longest name of a file or directory, in bytes: NAME_MAX of Linux and macOS.
pub const NAME_MAX_BYTES: usize = 255;

/// A path below a target or source directory: components joined by `/`. No component is empty, `.`,
/// `..`, contains a NUL, or is one of our own temp names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelativePath(String);

/// What a key becomes on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalPath {
    /// A file.
    File(RelativePath),
    /// The key ends in `/`: a directory. If such a key has content, refuse it as
    /// [`Refusal::DirectoryWithContent`], because a directory cannot hold bytes.
    Directory(RelativePath),
}

/// Why a key cannot be a path here. Its text completes `cannot download KEY: ...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The key is the prefix itself.
    NoName,
    /// The key, or the rest after the prefix, starts with `/`.
    LeadingSlash,
    /// Two slashes in a row.
    EmptyComponent,
    /// A component `.` or `..`.
    Dots,
    /// A NUL, which ends a path.
    Nul,
    /// A component longer than [`NAME_MAX_BYTES`].
    TooLong,
    /// A name that our unfinished files use.
    TempName,
    /// A key that ends in `/` and has content.
    DirectoryWithContent,
    /// It is below a name that an earlier key uses for a file.
    BelowFile,
    /// This disk treats the name as equal to that of an earlier key.
    Folded,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => "this key has no name of its own below the prefix",
            Self::LeadingSlash => "this key starts with `/`, which no path below the target can",
            Self::EmptyComponent => {
                "this key has an empty component (`//`), which no path can keep"
            }
            Self::Dots => "this key has a `.` or `..` component and could be written elsewhere",
            Self::Nul => "this key holds a NUL byte, which no path can",
            Self::TooLong => "this key has a component of more than 255 bytes",
            Self::TempName => "this key is named like the unfinished files of these programs",
            Self::DirectoryWithContent => "this key ends in `/` but has content",
            Self::BelowFile => "an earlier key needs a file where this one needs a directory",
            Self::Folded => {
                "this disk cannot distinguish its name from an earlier one (case or Unicode form)"
            }
        })
    }
}

/// The path for `key_rest`, a key without the requested prefix.
///
/// # Errors
/// Says why the key cannot be a path; see [`Refusal`].
pub fn local_path(key_rest: &str) -> Result<LocalPath, Refusal> {
    match key_rest.strip_suffix('/') {
        Some(directory) => RelativePath::parse(directory).map(LocalPath::Directory),
        None => RelativePath::parse(key_rest).map(LocalPath::File),
    }
}

impl LocalPath {
    /// The path, of a file or a directory.
    pub fn path(&self) -> &RelativePath {
        match self {
            Self::File(path) | Self::Directory(path) => path,
        }
    }
}

impl RelativePath {
    /// Checks a path that is made from a key.
    ///
    /// # Errors
    /// The first rule that is broken, from left to right.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Err(Refusal::NoName);
        }
        if text.starts_with('/') {
            return Err(Refusal::LeadingSlash);
        }
        for component in text.split('/') {
            check_component(component)?;
            if component.len() > NAME_MAX_BYTES {
                return Err(Refusal::TooLong);
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// A path that a walk found below its root. Its length is not checked: APFS counts UTF-16
    /// units, so a name there may be longer than [`NAME_MAX_BYTES`].
    ///
    /// `None` if it is not UTF-8; `Some(Err)` if no key could have this path.
    pub(crate) fn from_walk(path: &Path) -> Option<Result<Self, Refusal>> {
        let text = path.to_str()?;
        Some(
            text.split('/')
                .try_for_each(check_component)
                .map(|()| Self(text.to_owned())),
        )
    }

    /// The path: components joined by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The directory that contains it, as text; empty for the root.
    pub(crate) fn parent_str(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// The last component.
    pub fn name(&self) -> &str {
        self.0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(_, name)| name)
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<Path> for RelativePath {
    fn as_ref(&self) -> &Path {
        Path::new(&self.0)
    }
}

fn check_component(component: &str) -> Result<(), Refusal> {
    match component {
        "" => Err(Refusal::EmptyComponent),
        "." | ".." => Err(Refusal::Dots),
        name if name.contains('\0') => Err(Refusal::Nul),
        name if is_temp_name(name) => Err(Refusal::TempName),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
