//! Where a download goes: `downloads/<whole key>`, below a directory, or to one file.

use std::path::{Path, PathBuf};

/// Where downloads go without a destination, below the current directory.
const DEFAULT_TARGET: &str = "downloads";

/// Where files go, and what of a key is not part of their path.
pub(super) struct Destination {
    /// The directory that files go below.
    pub(super) target: PathBuf,
    whole_keys: bool,
    /// The name of one object, if it is not its own.
    pub(super) file_name: Option<String>,
}

impl Destination {
    /// Without a destination `downloads/<whole key>`; with one, what lies below it. One object goes
    /// into a destination that is a directory or ends in `/`, else it becomes the destination.
    pub(super) fn of(into: Option<&Path>, one_object: bool) -> Self {
        let Some(into) = into else {
            return Self {
                target: DEFAULT_TARGET.into(),
                whole_keys: true,
                file_name: None,
            };
        };
        let directory =
            !one_object || into.is_dir() || into.as_os_str().as_encoded_bytes().ends_with(b"/");
        let name = into.file_name().and_then(|name| name.to_str());
        match name {
            Some(name) if !directory => {
                let above = into.parent().filter(|above| !above.as_os_str().is_empty());
                Self {
                    target: above.unwrap_or(Path::new(".")).to_owned(),
                    whole_keys: false,
                    file_name: Some(name.to_owned()),
                }
            }
            _ => Self {
                target: into.to_owned(),
                whole_keys: false,
                file_name: None,
            },
        }
    }

    /// The bytes of a key below `prefix` that are not part of its path.
    pub(super) fn stripped_bytes(&self, prefix: &str) -> usize {
        if self.whole_keys { 0 } else { prefix.len() }
    }

    /// What stands in front of each path that is shown.
    pub(super) fn shown(&self) -> String {
        let text = self.target.display().to_string();
        match text.trim_end_matches('/') {
            "" => "/".to_owned(),
            "." if self.file_name.is_some() => String::new(),
            text => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_destination_the_whole_key_is_kept_below_downloads() {
        let destination = Destination::of(None, false);
        assert_eq!(destination.target, Path::new("downloads"));
        assert_eq!(destination.stripped_bytes("photos/"), 0);
    }

    #[test]
    fn one_object_becomes_its_destination_unless_that_is_a_directory() {
        let file = Destination::of(Some(Path::new("notes.txt")), true);
        assert_eq!(
            (file.target.as_path(), file.file_name.as_deref()),
            (Path::new("."), Some("notes.txt"))
        );
        assert_eq!(file.shown(), "");
        let directory = Destination::of(Some(Path::new("new/")), true);
        assert_eq!(
            (directory.shown().as_str(), directory.file_name),
            ("new", None)
        );
    }

    #[test]
    fn below_a_directory_the_directory_asked_for_is_stripped() {
        let destination = Destination::of(Some(Path::new("/")), false);
        assert_eq!(destination.stripped_bytes("photos/"), 7);
        assert_eq!(destination.shown(), "/");
    }
}
